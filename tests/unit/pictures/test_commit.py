"""Finished pictures become durable in groups."""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tasks.catalog.pricing import Cost, CostBasis
from tasks.pictures.commit import PICTURES, Committer, Incoming
from tasks.pictures.store import Purchase, Store
from tasks.providers.answer import Tokens
from tests.support import facts
from tests.support.emulator_process import ROOT


def incoming(staging: Path, images: Path, number: int) -> Incoming:
    """A picture as it lies there when its bytes are written and checked."""
    digest, data = hashlib.sha256(b"%d" % number).hexdigest(), b"picture %d" % number
    parts = [staging / f"{number}.{kind}.part" for kind in ("source", "image")]
    for part in parts:
        part.write_bytes(data)
    purchase = Purchase(
        origin=facts.origin(f"{number:04d}-{digest[:16]}", digest),
        run="CH01-001",
        mime="image/png",
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        width=64,
        height=36,
        tokens=Tokens(input=10, image=1120, text=0, thinking=5),
        model_version=None,
        response_id=None,
        cost=Cost(0.0168, CostBasis.MEASURED),
    )
    return Incoming(*parts, images / f"{number:04d}.png", "png", purchase, len(data))


def test_a_group_on_its_way_is_kept_when_the_command_stops(tmp_path: Path) -> None:
    """A full group is in the store, whole, when a failure of something else leaves the block; nobody writes after."""
    store, images = Store(tmp_path / "store"), tmp_path / "images"
    images.mkdir()
    before = set(threading.enumerate())
    with store.incoming("CH01-001") as staging:
        made = [incoming(staging, images, number) for number in range(PICTURES)]
        with pytest.raises(ConnectionResetError), Committer(store, staging) as groups:
            for each in made:
                groups.add(each)
            raise ConnectionResetError
        assert set(threading.enumerate()) <= before and list(staging.iterdir()) == []
    kept = [store.find(each.digest) for each in made]
    assert [record.purchase for record in kept if record] == [each.purchase for each in made]
    assert len(list(images.iterdir())) == PICTURES


@pytest.mark.parametrize("has_image", [True, False])
def test_what_is_handed_over_is_there_when_it_is_finished(tmp_path: Path, has_image: bool) -> None:
    """A group need not be full: after `finish` the store has the picture, and images/ where a name is wanted there."""
    store, images = Store(tmp_path / "store"), tmp_path / "images"
    images.mkdir()
    with store.incoming("CH01-001") as staging, Committer(store, staging) as groups:
        one = incoming(staging, images, 1)
        if not has_image:
            one = Incoming(one.source, None, None, one.extension, one.purchase, one.size)
        groups.add(one)
        assert not store.has(one.digest)
        groups.finish()
        found = store.find(one.digest)
        assert found and store.read(found) == b"picture 1"
        assert [path.name for path in images.iterdir()] == ["0001.png"] * has_image


def test_what_fails_is_said_and_nothing_counts_as_kept(tmp_path: Path) -> None:
    """A picture whose bytes are gone is told to whoever finishes, and the store has no record of it."""
    store = Store(tmp_path / "store")
    with store.incoming("CH01-001") as staging, Committer(store, staging) as groups:
        one = incoming(staging, tmp_path, 1)
        one.parts[0].unlink()
        groups.add(one)
        with pytest.raises(FileNotFoundError):
            groups.finish()
    assert not store.has(one.digest)


_CHILD = """
import sys
from pathlib import Path
from tests.unit.pictures.test_commit import committed
committed(Path(sys.argv[1]))
"""


def committed(folder: Path) -> list[Incoming]:
    """A group of three pictures, made durable below that folder."""
    store, images = Store(folder / "store"), folder / "images"
    images.mkdir(exist_ok=True)
    with store.incoming("CH01-001") as staging, Committer(store, staging) as groups:
        made = [incoming(staging, images, number) for number in range(3)]
        for each in made:
            groups.add(each)
        groups.finish()
    return made


@pytest.mark.parametrize(
    ("point", "pictures", "records"),
    [
        ("group-before-rename", 0, 0),
        ("group-after-rename", 3, 0),
        ("record-before", 3, 0),
        ("images-before", 3, 3),
    ],
)
def test_killed_between_two_steps_nothing_is_taken_for_more_than_it_is(
    tmp_path: Path, point: str, pictures: int, records: int
) -> None:
    """Pictures come before their records, and both before what lies in images/; once more, and all of it is there."""
    environment = os.environ | {"KAMISHIBAI_KILL_AT": point, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path)], env=environment, cwd=ROOT).returncode == -9
    store = tmp_path / "store"
    assert (len(list(store.glob("??/*.png"))), len(list(store.glob("??/*.json")))) == (pictures, records)
    assert list((tmp_path / "images").iterdir()) == []
    found = [Store(store).find(each.digest) for each in committed(tmp_path)]
    assert [Store(store).read(record) for record in found if record] == [b"picture %d" % number for number in range(3)]
    assert len(list((tmp_path / "images").iterdir())) == 3
