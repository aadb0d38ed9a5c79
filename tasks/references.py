"""Reference pictures on the disk: is there one at that path, of a kind and size that providers take?"""

from pathlib import Path

from tasks.problem import shown

MOST_BYTES = 20_000_000
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


def fault(folder: Path, reference: str, whose: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) with the picture at `reference`, a path from `folder`; None when all is right.

    whose: what people call the folder. Reads 12 bytes: kind by magic bytes, at most MOST_BYTES long.
    """
    target = (folder / reference).resolve()
    if not target.is_relative_to(folder.resolve()):
        return f"{shown(reference)} leads out of {whose}", "copy it there"
    try:
        with target.open("rb") as stream:
            head = stream.read(12)
            size = stream.seek(0, 2)
    except OSError as error:
        if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
            return f"there is no file {shown(reference)}", "put it there, or correct it"
        return f"{shown(reference)} cannot be read: {error.strerror}", "make it a readable file"
    if not (head.startswith((_JPEG, _PNG)) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")):
        return f"{shown(reference)} is neither PNG, JPEG nor WEBP", "save it as one of these"
    if size > MOST_BYTES:
        return f"{shown(reference)} has {size / 1e6:.1f} MB, at most 20 can be sent", "save it smaller"
    return None
