"""Pictures as one ZIP, written as it is read."""

import io
import zipfile
from pathlib import Path

from tasks.views.pages.export import BLOCK, zipped


def test_it_is_whole_and_comes_in_pieces(tmp_path: Path) -> None:
    """Larger than a piece, a name with Japanese letters, and a file that is gone by then."""
    large = tmp_path / "a.png"
    large.write_bytes(bytes(range(256)) * (BLOCK // 100))
    pieces = list(zipped([("夜.png", large), ("gone.png", tmp_path / "b.png"), ("again.png", large)]))
    assert max(map(len, pieces)) < 2 * BLOCK
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert (archive.testzip(), archive.namelist()) == (None, ["夜.png", "again.png"])
        assert archive.read("again.png") == large.read_bytes()
