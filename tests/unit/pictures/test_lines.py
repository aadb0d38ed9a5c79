"""Result files are cut into lines at byte newline only, wherever the network cut them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.pictures import lines


def _expected(data: bytes) -> list[tuple[int, bytes]]:
    found, offset = [], 0
    parts = data.split(b"\n")
    for number, part in enumerate(parts):
        if part or number < len(parts) - 1:
            is_marked = offset == 0 and part.startswith(lines.BOM)
            found.append((len(lines.BOM), part[len(lines.BOM) :]) if is_marked else (offset, part))
        offset += len(part) + 1
    return found


@example([b"\xef\xbb\xbf"])
@example([b"\xef\xbb", b"\xbf{}\n"])
@given(st.lists(st.binary(max_size=8).map(lambda b: b.replace(b"a", b"\n"))))
def test_any_chunking_gives_the_same_lines(chunks: list[bytes]) -> None:
    """The lines and their offsets depend on the bytes alone, not on how they were cut into chunks."""
    assert list(lines.split(chunks)) == _expected(b"".join(chunks))


def test_only_byte_newline_ends_a_line() -> None:
    """Separators that Unicode calls line ends stay inside a line."""
    text = "a\u2028b\u2029c\u0085d\x0b\x0c\x1c\r".encode()
    assert list(lines.split([text + b"\n" + text])) == [(0, text), (len(text) + 1, text)]


def test_a_file_that_ends_with_newline_has_no_empty_last_line() -> None:
    """A trailing newline ends the last line and starts none; blank lines between are lines."""
    assert list(lines.split([b"a\n", b"\n", b"b\n"])) == [(0, b"a"), (2, b""), (3, b"b")]
    assert list(lines.split([])) == []


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_an_endless_line_is_cut_and_the_next_is_found(size: int) -> None:
    """A line over the limit keeps a beginning only; offsets of the following lines stay right."""
    data = b"x" * 50 + b"\nshort\n" + b"y" * 11
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    first, short, last = lines.split(chunks, longest=10)
    assert (first[0], short, last[0]) == (0, (51, b"short"), 57)
    assert 0 < len(first[1]) <= 10 and 0 < len(last[1]) <= 10


@example([b"abcdefg", b"hijklmn\no"], 10)
@given(st.lists(st.binary(max_size=8).map(lambda b: b.replace(b"a", b"\n"))), st.integers(len(lines.BOM), 12))
def test_any_chunking_of_long_lines_is_held_to_the_limit(chunks: list[bytes], longest: int) -> None:
    """However it arrives, a line is whole up to the limit and else a beginning, and stands at its offset."""
    found, whole = list(lines.split(chunks, longest)), _expected(b"".join(chunks))
    assert [start for start, _ in found] == [start for start, _ in whole]
    for (_, line), (start, expected) in zip(found, whole, strict=True):
        fits = len(expected) + (start if start == len(lines.BOM) else 0) <= longest
        assert line == expected if fits else line and expected.startswith(line) and len(line) <= longest


def test_what_the_source_raises_passes_and_the_rest_is_dropped() -> None:
    """A cut download yields the whole lines before the cut, then the error, and never half a line."""

    def cut():
        yield b"one\ntw"
        raise ConnectionResetError

    found = []
    with pytest.raises(ConnectionResetError):
        for line in lines.split(cut()):
            found.append(line)
    assert found == [(0, b"one")]


def test_a_byte_order_mark_belongs_to_no_line() -> None:
    """Before the first line it is dropped, and the offset says so; anywhere else it stays."""
    assert list(lines.split([b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}"])) == [(3, b"{}"), (6, b"\xef\xbb\xbf{}")]
