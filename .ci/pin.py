"""requirements.lock -> [tool.uv] constraint-dependencies in pyproject.toml: uv and pip install the same versions.

Run by `make lock`. Writes nothing when both agree already.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([a-z0-9][\w.-]*==[^\s;]+(?: ; [^\\]+?)?)(?: \\)?$", re.MULTILINE)
CONSTRAINTS = re.compile(r"^constraint-dependencies = \[\n.*?^\]$", re.MULTILINE | re.DOTALL)


def constraints(lock: str) -> str:
    """The TOML array that holds every pin of a lock file, in its order, environment markers included."""
    pins = "".join(f'  "{pin}",\n' for pin in PIN.findall(lock))
    return f"constraint-dependencies = [\n{pins}]"


def main() -> None:
    project = ROOT / "pyproject.toml"
    before = project.read_text("utf-8")
    array = constraints((ROOT / "requirements.lock").read_text("utf-8"))
    after, found = CONSTRAINTS.subn(lambda _: array, before)
    if found != 1:
        raise SystemExit("pyproject.toml has no list `constraint-dependencies = [` in [tool.uv]; nothing was written")
    if after != before:
        project.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
