"""A terminal of 120 columns, and what a command shows on it. Not on Windows."""

import contextlib
import fcntl
import os
import pty
import struct
import termios
from collections.abc import Callable
from typing import TypeVar

Started = TypeVar("Started")


def shown(start: Callable[[int], Started]) -> tuple[Started, bytes]:
    """What `start` returned, and all that came to the terminal until nobody had it open any more.

    start: begins a command with the given descriptor as its terminal.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    started = start(theirs)
    os.close(theirs)
    pieces: list[bytes] = []
    with contextlib.suppress(OSError):  # EIO: everybody at the other end has gone
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    os.close(ours)
    return started, b"".join(pieces)
