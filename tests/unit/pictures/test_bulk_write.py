"""Big files hold exactly the bytes they were given, whatever way the system offers to write them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.files import system
from tasks.pictures import bulk_write
from tests.support.emulator_process import ROOT

SIZES = [
    0,
    1,
    bulk_write.SMALLEST - 1,
    bulk_write.SMALLEST,
    bulk_write.SMALLEST + 4095,
    (1 << 20) - 1,
    1 << 20,
    (1 << 20) + 1,
    9_000_001,
]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_holds_what_it_was_given(tmp_path: Path, size: int) -> None:
    """No padding, no gap and no rest of an earlier, longer file."""
    data = os.urandom(size)
    path = tmp_path / "x.part"
    path.write_bytes(b"old" * 4_000_000)
    assert bulk_write.write(path, data) == path
    assert path.read_bytes() == data


@pytest.mark.parametrize("call", ["open", "write"])
def test_without_direct_writes_the_file_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A file system that refuses the fast way at either step gets an ordinary write."""
    real = getattr(os, call)

    def refuse(target: object, *more: object, **named: object) -> object:
        if call == "write" or (more and isinstance(more[0], int) and more[0] & system.DIRECT):
            raise OSError(22, "Invalid argument")
        return real(target, *more, **named)

    monkeypatch.setattr(system, "DIRECT", system.DIRECT or os.O_NONBLOCK)
    monkeypatch.setattr(os, call, refuse)
    data = os.urandom(3_000_000)
    assert bulk_write.write(tmp_path / "x.part", data).read_bytes() == data


def test_a_real_failure_is_raised(tmp_path: Path) -> None:
    """A folder that is not there is an error in either way."""
    with pytest.raises(FileNotFoundError):
        bulk_write.write(tmp_path / "none" / "x.part", bytes(bulk_write.SMALLEST))


def test_a_twin_is_whole_whatever_happens_to_the_other(tmp_path: Path) -> None:
    """Same bytes, in place of what was there; painted over in place or removed, neither changes the other."""
    data = os.urandom(1_500_001)
    original = bulk_write.write(tmp_path / "original", data)
    twin = tmp_path / "twin"
    twin.write_bytes(b"old" * 4_000_000)
    assert bulk_write.write_twin(twin, original, data).read_bytes() == data
    with twin.open("r+b") as stream:
        stream.write(b"painted")
    assert original.read_bytes() == data
    original.unlink()
    assert twin.read_bytes() == b"painted" + data[7:]


def test_a_twin_without_its_original_is_an_error(tmp_path: Path) -> None:
    """The caller believes that these bytes are kept elsewhere; when they are not, it has to know."""
    with pytest.raises(FileNotFoundError):
        bulk_write.write_twin(tmp_path / "twin", tmp_path / "none", b"data")


SHARING = """
import os, sys
from pathlib import Path
from tasks.files import atomic
from tasks.pictures import bulk_write
folder, data = Path(sys.argv[1]), os.urandom(16 << 20)
original = bulk_write.write(folder / "original", data)
disk = atomic.GroupSync(folder)
disk.sync([original])
before = os.statvfs(folder)
twin = bulk_write.write_twin(folder / "twin", original, data)
disk.sync([twin])
after = os.statvfs(folder)
with twin.open("r+b") as stream:
    stream.write(b"painted")
assert original.read_bytes() == data and twin.read_bytes() == b"painted" + data[7:]
print((before.f_bfree - after.f_bfree) * before.f_frsize)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system of its own")
@pytest.mark.parametrize("make", [("mkfs.btrfs", "-q"), ("mkfs.xfs", "-q")], ids=["btrfs", "xfs"])
def test_where_blocks_can_be_shared_a_twin_takes_no_space(tmp_path: Path, make: tuple[str, str]) -> None:
    """On a real file system in a file, mounted for one process: 16 MiB twice use less than 1 MiB more than once."""
    image, folder = tmp_path / "image", tmp_path / "mounted"
    image.touch()
    os.truncate(image, 400 << 20)
    folder.mkdir()
    if not shutil.which(make[0]) or os.getuid():
        pytest.skip(f"needs root and {make[0]}")
    subprocess.run([*make, image], check=True, capture_output=True)
    script = 'mount -o loop "$1" "$2" || exit 77; shift; exec "$2" -c "$3" "$1"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", image, folder, sys.executable, SHARING]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip(f"no mount here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1 << 20
