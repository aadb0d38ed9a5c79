"""The store keeps every paid picture as delivered, finds it by digest, and never overwrites or invents one."""

import hashlib
import json
import os
from pathlib import Path

import orjson
import pytest

from tasks.pictures.store import Purchase, Store, StorePictureDamaged

DIGEST = "ab" + "0" * 62

FACTS = {
    "key": f"0001-{DIGEST[:16]}",
    "prompt_id": "0001",
    "attempt": 1,
    "submission": "s001",
    "job": "batches/j1",
    "slot": "g-1",
    "model_key": "some_model",
    "model_name": "some-model",
    "provider": "gemini",
    "lane": "batch",
    "submitted_at": "2026-11-23T00:00:00Z",
    "finished_at": None,
    "prompt_sha256": "d" * 64,
    "run": "CH00-001",
    "mime": "image/png",
    "width": 32,
    "height": 18,
    "tokens": {"input": 10, "image": 1120, "text": 0, "thinking": 5},
    "model_version": None,
    "response_id": "r-1",
    "cost_usd": 0.0168,
    "cost_basis": "measured",
}
"""What a record says beside digest, sha256, size and file."""


def _keep(store: Store, data: bytes, digest: str = DIGEST, **facts: object) -> Path:
    sha256 = hashlib.sha256(data).hexdigest()
    with store.incoming("CH00-001") as staging:
        part = staging / "picture.part"
        part.write_bytes(data)
        store.folder(digest).mkdir(parents=True, exist_ok=True)
        place = store.keep_picture(part, digest, "png", sha256)
        record = {"digest": digest, "sha256": sha256, "bytes": len(data), "file": place.name, **facts}
        part = staging / "record.part"
        part.write_text(json.dumps(record))
        store.keep_record(part, digest, sha256)
        assert list(staging.iterdir()) == []
    return place


def test_a_kept_picture_is_found_and_read(tmp_path: Path) -> None:
    """What went in comes out, with every fact of its record, unknown ones too."""
    store = Store(tmp_path)
    _keep(store, b"picture", **FACTS, from_later_versions=[1])
    record = store.find(DIGEST)
    assert record and (record.bytes, record.path) == (7, tmp_path / "ab" / f"{DIGEST}.png")
    bought = record.purchase
    assert bought and (bought.origin.prompt_id, bought.more) == ("0001", {"from_later_versions": [1]})
    written = json.loads(record.file.read_bytes())
    assert json.loads(orjson.dumps(bought.to_json() | {"file": record.path.name})) == written
    assert Purchase.from_json(written) == bought
    assert store.read(record) == b"picture"


def test_nothing_is_found_in_an_empty_store(tmp_path: Path) -> None:
    """A store need not exist to be asked."""
    assert Store(tmp_path / "none").find(DIGEST) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"file": 1, "sha256": 2, "bytes": 3}'])
def test_a_broken_record_is_not_there(tmp_path: Path, text: str) -> None:
    """A record that is cut or is something else does not count, and a good one takes its place."""
    store = Store(tmp_path)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / f"{DIGEST}.json").write_text(text)
    assert store.find(DIGEST) is None
    _keep(store, b"picture")
    found = store.find(DIGEST)
    assert found and store.read(found) == b"picture"


@pytest.mark.parametrize("name", ["../../secret.png", "/etc/passwd", f"{DIGEST}/../x.png", "other.png"])
def test_a_record_cannot_point_elsewhere(tmp_path: Path, name: str) -> None:
    """A record names a file of its own digest beside it, or it does not count."""
    (tmp_path / "ab").mkdir()
    record = {"digest": DIGEST, "sha256": "0" * 64, "bytes": 1, "file": name}
    (tmp_path / "ab" / f"{DIGEST}.json").write_text(json.dumps(record))
    assert Store(tmp_path).find(DIGEST) is None


def test_a_second_picture_for_the_same_request_is_kept_beside_the_first(tmp_path: Path) -> None:
    """Both were paid for: the first stays what is found, the second has its own file and record."""
    store = Store(tmp_path)
    _keep(store, b"first")
    second = _keep(store, b"second")
    assert second.name == f"{DIGEST}.{hashlib.sha256(b'second').hexdigest()[:8]}.png"
    assert second.read_bytes() == b"second" and second.with_suffix(".json").exists()
    found = store.find(DIGEST)
    assert found and store.read(found) == b"first"


