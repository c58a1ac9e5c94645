"""The push port: what arrives opens on its device alone, goes to no host but a push service's, and fails in time."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import jwt
import pytest
import urllib3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields
from backend.ports import push
from backend.ports.push import PushFailed, PushMessage, SubscriptionGone, read_subscription, the_push
from backend.ports.push.services import all_services, find_service
from config import SettingsRefused, load_settings
from tests.backend.ports.push_server import MOZILLA, Phone, decode, encode, point, push_service_at

pytestmark = pytest.mark.alike_on_both_engines("no row is read or written: only the application is asked")

MESSAGE = PushMessage("nte_01jbexample", "points.expiring", "120 积分将在2026年12月1日之后过期", 3600)


@pytest.fixture
def push_service(tmp_path, monkeypatch):
    with push_service_at(tmp_path, monkeypatch) as server:
        yield server


@pytest.fixture
def phone():
    return Phone()


@pytest.fixture
def web_push(make_app, tmp_path):
    app = make_app(push="webpush://ops@example.org", var_dir=tmp_path)
    with app.app_context():
        yield the_push()


def pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def subscription_of(phone):
    given = phone.subscription
    return read_subscription(given["endpoint"], **given["keys"])


def test_the_phone_of_these_tests_opens_the_example_of_the_standard():
    """RFC 8291, section 5: the published keys open the published message."""
    key = ec.derive_private_key(
        int.from_bytes(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), ec.SECP256R1()
    )
    published = decode(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    phone = Phone(key=key, auth=decode("BTBZMqHH6r4Tts7J_aSIgg"))
    assert phone.open(published) == b"When I grow up, I want to be a watermelon"


def test_what_is_sent_opens_on_its_device_and_says_the_words(web_push, push_service, phone):
    web_push.send(subscription_of(phone), MESSAGE)
    [(path, headers, body)] = push_service.requests
    assert phone.receive(body) == {"id": MESSAGE.id, "kind": MESSAGE.kind, "title": MESSAGE.title}
    assert push_service.called == [MOZILLA]
    assert path == "/wpush/v2/gAAAAABn"
    assert (headers["TTL"], headers["Topic"], headers["Content-Encoding"]) == ("3600", MESSAGE.id, "aes128gcm")
    assert "120" not in str(headers)
    with pytest.raises(InvalidTag):
        Phone().open(body)


def test_the_push_service_can_tell_that_it_was_us(web_push, push_service, phone):
    web_push.send(subscription_of(phone), MESSAGE)
    [(_, headers, _)] = push_service.requests
    scheme, token, key = headers["Authorization"].replace(",", "").split()
    assert (scheme, key) == ("vapid", f"k={web_push.application_server_key}")
    ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(web_push.application_server_key))
    claims = jwt.decode(token[2:], ours, algorithms=["ES256"], audience=f"https://{MOZILLA}")
    assert claims["sub"] == "mailto:ops@example.org"
    assert 0 < claims["exp"] - clock.now().timestamp() <= 24 * 3600


def test_the_same_words_are_never_encrypted_alike(web_push, push_service, phone):
    for _ in range(2):
        web_push.send(subscription_of(phone), MESSAGE)
    [(_, _, one), (_, _, other)] = push_service.requests
    assert phone.open(one) == phone.open(other)
    assert one[:86] != other[:86]  # salt and the key made for this message
    assert push_service.called == [MOZILLA]  # one connection served both


@pytest.mark.parametrize(
    "status, failure",
    [
        (200, None),
        (202, None),
        (301, PushFailed),
        (307, PushFailed),
        (400, PushFailed),
        (403, PushFailed),
        (404, SubscriptionGone),
        (410, SubscriptionGone),
        (413, PushFailed),
        (429, PushFailed),
        (500, PushFailed),
        (503, PushFailed),
    ],
)
def test_what_the_push_service_says_is_understood_and_no_redirect_followed(
    status, failure, web_push, push_service, phone
):
    push_service.answers.append((status, {"Location": f"https://{MOZILLA}/elsewhere"}))
    if failure is None:
        web_push.send(subscription_of(phone), MESSAGE)
    else:
        with pytest.raises(failure, match="mozilla"):
            web_push.send(subscription_of(phone), MESSAGE)
    assert [path for path, _, _ in push_service.requests] == ["/wpush/v2/gAAAAABn"]


def test_an_answer_without_an_end_is_not_read(web_push, push_service, phone):
    push_service.endless = True
    web_push.send(subscription_of(phone), MESSAGE)
    assert push_service.hung_up.wait(5)


def test_a_push_service_that_says_nothing_is_left_in_time(make_app, tmp_path, monkeypatch, push_service, phone):
    monkeypatch.setattr(push.web_push, "TIMEOUT", urllib3.Timeout(connect=0.5, read=0.2))
    push_service.answers.append(("silent", {}))
    with (
        make_app(push="webpush://ops@example.org", var_dir=tmp_path).app_context(),
        pytest.raises(urllib3.exceptions.ReadTimeoutError) as failed,
    ):
        the_push().send(subscription_of(phone), MESSAGE)
    assert "gAAAAABn" not in str(failed.value)


def test_somebody_else_with_the_services_name_is_not_told(web_push, push_service, phone, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(urllib3.exceptions.SSLError):
        web_push.send(subscription_of(phone), MESSAGE)
    assert push_service.requests == []


def test_a_certificate_for_another_name_is_refused(tmp_path, monkeypatch, web_push, phone):
    with push_service_at(tmp_path, monkeypatch, name="push.example.org") as server:
        with pytest.raises(urllib3.exceptions.SSLError):
            web_push.send(subscription_of(phone), MESSAGE)
        assert server.requests == []


FOREIGN = [
    "http://updates.push.services.mozilla.com/wpush/v2/x",
    "https://updates.push.services.mozilla.com",
    "https://updates.push.services.mozilla.com:8443/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://2130706433/x",
    "https://localhost/x",
    "https://example.org/x",
    "https://updates.push.services.mozilla.com.example.org/x",
    "https://xupdates.push.services.mozilla.com/x",
    "https://example.org#@updates.push.services.mozilla.com/x",
    "https://updates.push.services.mozilla.com@example.org/x",
    "https://example.org\\@updates.push.services.mozilla.com/x",
    "https://example.org/x?https://updates.push.services.mozilla.com/",
    "https://user:word@updates.push.services.mozilla.com/x",
    "https://notify.windows.com/x",
    "https://evilpush.apple.com/x",
    "https://updates.push.services.mozilla.com./x",
    "https://updates.push.services.mozilla.com/x#fragment",
    "https://updates.push.services.mozilla.com/x y",
    "https://updates.push.services.mozilla.com/x\r\nHost: example.org",
    "https://updates.push.services.mozilla.com/x\n",
    " https://updates.push.services.mozilla.com/x",
    "https://UPDATES.push.services.mozilla.com/x",
    "https://updates.push.services.mоzilla.com/x",  # a Cyrillic o
    "https://updates.push.services.mozilla.com/" + "x" * 2000,
    "file:///etc/passwd",
    "gopher://updates.push.services.mozilla.com/x",
    "",
]


@pytest.mark.parametrize("endpoint", FOREIGN)
def test_no_address_but_a_push_services_is_ever_called(endpoint, phone, web_push, push_service):
    assert find_service(endpoint) is None
    with pytest.raises(InvalidFields) as refused:
        read_subscription(endpoint, **phone.subscription["keys"])
    assert [(row["field"], row["code"]) for row in refused.value.errors] == [("endpoint", "not_a_push_endpoint")]
    with pytest.raises(ValueError, match="no push service"):
        web_push.send(replace(subscription_of(phone), endpoint=endpoint), MESSAGE)
    assert push_service.called == []


@pytest.mark.parametrize(
    "endpoint, service",
    [
        ("https://fcm.googleapis.com/fcm/send/fv3jabydF5c:APA92bEc8gXe", "google"),
        ("https://fcm.googleapis.com/wp/fv3jabydF5c:APA92bEc8gXe", "google"),
        (f"https://{MOZILLA}/wpush/v2/gAAAAABn-_w=", "mozilla"),
        ("https://web.push.apple.com/QGuQyavXutnMH9", "apple"),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQYAAACFux1%2bw%3d", "microsoft"),
    ],
)
def test_the_addresses_that_browsers_really_give_are_known(endpoint, service):
    assert find_service(endpoint).name == service


def test_every_push_service_names_hosts_below_a_domain_and_its_source():
    for service in all_services():
        assert service.hosts
        assert all(host.removeprefix("*.").count(".") >= 1 and "*" not in host[1:] for host in service.hosts)


def test_windows_is_told_to_keep_the_message_for_its_lifetime(web_push, phone, tmp_path, monkeypatch):
    phone.endpoint = "https://wns2-par02p.notify.windows.com/w/?token=BQYAAACFux1"
    with push_service_at(tmp_path, monkeypatch, name="*.notify.windows.com") as server:
        web_push.send(subscription_of(phone), MESSAGE)
    [(path, headers, _)] = server.requests
    assert path == "/w/?token=BQYAAACFux1"
    assert (headers["TTL"], headers["X-WNS-Cache-Policy"]) == ("3600", "cache")


@pytest.mark.parametrize(
    "field, value",
    [
        ("p256dh", ""),
        ("p256dh", "not base64!"),
        ("p256dh", encode(b"\x04" + b"\x01" * 64)),  # no point of the curve
        ("p256dh", encode(b"\x04" + b"\x01" * 63)),
        ("p256dh", "ключ"),
        ("auth", ""),
        ("auth", encode(b"0" * 15)),
        ("auth", encode(b"0" * 17)),
    ],
)
def test_keys_that_no_browser_makes_are_refused_by_field(field, value, phone):
    with pytest.raises(InvalidFields) as refused:
        read_subscription(phone.endpoint, **(phone.subscription["keys"] | {field: value}))
    assert [(row["field"], row["code"]) for row in refused.value.errors] == [(f"keys.{field}", "not_a_push_key")]


def test_keys_are_read_with_and_without_padding(phone):
    keys = phone.subscription["keys"]
    padded = {name: value + "=" * (-len(value) % 4) for name, value in keys.items()}
    assert padded != keys
    assert read_subscription(phone.endpoint, **padded) == read_subscription(phone.endpoint, **keys)


def test_a_push_is_as_large_as_services_take_and_no_larger(web_push, push_service, phone):
    # 4096 bytes less the header of 86, the mark and the tag of 16 leave 3993 for what is said
    bare = len(json.dumps({"id": "nte_1", "kind": "k", "title": ""}, separators=(",", ":")))
    fits = PushMessage("nte_1", "k", "x" * (3993 - bare), 60)
    web_push.send(subscription_of(phone), fits)
    [(_, _, body)] = push_service.requests
    assert len(body) == 4096
    assert phone.receive(body)["title"] == fits.title
    with pytest.raises(ValueError, match="4097 bytes"):
        web_push.send(subscription_of(phone), replace(fits, title=fits.title + "x"))


def test_nothing_is_pushed_while_a_transaction_is_open(web_push, phone, in_transaction):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        in_transaction(lambda _session: web_push.send(subscription_of(phone), MESSAGE))


def test_the_key_is_made_once_for_its_owners_eyes(make_app, tmp_path):
    keys = set()
    for _ in range(2):
        with make_app(push="webpush://ops@example.org", var_dir=tmp_path).app_context():
            keys.add(the_push().application_server_key)
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / "push_key.pem").stat().st_mode) == 0o600


def test_a_configured_key_is_the_one_that_signs(make_app, tmp_path):
    made = ec.generate_private_key(ec.SECP256R1())
    with make_app(push="webpush://ops@example.org", push_key=pem_of(made), var_dir=tmp_path).app_context():
        assert the_push().application_server_key == encode(point(made.public_key()))
    assert not (tmp_path / "push_key.pem").exists()


@pytest.mark.parametrize("pem", ["no key", pem_of(ec.generate_private_key(ec.SECP384R1()))])
def test_a_key_that_cannot_sign_stops_the_start_by_name(pem, make_app, tmp_path):
    with pytest.raises(ValueError, match="CARBON_PUSH_KEY"):
        make_app(push="webpush://ops@example.org", push_key=pem, var_dir=tmp_path)


def test_the_local_default_writes_the_words_to_the_log_and_no_key(app, phone):
    with app.app_context(), capture_logs() as lines:
        the_push().send(subscription_of(phone), MESSAGE)
        assert the_push().application_server_key is None
    [line] = lines
    assert line["title"] == MESSAGE.title
    assert phone.endpoint not in str(line)
    assert phone.subscription["keys"]["auth"] not in str(subscription_of(phone))


@pytest.mark.parametrize("setting", ["pigeon", "webpush://", "webpush://ops", "webpush://ops@localhost", "webpush"])
def test_a_way_to_phones_nobody_knows_or_that_is_incomplete_is_named(setting):
    with pytest.raises(SettingsRefused, match="CARBON_PUSH: use log"):
        load_settings({"CARBON_PUSH": setting})


def test_production_makes_no_key_by_itself():
    with pytest.raises(SettingsRefused, match="CARBON_PUSH_KEY"):
        load_settings({"CARBON_ENVIRONMENT": "production", "CARBON_PUSH": "webpush://ops@example.org"})
