"""What can stop a command, by what the person does next.

Stop            something needs a person; exit status 1
├── NoKey       the key of a provider is not set, or cannot be one; NoAddress: nor is the address of a server
├── DiskRefuses a file or folder is not as it must be; the work before it is safe
└── BadInput    a file, value or command line is wrong; exit status 3

Everything else that escapes is our bug; exit status 2 and a traceback.
"""

import errno
import os
from typing import Any

from .sentences import later, t


class Portable(Exception):
    """An error that another process can be handed as it is, whatever its __init__ takes."""

    def __reduce__(self) -> Any:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[Portable], args: tuple[Any, ...], fields: dict[str, Any]) -> Portable:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class Stop(Portable):
    """A person has to act before this can go on.

    what: one sentence, what happened, naming file, line and value where there are any.
    do: what to do now, best a command that can be pasted. Both are templates of text.sentences, with their fields.
    """

    exit_code = 1

    def __init__(self, what: str, do: str, /, **fields: object) -> None:
        self.what, self.do = t(what, **fields), t(do, **fields)
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what}\n  -> {self.do}"


class BadInput(Stop):
    """A config, an input file or a command line cannot be right as it stands."""

    exit_code = 3


class NoKey(Stop):
    """A provider cannot be asked, because `variable` of the environment does not hold its key.

    wrong: what stands there instead of a key, in words; never the value itself.
    """

    def __init__(self, provider: str, variable: str, wrong: str = later("is not set")) -> None:
        self.why = t("{variable} {wrong}", variable=variable, wrong=t(wrong))
        super().__init__(
            later("no key for {provider}: {why}; nothing was sent to it"),
            later("export {variable}=... and run the same command again"),
            provider=provider,
            why=self.why,
            variable=variable,
        )


class NoAddress(NoKey):
    """Nobody said where a server of one's own is: `variable` of the environment does not."""

    def __init__(self, provider: str, variable: str) -> None:
        self.why = t("{variable} {wrong}", variable=variable, wrong=t(later("is not set")))
        Stop.__init__(
            self,
            later("no address for {provider}: {variable} is not set; nothing was sent to it"),
            later(
                "start your picture server, export {variable}=http://127.0.0.1:1234/v1 (its address) and run the same"
                " command again"
            ),
            provider=provider,
            variable=variable,
        )


class DiskRefuses(Stop):
    """The disk did not do what was asked of it. error: one that `is_of_disk`."""

    def __init__(self, error: OSError) -> None:
        what, do = disk_words(error)
        place = os.fsdecode(error.filename) if error.filename else t("the disk refuses")
        do = t("{do}, then run the same command again", do=do)
        super().__init__("{place}: {what}", do, place=place, what=what)


def is_of_disk(error: BaseException | None) -> bool:
    """Whether a file or a disk is at fault, and not the network or our own code."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno in _OF_DISKS)


def disk_words(error: OSError) -> tuple[str, str]:
    """(what is wrong with the file or folder, what a person does about it)."""
    what, do = _WORDS.get(error.errno or 0, ("", later("look at the disk, or use another one")))
    return t(what) if what else (error.strerror or str(error)), t(do)


_IN_THE_WAY = later("move it away")
_NO_ROOM = later("the disk is full"), later("make room there")
_NO_RIGHT = later("this user may not do that there"), later("give yourself the right to it (chmod, chown, remount)")
_WORDS = {
    errno.EISDIR: (later("is a folder, and a file belongs there"), _IN_THE_WAY),
    errno.ENOTEMPTY: (later("is a folder, and a file belongs there"), _IN_THE_WAY),
    errno.ENXIO: (later("is a pipe, a socket or a device, and a file belongs there"), _IN_THE_WAY),
    errno.ENOTDIR: (later("is a file, or lies in one, where a folder belongs"), _IN_THE_WAY),
    errno.EEXIST: (later("is a file, and a folder belongs there"), _IN_THE_WAY),
    errno.ENOENT: (
        later("is not there: was it, or its folder, removed while this command worked?"),
        later("put it back if something else took it away"),
    ),
    errno.ELOOP: (later("is a symbolic link that leads nowhere"), later("put back what it leads to, or remove it")),
    errno.ENAMETOOLONG: (later("is longer than this disk allows"), later("use shorter names, or another folder")),
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: (later("may not become as large as that"), later("make room there, or raise the limit (ulimit -f)")),
    errno.EIO: (later("the disk reports an error (input/output error)"), later("look after the disk")),
    errno.EROFS: (later("the disk is mounted to be read only"), later("mount it to be written")),
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
}
_OF_DISKS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE}
    | {errno.ENOLCK, errno.ENOTSUP, errno.EMFILE, errno.ENFILE}
)

_sent = False


def note_sent() -> None:
    """From here on something may have left for a provider: this command never again says that nothing was sent."""
    global _sent
    _sent = True


def exit_status(stop: Stop) -> int:
    """Its own, but for "nothing was sent" where that would not be true."""
    return Stop.exit_code if _sent else stop.exit_code


def was_sent() -> bool:
    """Whether anything may have left for a provider in this process."""
    return _sent
