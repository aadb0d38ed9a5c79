"""Which modules of ours one batch answer passes: `python -m tests.bench.trip`.

Submits one prompt to the offline API, then fetches it in this process and notes every module under tasks/ that is
entered with the answer in hand, until the picture, its result and its usage row are written. The named points at which
a test may kill the process do not count.
"""

import contextlib
import io
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from tests.bench import studio
from tests.bench.measure import ROOT

TASKS = str(ROOT / "tasks") + os.sep
HANDLES = (
    ("pictures/ingest", "_take"),  # a whole line of the answer
    ("pictures/ingest_one", "take"),  # its picture, checked, converted, written
    ("pictures/commit", "_make_durable"),
    ("lanes/batch/fetch", "_results"),
    ("runs/run", "add"),  # results.jsonl
    ("money/usage", "encode"),
)
"""The functions that have the answer, or what is left of it, in hand; what they call is on its way too."""


class Trip:
    """Modules in the order in which they are entered with the answer in hand, on whatever thread."""

    def __init__(self) -> None:
        self.modules: list[str] = []
        self._threads = threading.local()

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if not code.co_filename.startswith(TASKS) or event not in ("call", "return"):
            return
        module = code.co_filename.removeprefix(TASKS).removesuffix(".py")
        handles, depth = (module, code.co_name) in HANDLES, getattr(self._threads, "depth", 0)
        if event == "return":
            self._threads.depth = depth - handles
            return
        self._threads.depth = depth + handles
        if self._threads.depth and module not in (*self.modules, "files/faultpoint"):
            self.modules.append(module)


def trip(folder: Path) -> list[str]:
    """The modules that one answer passes in a project made in `folder`."""
    from doit.doit_cmd import DoitMain

    studio.project(folder, 1)
    words = ["run", "-f", str(ROOT / "dodo.py"), "-d", str(folder), f"CH={studio.CHANNEL}"]
    _quietly(DoitMain, [*words, "submit"])
    found = Trip()
    threading.setprofile(found.profile)
    sys.setprofile(found.profile)
    try:
        _quietly(DoitMain, [*words, "usage"])
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return found.modules


def _quietly(main: Any, words: list[str]) -> None:
    said, sys.argv = io.StringIO(), ["doit", *words]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main().run(words)
    if status:
        raise SystemExit(f"doit ended with {status}: {said.getvalue()}")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kamishibai-trip-"))
    try:
        modules = trip(folder / "project")
    finally:
        os.chdir(ROOT)
        shutil.rmtree(folder)
    print(f"{len(modules)} modules from one answer's bytes to picture, result and usage row:")
    print("\n".join(f"  {module}" for module in modules))


if __name__ == "__main__":
    main()
