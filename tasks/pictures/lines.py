"""Bytes as they arrive from a download -> lines, with the place of each in the file."""

from collections.abc import Iterable, Iterator

BOM = b"\xef\xbb\xbf"
LONGEST = 64 << 20
"""Bytes of one line at most. A 4K PNG in base64 is about 25 MB; more than this is not a result line."""


def split(chunks: Iterable[bytes], longest: int = LONGEST) -> Iterator[tuple[int, bytes]]:
    r"""Cut `chunks` into lines at byte \n and nothing else, holding one line in memory.

    Yields (offset of the line's first byte, line without its \n); the last line may lack the \n, an empty rest is no
    line. Of a line over `longest` bytes only a beginning is yielded, so that memory stays bounded and the line is
    reported as unreadable. What `chunks` raises passes through, and the unfinished line is not yielded.
    U+2028, U+2029, U+0085, form feeds and the like may stand raw inside JSON strings, so `splitlines` would break them.
    A byte order mark before the first line belongs to no line.
    """
    for start, line in _split(chunks, longest):
        marked = start == 0 and line.startswith(BOM)
        yield (len(BOM), line[len(BOM) :]) if marked else (start, line)


def _split(chunks: Iterable[bytes], longest: int) -> Iterator[tuple[int, bytes]]:
    pieces: list[memoryview] = []  # views: a line of megabytes is copied once, when it is whole
    start = held = skipped = 0
    for chunk in chunks:
        view, begin = memoryview(chunk), 0
        while (end := chunk.find(b"\n", begin)) >= 0:
            pieces.append(view[begin : min(end, begin + longest - held)])
            yield start, b"".join(pieces)
            start += held + skipped + end - begin + 1
            pieces, held, skipped, begin = [], 0, 0, end + 1
        rest = view[begin : begin + longest - held]
        skipped += len(chunk) - begin - len(rest)
        if skipped:
            pieces = pieces[:1] or [rest]
        elif rest:
            pieces.append(rest)
        held += len(rest)
    if pieces:
        yield start, b"".join(pieces)
