"""What every shared store promises, held against each kind; and the probe, against one that breaks the promise."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.shared import objects
from tasks.shared.folder import FolderStore
from tasks.shared.objects import ObjectStore
from tasks.shared.port import Content, Put, SharedStore, StoreFails, StoreUnfit, Swap, Version, probe
from tasks.text.errors import BadInput, Stop
from tests.support import environment, object_storage

WRITERS = 8


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with object_storage.moto() as found:
        yield found


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedStore:
    """An empty store of each kind."""
    if request.param == "folder":
        return FolderStore(tmp_path)
    environment.use(monkeypatch, object_storage.variables(request.getfixturevalue("port")))
    return ObjectStore(f"s3://{object_storage.BUCKET}/{tmp_path.name}")


def _read(store: SharedStore, name: str) -> Content:
    kept = store.get(name)
    assert kept
    return kept


def _together(work: Callable[[int], object]) -> list[object]:
    gate = threading.Barrier(WRITERS)

    def run(number: int) -> object:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_what_was_put_is_there(store: SharedStore) -> None:
    """A new name holds its bytes, any bytes; a name that nobody wrote holds nothing."""
    data = bytes(range(256)) * 40_000
    assert store.get("pictures/00/a.png") is None
    assert store.put_new("pictures/00/a.png", data) is Put.NEW
    assert _read(store, "pictures/00/a.png").data == data


def test_a_create_has_one_winner(store: SharedStore) -> None:
    """What exists is never replaced by a create, and of several creates at one moment one is told that it was new."""
    for name in ("claims/1", "claims/2", "claims/3"):
        came = _together(lambda number, name=name: store.put_new(name, b"%d" % number))
        assert came.count(Put.NEW) == 1 and came.count(Put.EXISTS) == WRITERS - 1
        assert _read(store, name).data == b"%d" % came.index(Put.NEW)


def test_a_swap_changes_only_what_was_read(store: SharedStore) -> None:
    """With the version that was read it replaces; with an older one, or of what is not there, it changes nothing."""
    store.put_new("books/x.json", b"1")
    first = _read(store, "books/x.json").version
    assert store.swap("books/x.json", first, b"2") is Swap.DONE
    assert store.swap("books/x.json", first, b"3") is Swap.CHANGED
    assert _read(store, "books/x.json").data == b"2"
    assert store.swap("books/none.json", first, b"3") is Swap.CHANGED
    assert store.get("books/none.json") is None


def test_of_several_swaps_none_is_lost(store: SharedStore) -> None:
    """Eight writers that add one each, and read again when they were too late, come to eight."""
    store.put_new("books/sum", b"0")

    def add(_: int) -> None:
        while True:
            kept = _read(store, "books/sum")
            if store.swap("books/sum", kept.version, b"%d" % (int(kept.data) + 1)) is Swap.DONE:
                return

    _together(add)
    assert _read(store, "books/sum").data == b"%d" % WRITERS


def test_a_list_has_what_lies_in_the_folder(store: SharedStore) -> None:
    """Every name in the folder and below, in order, and none of a neighbour whose name begins alike."""
    for name in ("open/b", "open/a/1", "openly/c", "done/d"):
        store.put_new(name, b"")
    assert store.list("open/") == ["open/a/1", "open/b"]
    assert store.list("nothing/") == []


def test_a_store_that_keeps_its_word_passes_the_probe(store: SharedStore) -> None:
    """The first look of a machine, each later one, and two at once all go well."""
    probe(store, "probe/one")
    probe(store, "probe/one")
    assert _together(lambda _: probe(store, "probe/two")) == [None] * WRITERS


def test_a_store_that_creates_over_what_exists_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers 200 to a create of what is there cannot keep machines apart: said, and nothing is sent."""
    with object_storage.careless() as port:
        environment.use(monkeypatch, object_storage.variables(port))
        store = ObjectStore(f"s3://{object_storage.BUCKET}/p")
        assert store.put_new("a", b"1") is Put.NEW and store.put_new("a", b"2") is Put.NEW
        with pytest.raises(StoreUnfit, match="create what exists already"):
            probe(store, "probe/one")


