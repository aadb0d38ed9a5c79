"""A download becomes durable pictures whatever is in it, wherever it breaks and whenever the process dies."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tasks.catalog.output import Output
from tasks.catalog.pricing import Cost, CostBasis
from tasks.pictures import commit
from tasks.pictures.ingest import Download, DownloadCut, Plan, ingest
from tasks.pictures.ingest_one import Destination, KeptAs
from tasks.pictures.picture import inspect
from tasks.pictures.store import Record, Store
from tasks.providers.answer import FailureClass, Status
from tasks.providers.gemini.responses import open_line
from tasks.views.pages import previews
from tests.support.facts import origin

ROOT = Path(__file__).parents[3]
COUNT = 12
KEPT = KeptAs(Path("kept"), "kept")


def _picture(number: int, kind: str = "PNG", size: tuple[int, int] = (32, 18)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (number * 20 % 256, 90, 200)).save(stream, kind)
    return stream.getvalue()


def _line(key: str | None, picture: bytes | None, **more: Any) -> bytes:
    parts = [{"text": "雪\u2028道"}]
    if picture is not None:
        parts.append({"inlineData": {"mimeType": "image/png", "data": base64.b64encode(picture).decode()}})
    usage = {
        "promptTokenCount": 5,
        "candidatesTokenCount": 1120,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
    }
    response = {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}], "usageMetadata": usage}
    body = {"response": response, **({"key": key} if key else {}), **more}
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"


def _digest(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


def _recorded(record: Record | None) -> dict[str, Any]:
    """What stands in the record's file."""
    assert record
    return dict(json.loads(record.file.read_bytes()))


def _plan(root: Path, output_size: tuple[int, int] | None = None) -> Plan:
    wanted = {
        f"{number:04}-k": Destination(
            origin=origin(f"{number:04}-k", _digest(number)),
            run="CH00-001",
            image=root / "run" / "images" / f"{number:04}.png",
            unreadable=KeptAs(root / "run" / "kept" / f"{number:04}", f"kept/{number:04}"),
            output=Output(output_size),
        )
        for number in range(1, COUNT + 1)
    }
    return Plan(wanted, Store(root / "store"), "CH00-001", open_line)


def _download(kind: str = "PNG") -> bytes:
    return b"".join(_line(f"{number:04}-k", _picture(number, kind)) for number in range(1, COUNT + 1))


def _files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_every_picture_lands_in_images_and_in_the_store(tmp_path: Path) -> None:
    """A PNG answer stands byte-identical in both places, as two files, with its record and its facts."""
    outcome = ingest([_download()], _plan(tmp_path))
    assert (len(outcome.answers), outcome.lines, outcome.bytes, outcome.passes) == (COUNT, COUNT, len(_download()), 1)
    assert (outcome.unknown, outcome.duplicates, outcome.unreadable) == ([], [], [])
    source, store = _picture(3), Store(tmp_path / "store")
    image = tmp_path / "run" / "images" / "0003.png"
    record = store.find(_digest(3))
    assert record and store.read(record) == image.read_bytes() == source
    assert not os.path.samefile(record.path, image)
    sha256 = hashlib.sha256(source).hexdigest()
    facts = {"key": "0003-k", "prompt_id": "0003", "job": "batches/j1", "attempt": 1, "mime": "image/png", "width": 32}
    assert facts.items() <= _recorded(record).items() and _recorded(record)["tokens"]["image"] == 1120
    answer = outcome.answers["0003-k"]
    assert (answer.image_sha256, answer.source_sha256, answer.image_bytes) == (sha256, sha256, len(source))
    assert (answer.width, answer.height, answer.answer.status, answer.answer.picture) == (32, 18, Status.OK, None)
    assert not [name for name in _files(tmp_path) if name.endswith(".part")]


def test_a_jpeg_is_stored_as_it_came_and_shown_as_png(tmp_path: Path) -> None:
    """The provider's bytes stay untouched in the store; images/ holds a real PNG of the same size."""
    outcome = ingest([_download("JPEG")], _plan(tmp_path))
    record = Store(tmp_path / "store").find(_digest(1))
    assert record and record.path.suffix == ".jpg" and record.path.read_bytes() == _picture(1, "JPEG")
    image = (tmp_path / "run" / "images" / "0001.png").read_bytes()
    assert (inspect(image).format, inspect(image).width) == ("PNG", 32)
    answer = outcome.answers["0001-k"]
    assert answer.image_sha256 == hashlib.sha256(image).hexdigest() != answer.source_sha256


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_arrives_with_its_preview(tmp_path: Path, kind: str) -> None:
    """The small one for the pages is made from the pixels at hand; a page has nothing left to make."""
    plan = _plan(tmp_path)
    images = tmp_path / "run" / "images"
    wanted = {key: replace(each, previews=images) for key, each in plan.wanted.items()}
    outcome = ingest([_download(kind)], replace(plan, wanted=wanted))
    pictures = {images / f"{key[:4]}.png": str(each.image_sha256) for key, each in outcome.answers.items()}
    before = {path: path.stat().st_mtime_ns for path in (images / "_thumbs").iterdir()}
    assert set(previews.refresh(images, pictures).values()) == before.keys() and len(before) == COUNT
    assert {path: path.stat().st_mtime_ns for path in (images / "_thumbs").iterdir()} == before


