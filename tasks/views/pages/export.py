"""Pictures of a place as one ZIP, under names that an editor can sort: CH01-251_0003.png. Written as it is read."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

BLOCK = 1 << 20


def zipped(files: Sequence[tuple[str, Path]]) -> Iterator[bytes]:
    """The ZIP, piece by piece. files: name inside and file; one that is gone by then is left out. Pictures are stored
    as they are: they do not get smaller."""
    out = _Pieces()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name, path in files:
            if not path.is_file():
                continue
            with path.open("rb") as source, bundle.open(zipfile.ZipInfo.from_file(path, name), "w") as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    yield out.taken()
            yield out.taken()
    yield out.taken()


class _Pieces:
    """A file that nobody can go back in: what was written is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
