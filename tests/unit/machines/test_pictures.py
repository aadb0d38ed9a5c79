"""A paid picture goes from one machine's store through the shared one into another's."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.machines import pictures
from tasks.pictures.store import Store, StorePictureDamaged
from tasks.shared.folder import FolderStore
from tasks.shared.port import StoreFails
from tests.support import facts

DIGEST = "ab" + "1" * 62
DATA = b"the provider's bytes"


@pytest.fixture
def shared(tmp_path: Path) -> FolderStore:
    (tmp_path / "shared").mkdir()
    return FolderStore(tmp_path / "shared")


@pytest.fixture
def ours(tmp_path: Path) -> Store:
    """The store of the machine that bought the picture."""
    store = Store(tmp_path / "ours")
    facts.keep(store, facts.origin("0001-" + DIGEST[:16], DIGEST), DATA)
    return store


@pytest.fixture
def theirs(tmp_path: Path) -> Store:
    """That of another machine."""
    return Store(tmp_path / "theirs")


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_one_machine_bought_another_has(shared: FolderStore, ours: Store, theirs: Store) -> None:
    """The same bytes and the same facts, and the record says which machine paid; nothing else is left behind."""
    pictures.give(shared, ours, DIGEST, "host-a")
    assert pictures.take(shared, theirs, DIGEST, "CH01-001")
    bought, came = ours.find(DIGEST), theirs.find(DIGEST)
    assert bought and bought.purchase and came and came.purchase and theirs.read(came) == DATA
    assert came.purchase.to_json() == bought.purchase.to_json() | {"machine": "host-a"}
    assert files(theirs.root) == [f"ab/{DIGEST}.json", f"ab/{DIGEST}.png"]


def test_what_nobody_gave_is_not_there(shared: FolderStore, theirs: Store) -> None:
    """A machine without the picture gives nothing, and one that asks for it is told so, with nothing written."""
    pictures.give(shared, theirs, DIGEST, "host-b")
    assert not pictures.take(shared, theirs, DIGEST, "CH01-001")
    assert files(shared.root) == files(theirs.root) == []


def test_what_came_from_another_is_not_given_again(
    tmp_path: Path, shared: FolderStore, ours: Store, theirs: Store
) -> None:
    """A machine gives what it bought: a picture of another keeps the name of who paid for it."""
    pictures.give(shared, ours, DIGEST, "host-a")
    pictures.take(shared, theirs, DIGEST, "CH01-001")
    (tmp_path / "another").mkdir()
    pictures.give(FolderStore(tmp_path / "another"), theirs, DIGEST, "host-b")
    assert files(tmp_path / "another") == []


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _foreign(path: Path) -> None:
    path.write_text(json.dumps({"file": "x.png"}))


@pytest.mark.parametrize(
    ("ending", "spoil", "says"),
    [
        ("json", _cut, "has a damaged record of the paid picture " + DIGEST),
        ("json", _foreign, "has a damaged record of the paid picture " + DIGEST),
        ("png", _cut, f"has a damaged picture: pictures/ab/{DIGEST}"),
        ("png", Path.unlink, f"has a damaged picture: pictures/ab/{DIGEST}"),
    ],
)
def test_a_damaged_gift_is_not_taken(
    shared: FolderStore, ours: Store, theirs: Store, ending: str, spoil: Callable[[Path], None], says: str
) -> None:
    """What is cut, foreign or gone in the shared store stops with its name, and is no picture of ours."""
    pictures.give(shared, ours, DIGEST, "host-a")
    (place,) = (shared.root / "pictures" / "ab").glob(f"*.{ending}")
    spoil(place)
    with pytest.raises(StoreFails, match=says):
        pictures.take(shared, theirs, DIGEST, "CH01-001")
    assert not theirs.has(DIGEST)


def test_a_damaged_picture_is_not_given(shared: FolderStore, ours: Store) -> None:
    """What is not what was bought does not leave this machine."""
    (ours.root / "ab" / f"{DIGEST}.png").write_bytes(b"changed")
    with pytest.raises(StorePictureDamaged):
        pictures.give(shared, ours, DIGEST, "host-a")
    assert files(shared.root) == []
