"""`python -m kamishibai` is `kamishibai`."""

from .driver.program import main

if __name__ == "__main__":
    raise SystemExit(main())
