"""Named points at which a test may kill the process, as a power cut would. Without the variable, nothing happens."""

import os
import signal

_NAME, _, _COUNT = os.environ.get("KAMISHIBAI_KILL_AT", "").partition(":")
_left = int(_COUNT or 1)


def armed(name: str) -> bool:
    """Whether this process was told to die at `name`."""
    return name == _NAME


def reached(name: str) -> None:
    """Die here by SIGKILL when KAMISHIBAI_KILL_AT is `name`, or `name:n` at the n-th time."""
    global _left
    if name == _NAME:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
