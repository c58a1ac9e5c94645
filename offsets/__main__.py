"""Signed documents at the command line: is this statement genuine? No server, no database, no account.

`python -m offsets verify FILE… --keys KEYS` where KEYS is the JSON of the issuer's `GET /v1/certificates/keys`, saved
once. Exit code 0 when every file is as it was issued, 1 with a sentence for each that is not. Touches those files and
the standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from offsets.verification import Genuine, Keys, NotGenuine, check_statement, read_keys


def main(arguments: list[str]) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m offsets", description="Signed documents without a server.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("verify", help="check statements, JSON or PDF, to the last byte")
    command.add_argument("files", type=Path, nargs="+")
    command.add_argument("--keys", type=Path, required=True, help="the issuer's public keys, a JSON Web Key Set")
    chosen = parser.parse_args(arguments)
    try:
        keys = read_keys(json.loads(chosen.keys.read_text(encoding="utf-8")))
    except (OSError, ValueError) as problem:
        print(f"{chosen.keys}: {problem}", file=sys.stderr)
        return 1
    return max([_verify(file, keys) for file in chosen.files])


def _verify(file: Path, keys: Keys) -> int:
    try:
        found = check_statement(file.read_bytes(), keys)
    except (OSError, NotGenuine) as problem:
        print(f"{file}: not genuine: {problem}", file=sys.stderr)
        return 1
    print(f"{file}: genuine, signed by key {found.key_id}{_said(found)}")
    return 0


def _said(found: Genuine) -> str:
    if found.facts is None:
        return "; every byte of the PDF is as it was issued"
    facts = found.facts
    credited = facts["reductions"]["total"]["credited_g"]
    whose = f" of {found.name}" if found.name else ""
    return (
        f"\n  statement {facts['number']}{whose} for {facts['period']['text']}, issued {facts['issued_at']}"
        f"\n  {credited:,} g credited; ledger entry {facts['ledger']['sequence']} {facts['ledger']['sha256']}"
        f"\n  whether it was revoked since: {facts['issuer']}/v1/statements/{facts['number']}/verify"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