def test_the_same_picture_again_changes_nothing(tmp_path: Path) -> None:
    """Keeping what is kept already leaves files and time stamps alone."""
    store = Store(tmp_path)
    for data in (b"first", b"second"):
        _keep(store, data)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "ab").iterdir()}
    for data in (b"first", b"second"):
        _keep(store, data)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "ab").iterdir()} == before


def test_a_picture_without_record_from_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    """The picture alone does not count; when the same one comes again its record completes it."""
    store = Store(tmp_path)
    _keep(store, b"picture")
    (tmp_path / "ab" / f"{DIGEST}.json").unlink()
    assert store.find(DIGEST) is None
    _keep(store, b"picture")
    assert sorted(path.name for path in (tmp_path / "ab").iterdir()) == [f"{DIGEST}.json", f"{DIGEST}.png"]


def test_a_damaged_or_missing_picture_stops_with_what_to_do(tmp_path: Path) -> None:
    """A stored picture that is not what was bought is never passed on, and not silently bought again."""
    store = Store(tmp_path)
    place = _keep(store, b"picture")
    record = store.find(DIGEST)
    assert record
    place.write_bytes(b"changed")
    with pytest.raises(StorePictureDamaged, match="sha256 differs") as damaged:
        store.read(record)
    assert damaged.value.exit_code == 1 and f"{DIGEST}.json" in damaged.value.do
    place.unlink()
    with pytest.raises(StorePictureDamaged, match="is missing"):
        store.read(record)


def test_without_hard_links_the_rules_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File systems without links keep first pictures too."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    test_a_second_picture_for_the_same_request_is_kept_beside_the_first(tmp_path)


@pytest.mark.parametrize("owner", ["", ".", "..", "../x", "a/b", "/tmp"])
def test_an_owner_is_a_plain_name(tmp_path: Path, owner: str) -> None:
    """No owner's name leads to another folder, which would then be emptied."""
    store = Store(tmp_path / "store")
    (tmp_path / "store").mkdir()
    with pytest.raises(ValueError, match="no plain name"), store.incoming(owner):
        pass


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    """What the same owner left half-done is gone at its next start; another owner's is not touched."""
    store = Store(tmp_path)
    for owner in ("CH00-001", "CH00-002"):
        (tmp_path / ".incoming" / owner).mkdir(parents=True)
        (tmp_path / ".incoming" / owner / "x.part").write_bytes(b"half")
    with store.incoming("CH00-001") as staging:
        assert list(staging.iterdir()) == []
    assert [path.name for path in (tmp_path / ".incoming").iterdir()] == ["CH00-002"]


def test_the_store_never_links_to_the_same_file_twice(tmp_path: Path) -> None:
    """A kept picture is one file of its own: nothing edited elsewhere can change it."""
    assert _keep(Store(tmp_path), b"picture").stat().st_nlink == 1


@pytest.mark.parametrize("spoiled", [b"", b"{}", b"[" * 9, b'{"digest": "somebody else"}'])
def test_a_spoiled_record_is_not_taken_for_nothing(tmp_path: Path, spoiled: bytes) -> None:
    """Asked whether the picture was bought, the store names the record and does not say no: no would buy it again."""
    store = Store(tmp_path)
    assert not store.has(DIGEST)
    record = store.folder(DIGEST) / f"{DIGEST}.json"
    record.parent.mkdir(parents=True)
    record.write_bytes(spoiled)
    with pytest.raises(StorePictureDamaged, match="damaged") as damaged:
        store.has(DIGEST)
    assert damaged.value.exit_code == 1 and "rm " in damaged.value.do


def test_one_of_several_pictures_is_found_by_its_content(tmp_path: Path) -> None:
    """Who had the second picture gets the second; who had one that is not there gets the first."""
    store = Store(tmp_path)
    for data in (b"first", b"second"):
        _keep(store, data)
    for wanted, got in ((b"first", b"first"), (b"second", b"second"), (b"third", b"first")):
        found = store.find(DIGEST, hashlib.sha256(wanted).hexdigest())
        assert found and store.read(found) == got
    second = store.find(DIGEST, hashlib.sha256(b"second").hexdigest())
    assert second and second.path != second.file
    second.path.unlink()
    with pytest.raises(StorePictureDamaged) as damaged:
        store.read(second)
    assert str(second.file) in damaged.value.do


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_record_of_which_something_is_missing_tells_of_no_purchase(tmp_path: Path, name: str) -> None:
    """The picture is there and is read; what cannot be said in full is not half believed."""
    store = Store(tmp_path)
    _keep(store, b"picture", **{fact: value for fact, value in FACTS.items() if fact != name})
    record = store.find(DIGEST)
    assert record and record.purchase is None and store.read(record) == b"picture"
