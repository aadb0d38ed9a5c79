"""What another program put in the place of a file, told by its first bytes, and what mends it."""

import re
import shlex
from pathlib import Path

from ..text.sentences import later, t
from .problem import Problem, short

_EXPORT = later(
    "open it where it was made and export it: a table as CSV UTF-8 (comma delimited), anything else as plain text"
)
_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", later("an Excel workbook (.xlsx), Numbers or another ZIP file"), _EXPORT),
    (b"PK\x05\x06", later("an empty ZIP file"), _EXPORT),
    (b"\xd0\xcf\x11\xe0", later("an old Excel workbook (.xls)"), _EXPORT),
    (b"{\\rtf", later("a rich text document (.rtf)"), _EXPORT),
    (b"%PDF-", later("a PDF"), _EXPORT),
    (b"bplist00", later("a property list or alias of macOS"), _EXPORT),
    (b"\x1f\x8b", later("a gzip archive"), later("unpack it: gunzip -c {path} > ..., and put what is in it here")),
    (b"\x00GITCRYPT\x00", later("locked by git-crypt"), "git-crypt unlock"),
    (b"/annex/objects/", later("a pointer of git-annex: the file itself was not fetched"), "git annex get {path}"),
)
_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|\?xml)\b", re.IGNORECASE)
LONGEST_POINTER = 1024
"""Bytes: a pointer of Git LFS is shorter (its specification)."""
_POINTER = b"version https://git-lfs.github.com/spec/"
_MARK = re.compile(rb"^(?:<{7}|>{7})(?: [^\n]*)?\r?$", re.MULTILINE)
RECORDS = frozenset({"manifest.json"})
"""Files that alone know which jobs are paid for: of these no version may be lost, least of all by choosing one."""
KEEP = later(
    "restore it from a backup; without one, move it aside and run: doit adopt. Do not delete it: it names paid jobs"
)


def problem(path: Path, raw: bytes) -> Problem | None:
    """What `raw`, read from `path`, is instead of text of ours, and the command that mends it; None when it is text."""
    found = _pointer(path, raw) or _conflict(path, raw) or _other(path, raw)
    if found and path.name in RECORDS:
        return Problem(path, found.line, "", found.message, KEEP)
    return found


def is_pointer(raw: bytes) -> bool:
    """Whether a file's bytes are a pointer of Git LFS: three short lines in place of the file."""
    return raw.removeprefix(b"\xef\xbb\xbf").startswith(_POINTER)


def pull(path: Path) -> str:
    """The command that fetches the file, or the files of a folder, for which such a pointer stands."""
    return t("git lfs pull --include={path}", path=_quoted(path))


def _pointer(path: Path, raw: bytes) -> Problem | None:
    if not is_pointer(raw):
        return None
    return Problem(path, 1, "", t("is a Git LFS pointer: the file itself was not fetched"), pull(path))


def _conflict(path: Path, raw: bytes) -> Problem | None:
    maybe = b"<<<<<<<" in raw or b">>>>>>>" in raw
    mark = _MARK.search(raw) if maybe else None
    if mark is None:
        return None
    line = raw.count(b"\n", 0, mark.start()) + 1
    do = t(
        "keep one side: git checkout --ours {path} (or --theirs); or remove the marks and what you do not want",
        path=_quoted(path),
    )
    return Problem(path, line, "", t("holds the marks of a merge conflict of git"), do)


def _other(path: Path, raw: bytes) -> Problem | None:
    for head, what, do in _BYTES:
        if raw.startswith(head):
            return Problem(path, None, "", t("is {what}", what=t(what)), t(do, path=_quoted(path)))
    if _PAGE.match(raw.removeprefix(b"\xef\xbb\xbf")):
        return Problem(path, 1, "", t("is a web page or XML, saved under this name"), _EXPORT)
    return None


def _quoted(path: Path) -> str:
    return shlex.quote(short(path))
