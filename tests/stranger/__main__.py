"""`python -m stranger FILE…`: each number that comes out otherwise, and how many answers came out again."""

import json
import sys
from pathlib import Path

from .answer import differences


def main(files: list[str]) -> int:
    again = 0
    for file in files:
        found = differences(json.loads(Path(file).read_text(encoding="utf-8")))
        again += not found
        for line in found:
            print(f"{file}: {line}")
    print(f"{again} of {len(files)}")
    return 0 if again == len(files) else 1


sys.exit(main(sys.argv[1:]))
