"""configs/*.yaml -> tasks/files/bases.json: the base that is shipped today joins the record of all that ever were.

Run by `make bases`, when a test says that the record does not know a config. Nothing is ever taken out of it.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tasks.files import bases, document  # noqa: E402 - found by the line above


def main() -> None:
    record = json.loads(bases.RECORD.read_text("utf-8"))
    before = json.dumps(record)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for name in bases.NAMES:
        path = ROOT / "configs" / f"{name}.yaml"
        record.setdefault(name, {}).setdefault(bases.digest(document.parse(path, document.read(path))), today)
    if json.dumps(record) != before:
        bases.RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
