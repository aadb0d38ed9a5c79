"""Big files hold exactly the bytes they were given, whatever way the system offers to write them."""

import os
from pathlib import Path

import pytest

from tasks import bulk

SIZES = [0, 1, bulk.SMALLEST - 1, bulk.SMALLEST, bulk.SMALLEST + 4095, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 9_000_001]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_holds_what_it_was_given(tmp_path: Path, size: int) -> None:
    """No padding, no gap and no rest of an earlier, longer file."""
    data = os.urandom(size)
    path = tmp_path / "x.part"
    path.write_bytes(b"old" * 4_000_000)
    assert bulk.write(path, data) == path
    assert path.read_bytes() == data


@pytest.mark.parametrize("call", ["open", "write"])
def test_without_direct_writes_the_file_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A file system that refuses the fast way at either step gets an ordinary write."""
    real = getattr(os, call)

    def refuse(target: object, *more: object, **named: object) -> object:
        if call == "write" or (more and isinstance(more[0], int) and more[0] & bulk._DIRECT):
            raise OSError(22, "Invalid argument")
        return real(target, *more, **named)

    monkeypatch.setattr(bulk, "_DIRECT", bulk._DIRECT or os.O_NONBLOCK)
    monkeypatch.setattr(os, call, refuse)
    data = os.urandom(3_000_000)
    assert bulk.write(tmp_path / "x.part", data).read_bytes() == data


def test_a_real_failure_is_raised(tmp_path: Path) -> None:
    """A folder that is not there is an error in either way."""
    with pytest.raises(FileNotFoundError):
        bulk.write(tmp_path / "none" / "x.part", bytes(bulk.SMALLEST))