def test_a_picture_without_its_preview_is_as_safe(tmp_path: Path) -> None:
    """Where the small one cannot be written, the paid one arrives all the same."""
    plan = _plan(tmp_path)
    images = tmp_path / "run" / "images"
    images.mkdir(parents=True)
    (images / "_thumbs").write_text("no folder")
    wanted = {key: replace(each, previews=images) for key, each in plan.wanted.items()}
    outcome = ingest([_download("JPEG")], replace(plan, wanted=wanted))
    assert all(each.answer.status is Status.OK and each.image_sha256 for each in outcome.answers.values())


def test_output_size_shapes_the_image_and_not_the_stored_picture(tmp_path: Path) -> None:
    """Cropping and scaling happen on the way to images/ only."""
    outcome = ingest([_download()], _plan(tmp_path, output_size=(20, 20)))
    assert {(each.width, each.height) for each in outcome.answers.values()} == {(20, 20)}
    record = Store(tmp_path / "store").find(_digest(1))
    assert record and _recorded(record)["width"] == 32 and record.path.read_bytes() == _picture(1)


def test_a_picture_nobody_shows_goes_to_the_store_only(tmp_path: Path) -> None:
    """An answer whose image is not wanted any more was still paid for."""
    wanted = {"k": Destination(origin("k", _digest(1)), "CH00-001", None, KEPT)}
    plan = Plan(wanted, Store(tmp_path / "store"), "CH00-001", open_line)
    answer = ingest([_line("k", _picture(1))], plan).answers["k"]
    assert (answer.image_sha256, answer.width) == (None, 32) and answer.source_sha256
    assert Store(tmp_path / "store").find(_digest(1)) and not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_again_rewrites_nothing(tmp_path: Path, kind: str) -> None:
    """The same download a second time gives the same outcome and leaves every file and time stamp alone."""
    first = ingest([_download(kind)], _plan(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*") if path.is_file()}
    assert ingest([_download(kind)], _plan(tmp_path)).answers == first.answers
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*") if path.is_file()} == before


def test_a_missing_or_wrong_image_is_written_anew(tmp_path: Path) -> None:
    """Only the image that is not the right one is replaced, also when its size happens to be right."""
    ingest([_download()], _plan(tmp_path))
    images = tmp_path / "run" / "images"
    (images / "0001.png").unlink()
    (images / "0002.png").write_bytes(b"x" * len(_picture(2)))
    ingest([_download()], _plan(tmp_path))
    assert [(images / f"000{number}.png").read_bytes() == _picture(number) for number in (1, 2)] == [True, True]


def test_editing_an_image_in_place_leaves_the_store_alone(tmp_path: Path) -> None:
    """A person may paint over images/0001.png; the paid picture stays what it was."""
    ingest([_download()], _plan(tmp_path))
    with (tmp_path / "run" / "images" / "0001.png").open("r+b") as stream:
        stream.write(b"painted")
    store = Store(tmp_path / "store")
    record = store.find(_digest(1))
    assert record and store.read(record) == _picture(1)


def test_strange_lines_are_counted_named_and_cost_no_picture(tmp_path: Path) -> None:
    """Unknown, duplicate, unreadable, blank, failed and broken lines stand beside good pictures."""
    good = _line("0001-k", _picture(1))
    noise = [
        b'{"cut": \n',
        _line("stranger", _picture(9)),
        _line(None, _picture(9)),
        b" \r\n",
        b"\n",
        _line("0001-k", _picture(7)),
        _line("0002-k", _picture(2)[:-20]),
        _line("0003-k", None),
        json.dumps({"key": "0004-k", "error": {"code": 13, "message": "x"}}).encode() + b"\n",
        _line("0005-k", b"GIF89a"),
    ]
    outcome = ingest([good, *noise, _line("0006-k", _picture(6))], _plan(tmp_path))
    assert outcome.unreadable == [(len(good), outcome.unreadable[0][1])]
    place = len(good) + len(noise[0]) + len(noise[1])
    assert outcome.unknown == ["stranger", f"(no key, byte {place})"]
    assert (outcome.duplicates, outcome.lines) == (["0001-k"], 10)
    reasons = {key: (each.answer.failure, each.answer.reason) for key, each in outcome.answers.items()}
    assert reasons["0001-k"] == reasons["0006-k"] == (None, "")
    assert reasons["0002-k"][0] is FailureClass.RETRYABLE and reasons["0002-k"][1].startswith(
        "broken picture: PNG cut off"
    )
    assert reasons["0003-k"] == (FailureClass.RETRYABLE, "text only")
    assert reasons["0004-k"] == (FailureClass.RETRYABLE, "13 INTERNAL")
    assert reasons["0005-k"][1].startswith("broken picture: GIF cut off")
    images = tmp_path / "run" / "images"
    assert sorted(path.name for path in images.iterdir()) == ["0001.png", "0006.png"]
    assert (images / "0001.png").read_bytes() == _picture(1)


@pytest.mark.parametrize(
    ("came", "ending", "says"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(40), "heic", "HEIC, which nothing here reads"),
        (b"\1\2\3", "bin", "bytes of no known kind, beginning with 01 02 03"),
        (b"\xff\xd8\xff\xe0no JPEG\xff\xd9", "jpg", "JPEG does not decode"),
    ],
)
def test_what_nobody_reads_is_kept_once_and_said_with_its_path(
    tmp_path: Path, came: bytes, ending: str, says: str
) -> None:
    """The bytes lie there when the outcome is told, untouched and the same after a second download; it is held."""
    for _ in range(2):
        outcome = ingest([_line("0001-k", came)], _plan(tmp_path))
    answer = outcome.answers["0001-k"].answer
    assert (answer.status, answer.failure, answer.is_held) == (Status.ERROR, FailureClass.PERMANENT, True)
    (kept,) = (tmp_path / "run" / "kept").iterdir()
    assert kept.read_bytes() == came and kept.suffix == f".{ending}"
    assert answer.reason.startswith(f"unreadable: kept as kept/{kept.name}: {says}")
    assert not list((tmp_path / "store").rglob("*.json")) and not list((tmp_path / "run" / "images").iterdir())


def test_a_good_line_wins_over_a_bad_one_before_it(tmp_path: Path) -> None:
    """Of several lines with one key the first with a good picture counts, wherever it stands."""
    lines = [_line("0001-k", None), _line("0001-k", _picture(4)), _line("0001-k", _picture(5)), _line("0001-k", None)]
    outcome = ingest(lines, _plan(tmp_path))
    assert outcome.answers["0001-k"].answer.status is Status.OK and outcome.duplicates == ["0001-k"] * 3
    assert (tmp_path / "run" / "images" / "0001.png").read_bytes() == _picture(4)


def test_a_second_paid_picture_for_one_request_is_kept_too(tmp_path: Path) -> None:
    """After a request was answered twice by two jobs the store holds both pictures."""
    ingest([_line("0001-k", _picture(1))], _plan(tmp_path))
    ingest([_line("0001-k", _picture(2))], _plan(tmp_path))
    stored = {path.read_bytes() for path in (tmp_path / "store").rglob("*.png")}
    assert stored == {_picture(1), _picture(2)}
    assert (tmp_path / "run" / "images" / "0001.png").read_bytes() == _picture(2)


def test_an_empty_download_is_no_error(tmp_path: Path) -> None:
    """A result file without lines is an outcome without answers."""
    assert ingest([], _plan(tmp_path)) == Download(passes=1)


def _cut(data: bytes, end: int) -> Iterator[bytes]:
    yield data[:end]
    raise ConnectionResetError("reset by peer")


@pytest.mark.parametrize("with_length", [True, False])
def test_a_download_cut_anywhere_keeps_what_was_whole(tmp_path: Path, with_length: bool) -> None:
    """Whole lines before the cut are durable, no file is broken, and the next download completes the rest."""
    data, ends = _download(), [0]
    for line in data.split(b"\n")[:-1]:
        ends.append(ends[-1] + len(line) + 1)
    for end in (1, ends[1] - 2, ends[1], ends[1] + 1, ends[5] + 100, len(data) - 2):
        root = tmp_path / str(end)
        whole = sum(1 for line in data[:end].split(b"\n")[:-1] if line)
        outcome = _outcome_of_cut(data, end, root, with_length)
        assert len(outcome.answers) == whole
        assert all(inspect(path.read_bytes()) for path in root.rglob("*.png"))
        rest = ingest([data], _plan(root).without(outcome.answers))
        complete = outcome.with_(rest)
        assert len(rest.answers) == COUNT - whole and len(complete.answers) == COUNT
        assert (complete.unknown, complete.duplicates, complete.passes) == ([], [], 2)
        ingest([data], _plan(tmp_path / "straight"))
        assert _files(root) == _files(tmp_path / "straight")


def _outcome_of_cut(data: bytes, end: int, root: Path, with_length: bool) -> Download:
    if not with_length and data[end - 1 : end] == b"\n":
        return ingest([data[:end]], _plan(root))  # nothing shows that more should have come
    with pytest.raises(DownloadCut, match=rf"^the download broke off after {end} bytes: \w") as cut:
        ingest(_cut(data, end) if with_length else [data[:end]], _plan(root))
    return cut.value.outcome


def test_a_last_line_without_newline_counts_when_it_is_whole(tmp_path: Path) -> None:
    """Not every file ends with a newline."""
    assert len(ingest([_download()[:-1]], _plan(tmp_path)).answers) == COUNT


def test_what_the_source_raises_before_its_first_byte_passes(tmp_path: Path) -> None:
    """A refused download is not a cut one."""
    with pytest.raises(ConnectionResetError):
        ingest(_cut(b"", 0), _plan(tmp_path))


def test_duplicates_of_safe_answers_are_still_named(tmp_path: Path) -> None:
    """In a later download the lines of safe keys are passed over, and only their repetition is reported."""
    data = _download()
    first = ingest([data], _plan(tmp_path))
    again = ingest([data, _line("0002-k", _picture(2))], _plan(tmp_path).without(first.answers))
    assert (again.answers, again.unknown, again.duplicates) == ({}, [], ["0002-k"])


def test_prices_stand_in_the_record(tmp_path: Path) -> None:
    """What an answer cost is computed once, from its tokens, and kept with the picture."""
    plan = _plan(tmp_path)
    priced = replace(plan, priced=lambda answer: Cost(answer.tokens.image / 1e6, CostBasis.MEASURED))
    ingest([_download()], priced)
    record = plan.store.find(_digest(1))
    assert record and _recorded(record)["cost_usd"] == 0.00112


@pytest.mark.parametrize("size", [1, 2, 5])
def test_groups_of_any_size_give_the_same_files(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many pictures share a flush changes nothing that can be seen."""
    ingest([_download("JPEG")], _plan(tmp_path / "fifty"))
    monkeypatch.setattr(commit, "PICTURES", size)
    outcome = ingest([_download("JPEG")], _plan(tmp_path / "few"), workers=3)
    assert len(outcome.answers) == COUNT
    assert _files(tmp_path / "few") == _files(tmp_path / "fifty")


def test_a_disk_that_fails_stops_the_download_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while writing is raised as it is, before the rest is downloaded, and breaks no file."""
    taken = []

    def endless() -> Iterator[bytes]:
        for number in range(1, 100_000):
            taken.append(number)
            yield _line(f"{number % COUNT + 1:04}-k", None if number > COUNT else _picture(number))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(commit, "PICTURES", 2)
    monkeypatch.setattr(commit.atomic.GroupSync, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        ingest(endless(), _plan(tmp_path))
    assert len(taken) < 1000
    assert not list(tmp_path.rglob("*.png")) and not list(tmp_path.rglob("*.json"))


def test_two_requests_cannot_share_a_picture(tmp_path: Path) -> None:
    """A plan that would write one file from two answers is our bug and is refused before anything is written."""
    wanted = Destination(origin("0001-k", _digest(1)), "CH00-001", tmp_path / "0001.png", KEPT)
    with pytest.raises(ValueError, match="share"):
        ingest([], Plan({"a": wanted, "b": wanted}, Store(tmp_path / "store"), "CH00-001", open_line))


_CHILD = """
import sys
from pathlib import Path
from tasks.catalog.output import Output
from tasks.catalog.pricing import Cost, CostBasis
from tasks.pictures import commit
from tests.unit.pictures.test_ingest import _download, _plan
from tasks.pictures.ingest import ingest
commit.PICTURES = 4
data = _download("JPEG")
ingest((data[i:i + 500] for i in range(0, len(data), 500)), _plan(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    "point", ["mid-download:5", "mid-picture:7", "group-before-rename:2", "group-after-rename:2", "record-before:2"]
)
def test_killed_anywhere_the_next_run_ends_with_the_same_files(tmp_path: Path, point: str) -> None:
    """After kill -9 no half file passes for a whole one, and running again gives what a straight run gives."""
    environment = {
        **os.environ,
        "KAMISHIBAI_KILL_AT": point,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}",
    }
    command = [sys.executable, "-c", _CHILD, str(tmp_path / "killed")]
    assert subprocess.run(command, env=environment, cwd=ROOT).returncode == -9
    for path in [*tmp_path.rglob("*.png"), *tmp_path.rglob("*.jpg")]:
        assert inspect(path.read_bytes()).width == 32
    store = Store(tmp_path / "killed" / "store")
    for number in range(1, COUNT + 1):
        record = store.find(_digest(number))
        assert record is None or store.read(record) == _picture(number, "JPEG")
    ingest([_download("JPEG")], _plan(tmp_path / "killed"))
    ingest([_download("JPEG")], _plan(tmp_path / "straight"))
    assert _files(tmp_path / "killed") == _files(tmp_path / "straight")