class _Creating(FolderStore):
    """A folder whose create of what exists goes wrong: it is told as new, or it replaces what is there, or both."""

    tells = replaces = True

    def put_new(self, name: str, data: bytes) -> Put:
        if not (self.root / name).exists():
            return super().put_new(name, data)
        if self.replaces:
            super().swap(name, _read(self, name).version, data)
        return Put.NEW if self.tells else Put.EXISTS


@pytest.mark.parametrize(("tells", "replaces"), [(True, True), (True, False), (False, True)])
def test_a_create_of_what_exists_that_goes_half_wrong_is_refused_too(
    tmp_path: Path, tells: bool, replaces: bool
) -> None:
    """Either is enough for two machines to buy one picture: both are told that they are first, or a claim is gone."""
    store = _Creating(tmp_path)
    store.tells, store.replaces = tells, replaces
    with pytest.raises(StoreUnfit, match="create what exists already"):
        probe(store, "probe/one")


class _Overwriting(FolderStore):
    """A folder whose swap replaces whatever is there."""

    def swap(self, name: str, version: Version, data: bytes) -> Swap:
        return super().swap(name, _read(self, name).version, data)


def test_a_store_that_swaps_what_was_not_read_is_refused(tmp_path: Path) -> None:
    """A swap that ignores the version is found by the probe too."""
    with pytest.raises(StoreUnfit, match="has not read"):
        probe(_Overwriting(tmp_path), "probe/one")


@pytest.mark.parametrize(("status", "words"), [(403, "refuses these credentials"), (507, "is full"), (500, "answer")])
def test_trouble_of_object_storage_is_one_sentence(status: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong credentials, a full store and one that is broken are told apart, without a word of the library's."""
    with object_storage.careless(status) as port:
        environment.use(monkeypatch, object_storage.variables(port))
        store = ObjectStore(f"s3://{object_storage.BUCKET}/p")
        asks = (lambda: store.get("a"), lambda: store.put_new("a", b""), lambda: store.list("a"))
        for ask in (*asks, lambda: store.swap("a", Version("1"), b"")):
            with pytest.raises(StoreFails, match=words) as told:
                ask()
            assert "\n" not in told.value.what and "test" not in told.value.what


def test_a_bucket_that_is_not_there_is_no_empty_store(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name was misspelt, or it was removed: whoever takes it for empty buys everything again."""
    environment.use(monkeypatch, object_storage.variables(port))
    with pytest.raises(StoreFails):
        ObjectStore("s3://misspelt/p").get("a")


def test_a_slow_store_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not answer in time is said to, and nobody knows what came of it."""
    monkeypatch.setattr(objects, "SECONDS", 1)
    monkeypatch.setattr(objects, "RETRIES", 0)
    with object_storage.careless(seconds=3) as port:
        environment.use(monkeypatch, object_storage.variables(port))
        with pytest.raises(StoreFails, match="does not answer"):
            ObjectStore(f"s3://{object_storage.BUCKET}/p").put_new("a", b"")


def test_a_disk_without_hard_links_keeps_the_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network disks have none: a create has one winner there too, whose bytes are there and stay."""

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    store = FolderStore(tmp_path)
    came = _together(lambda number: store.put_new("claims/1", b"%d" % number))
    assert came.count(Put.NEW) == 1 and came.count(Put.EXISTS) == WRITERS - 1
    assert _read(store, "claims/1").data == b"%d" % came.index(Put.NEW)
    probe(store, "probe/one")


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """An unmounted disk is no empty store: every call says so."""
    store = FolderStore(tmp_path / "mount")
    calls = (lambda: store.get("a"), lambda: store.put_new("a", b""), lambda: store.list("a/"))
    for ask in (*calls, lambda: store.swap("a", Version(""), b"")):
        with pytest.raises(StoreFails, match="is its disk mounted"):
            ask()
    assert not (tmp_path / "mount").exists()


def test_keys_travel_over_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain http address that is not this machine is refused, unless the variable of the tools says that it may."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://storage.example")
    with pytest.raises(BadInput, match="not https"):
        ObjectStore("s3://bucket")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    ObjectStore("s3://bucket")


def test_without_the_extra_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no obstore and asks for object storage reads which extra brings it."""
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(Stop, match=r"needs the (package obstore|part \[cloud\])"):
        ObjectStore("s3://bucket")
