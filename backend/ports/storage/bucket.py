"""Files in an S3-compatible bucket: `CARBON_STORAGE=s3://KEY:SECRET@HOST/BUCKET?region=NAME`.

`s3+http://` leaves TLS out, for a bucket on the same machine. The client is MinIO's, which speaks to any such service.
"""

from __future__ import annotations

import io
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from backend.platform.data.transactions import refuse_in_transaction
from backend.ports.storage.port import Missing, check_name, check_prefix, unavailable
from config import Settings

TIMEOUT_S = 10
TRIES = 3
SEALED = "application/octet-stream"
DEFAULT_REGION = "us-east-1"


class BucketStorage:
    """Keeps each file under its name in one bucket, which must exist."""

    def __init__(self, settings: Settings) -> None:
        """Read the bucket's address; raise `ValueError` naming what is missing."""
        address = urlsplit(settings.storage)
        bucket = address.path.strip("/")
        if not address.hostname or not address.username or not address.password or not bucket or "/" in bucket:
            raise ValueError("CARBON_STORAGE: write s3://KEY:SECRET@HOST[:PORT]/BUCKET?region=NAME")
        self._bucket = bucket
        self._client = Minio(
            address.hostname + (f":{address.port}" if address.port else ""),
            access_key=unquote(address.username),
            secret_key=unquote(address.password),
            secure=address.scheme == "s3",
            # named, so that the client need not ask for it
            region=parse_qs(address.query).get("region", [DEFAULT_REGION])[0],
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(TIMEOUT_S),
                retries=urllib3.Retry(total=TRIES, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
            ),
        )

    def put(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`; a bucket shows a file whole or not at all."""
        self._door(name)
        try:
            self._client.put_object(self._bucket, name, io.BytesIO(content), len(content), content_type=SEALED)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise unavailable(error) from error

    def get(self, name: str) -> bytes:
        """What lies under `name`; raise `Missing`."""
        self._door(name)
        try:
            answer = self._client.get_object(self._bucket, name)
            try:
                return bytes(answer.read())
            finally:
                answer.close()
                answer.release_conn()
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise Missing(name) from error
            raise unavailable(error) from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise unavailable(error) from error

    def delete(self, name: str) -> None:
        """Let nothing lie under `name`."""
        self._door(name)
        try:
            self._client.remove_object(self._bucket, name)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise unavailable(error) from error

    def delete_all(self, prefix: str) -> None:
        """Delete every file whose name begins with `prefix`."""
        refuse_in_transaction()
        check_prefix(prefix)
        try:
            found = self._client.list_objects(self._bucket, prefix=prefix, recursive=True)
            names = (DeleteObject(item.object_name) for item in found if item.object_name)
            failed = list(self._client.remove_objects(self._bucket, names))
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise unavailable(error) from error
        if failed:
            raise unavailable(failed[0])

    def _door(self, name: str) -> None:
        refuse_in_transaction()
        check_name(name)
