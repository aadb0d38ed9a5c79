"""What a command says: where nobody can hear it any more (`| head -1`, `>&-`, a full disk), its work goes on.

Pictures that were bought are fetched and kept whoever listens, so no print may end a command half way.
"""

import codecs
import errno
import io
import os
import sys
from typing import Any, TextIO

SHOWN = "kamishibai.shown"
"""How a character is said that a console cannot show: \\u00e9, also where it stands in JSON, which knows no \\xe9."""


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end


codecs.register_error(SHOWN, _escaped)


class _Enduring(io.FileIO):
    """A descriptor that takes everything; lost: why the first piece did not arrive."""

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.lost = self.lost or error
            return memoryview(data).nbytes


def endure() -> None:
    """From here on no print fails, neither for where it goes nor for a character that cannot be shown there."""
    for number in range(3):
        _occupy(number)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process
    sys.stdout, sys.stderr = _enduring(sys.stdout, 1), _enduring(sys.stderr, 2)


def unheard() -> OSError | None:
    """Why what was said on stdout is not where it was meant to be; None when it is, or when the reader has left."""
    sys.stdout.flush()
    lost = _raw(sys.stdout).lost if isinstance(_raw(sys.stdout), _Enduring) else None
    return None if lost is None or lost.errno in (errno.EPIPE, errno.EINVAL) else lost


def _occupy(number: int) -> None:
    """A file that is opened later must not get the number of a standard stream that was closed: prints would go there.

    It is the lowest free number, which the next open takes.
    """
    try:
        os.fstat(number)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _enduring(stream: TextIO | None, number: int) -> TextIO:
    raw = _raw(stream)
    if stream is not None and not (type(raw) is io.FileIO and raw.fileno() == number):
        return stream  # a console of Windows, or a test that listens
    if stream is not None:
        stream.flush()
    ours = io.BufferedWriter(_Enduring(number, "wb", closefd=False))
    return io.TextIOWrapper(
        ours,
        encoding=stream.encoding if stream else "utf-8",
        errors=SHOWN,
        line_buffering=stream is None or bool(getattr(stream, "line_buffering", True)) or stream.buffer is raw,
    )


def _raw(stream: TextIO | None) -> Any:
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)  # with PYTHONUNBUFFERED they are the same
