"""What the page of a run is told and may ask for: prices before anything is ordered, changes, how far orders are."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tasks.project.paths import Paths
from tasks.prompts import revisions_file
from tasks.requests import orders_file, takes_file
from tasks.requests.orders_file import PlacedOrder
from tasks.requests.takes import first
from tasks.runs import manifest, results
from tasks.runs.manifest import Item, Manifest, State
from tasks.stages.workbench import Workbench
from tasks.text import clock
from tasks.text.errors import BadInput, NoKey, Stop
from tests.support import facts
from tests.support.studio import Studio, story

ID = "k3x9a7p2"
AT = "2026-11-29T20:14:00Z"


def _command(words: Sequence[str]) -> list[str]:
    """In place of doit: what it says, and that it needs a person."""
    return [sys.executable, "-c", "import sys; print('asked for', *sys.argv[1:]); sys.exit(1)", *words]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A run of two pictures that came, and no provider."""
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    studio = Studio(tmp_path / "project", None)
    studio.prompts(story(2))
    results.save(studio.run() / "results.jsonl", [facts.line(name, cost_usd=0.0) for name in story(2)])
    return studio


@pytest.fixture
def bench(made: Studio) -> Iterator[Workbench]:
    bench = Workbench(Paths(made.folder), _command)
    yield bench
    bench.close()


def _caps(project: Studio, caps: dict[str, float], channels: dict[str, dict[str, float]] | None = None) -> None:
    data = {"version": 1, "currency": "USD", "caps": caps, "channels": channels or {}}
    (project.folder / "configs" / "budget.yaml").write_text(yaml.safe_dump(data))


def _ended(bench: Workbench, folder: Path) -> dict[str, object]:
    """The last order, once no command is at work on it."""
    for _ in range(400):
        [shown] = bench.orders(folder)["orders"]
        if not shown["is_at_work"]:
            return dict(shown)
        time.sleep(0.05)
    raise AssertionError(shown)


def test_the_price_of_an_order_is_that_of_its_pictures(made: Studio, bench: Workbench) -> None:
    """One row a way in which they are made; the rows are the sum; what a cap of the day leaves is said, and whose."""
    _caps(made, {"day": 20})
    one = bench.quote(made.run(), ["0001"], 1)
    assert (one.prompts, one.pictures, one.left, one.refused) == (1, 1, "the cap leaves $20.00", "")
    quote = bench.quote(made.run(), ["0001", "0002"], 3)
    [row] = quote.rows
    assert (quote.prompts, quote.pictures, row.pictures, row.slot, row.lane) == (2, 6, 6, "g-1", "batch")
    assert quote.about_usd == row.about_usd == pytest.approx(6 * one.about_usd, rel=0.01) and one.about_usd > 0
    bench.change(made.run(), "0002", story(2)["0002"], "i-1", [])
    quote = bench.quote(made.run(), ["0001", "0002"], 3)
    assert [(row.slot, row.lane, row.pictures) for row in quote.rows] == [("g-1", "batch", 3), ("i-1", "immediate", 3)]
    assert quote.about_usd == pytest.approx(sum(row.about_usd for row in quote.rows), abs=1e-5)
    _caps(made, {"day": 20}, {"CH01": {"month": 3}})
    assert bench.quote(made.run(), ["0001"], 1).left == "the cap of CH01 leaves $3.00"
    _caps(made, {})
    assert bench.quote(made.run(), ["0001"], 1).left == ""


def test_what_a_cap_forbids_is_not_ordered(made: Studio, bench: Workbench) -> None:
    """The quote says it before the click, and the click orders nothing."""
    _caps(made, {"day": 0.01})
    quote = bench.quote(made.run(), ["0001"], 1)
    assert "would pass the cap of $0.0100 a day" in quote.refused and quote.left == "the cap leaves $0.0100"
    with pytest.raises(Stop, match="would pass the cap"):
        bench.order(made.run(), ["0001"], 1, ID, quote.about_usd)
    assert not (made.run() / "orders.json").exists()


def test_without_a_key_nothing_is_quoted(made: Studio, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be sent has no price: the person is told before any click."""
    monkeypatch.delenv("GEMINI_API_KEY")
    with pytest.raises(NoKey):
        bench.quote(made.run(), ["0001"], 1)


def test_the_confirmed_price_and_not_a_cent_more(made: Studio, bench: Workbench) -> None:
    """Exactly what was told may be ordered; a hundredth of a cent less was not confirmed."""
    usd = bench.quote(made.run(), ["0001"], 1).about_usd
    with pytest.raises(Stop, match="was confirmed: nothing was ordered"):
        bench.order(made.run(), ["0001"], 1, ID, usd - 0.0001)
    assert not (made.run() / "orders.json").exists()
    bench.order(made.run(), ["0001"], 1, ID, usd)
    assert [each.takes for each in orders_file.read(made.run())] == [{"0001": (2,)}]


def test_an_order_is_followed_gone_on_with_and_left(made: Studio, bench: Workbench) -> None:
    """Each click answers with how orders are; the same one again is the same order; one that is left goes away."""
    folder = made.run()
    usd = bench.quote(folder, ["0001"], 2).about_usd
    for _ in range(2):
        [placed] = bench.order(folder, ["0001"], 2, ID, usd)["orders"]
        assert (placed["id"], placed["names"], placed["open"], placed["pictures"]) == (ID, ["0001"], ["0001"], 2)
    said = _ended(bench, folder)["said"]
    assert said == f"asked for retake CH=CH01 RUN=001 ORDER={ID} WAIT=0"
    bench.order(folder, ["0002"], 1, "another1", usd)
    assert [each["id"] for each in bench.orders(folder)["orders"]] == [ID, "another1"]
    bench.leave(folder, "another1")
    [again] = bench.go_on(folder, ID)["orders"]
    assert again["is_at_work"] and not again["said"]
    assert _ended(bench, folder)["said"] == said
    assert bench.leave(folder, ID)["orders"] == []
    with pytest.raises(BadInput, match="no order nobodys1"):
        bench.go_on(folder, "nobodys1")


def test_a_finished_order_is_shown_until_the_next(made: Studio, bench: Workbench) -> None:
    """Of those that are over the last one only, and none that was left; an open one takes its place."""
    folder, its = made.run(), first("a" * 64)
    for number in (2, 3):
        its = its.with_order(None, [f"{number}" * 64], 1, AT).shown(number, AT)
        takes_file.save(folder, {"0001": its})
        placed = PlacedOrder(f"order00{number}", AT, {"0001": (number,)}, 0.0168)
        orders_file.place(folder, folder / "lock", placed, {"0001": its})
    orders_file.place(folder, folder / "lock", PlacedOrder("order004", AT, {"0001": (4,)}, 0.0168), {"0001": its})
    orders_file.leave(folder, folder / "lock", "order004")
    assert [(each["id"], each["open"]) for each in bench.orders(folder)["orders"]] == [("order003", [])]
    orders_file.place(folder, folder / "lock", PlacedOrder("order005", AT, {"0002": (2,)}, 0.0168), {"0001": its})
    assert [each["id"] for each in bench.orders(folder)["orders"]] == ["order005"]


def test_what_is_at_work_ends_with_the_server(made: Studio) -> None:
    """Whoever stops it does not wait for a job: the command ends, and the order stays on disk."""
    bench = Workbench(Paths(made.folder), lambda _: [sys.executable, "-c", "import time; time.sleep(100)"])
    orders_file.place(made.run(), made.run() / "lock", PlacedOrder(ID, AT, {"0001": (2,)}, 0.0168), {})
    assert bench.go_on(made.run(), ID)["orders"][0]["is_at_work"]
    bench.close()
    assert _ended(bench, made.run())["open"] == ["0001"]


def test_how_far_an_order_is(made: Studio, bench: Workbench) -> None:
    """What came, what a job may still bring, and what failed; what it cost; of the order's own pictures only."""
    folder, digests = made.run(), [letter * 64 for letter in "bcdef"]
    its = first("a" * 64).with_order(None, digests[:4], 1, AT)
    takes_file.save(folder, {"0001": its})
    order = PlacedOrder(ID, AT, {"0001": tuple(range(2, 6))}, 0.0672)
    orders_file.place(folder, folder / "lock", order, {"0001": its})
    lines = [facts.line("0001", digests[0], cost_usd=0.02), facts.line("0001", digests[4], cost_usd=0.5)]
    lines += [facts.failed("0001", digest=digest, key=f"0001-{digest[:16]}", cost_usd=0.01) for digest in digests[1:3]]
    results.save(folder / "results.jsonl", lines)
    coming = replace(facts.submission(state=State.SUBMITTED, job="batches/j2"), id="s002")
    items = tuple(Item(f"0001-{digest[:16]}", "0001", digest, "d" * 64) for digest in digests[2:])
    path = folder / "_gemini_batch" / "manifest.json"
    path.parent.mkdir()
    manifest.save(path, Manifest("CH01-001", (replace(coming, requests=items),)))
    [shown] = bench.orders(folder)["orders"]
    assert (shown["came"], shown["on_their_way"], shown["failed"], shown["pictures"]) == (1, 2, 1, 4)
    assert (shown["spent"], shown["about"], shown["at"], shown["open"]) == ("$0.0400", "$0.0672", AT, ["0001"])
    assert shown["command"] == f"doit retake CH=CH01 RUN=001 ORDER={ID}"


def test_what_may_be_chosen_for_a_prompt(made: Studio, bench: Workbench) -> None:
    """Slots whose model still answers; pictures of the run's folder, those of references/ first, and no other file."""
    for name in ("references/b.PNG", "references/deep/a.webp", "references/notes.txt", "images/0001.png"):
        (made.run() / name).parent.mkdir(parents=True, exist_ok=True)
        (made.run() / name).touch()
    (made.run() / "images" / "folder.png").mkdir()
    found = bench.prompt(made.run(), "0002")
    assert found["pictures"] == ["references/b.PNG", "references/deep/a.webp", "images/0001.png"]
    codes = {each["code"]: (each["model"], each["lane"]) for each in found["slots"]}
    assert codes["i-1"] == ("gemini_nano_banana_2_1", "immediate") and "img-imagen-4-fast-1" not in codes
    assert not found["is_templated"] and found["most_takes"] == 4


def test_a_change_holds_until_the_file_says_something_else(made: Studio, bench: Workbench) -> None:
    """The page has what is asked for now beside what the file says; a change that fell is shown with its text."""
    folder, written = made.run(), {"prompt": story(2)["0002"], "slot": None, "references": []}
    assert bench.change(folder, "0002", "海辺の猫", "i-1", []) == {"revised": ["prompt", "slot"], "prompt": "海辺の猫"}
    bench.change(folder, "0001", "桜", None, [])
    found = bench.prompt(folder, "0002")
    assert (found["now"], found["written"]) == ({"prompt": "海辺の猫", "slot": "i-1", "references": []}, written)
    assert (found["revised"], found["fallen"]) == (["prompt", "slot"], None)
    made.prompts(story(2) | {"0002": "まったく別の絵"})
    said = bench.orders(folder)
    assert (said["revised"], said["fallen"]) == (["0001"], ["0002"])
    found = bench.prompt(folder, "0002")
    assert found["fallen"]["prompt"] == "海辺の猫" and found["fallen"]["at"] <= clock.now()
    assert (found["now"], found["revised"]) == (written | {"prompt": "まったく別の絵"}, [])
    back = bench.change(folder, "0001", story(2)["0001"], None, [])
    assert back == {"revised": [], "prompt": story(2)["0001"]}
    assert list(revisions_file.read(folder)) == ["0002"]


def test_a_prompt_that_is_not_there_any_more(made: Studio, bench: Workbench) -> None:
    """The page is older than the prompts file: it is told so, and nothing is changed."""
    made.prompts({"0002": story(2)["0002"]})
    with pytest.raises(BadInput, match="no prompt 0001 any more"):
        bench.change(made.run(), "0001", "海辺の猫", None, [])
    assert not (made.run() / "revisions.json").exists()


def test_a_take_that_was_not_put_back_is_no_success(made: Studio, bench: Workbench) -> None:
    """The page has the command's own words."""
    with pytest.raises(Stop, match="asked for retake CH=CH01 RUN=001 IDS=0001 PICK=2"):
        bench.pick(made.run(), "0001", 2)
    takes = first("a" * 64).with_order(None, ["b" * 64], 1, AT)
    takes_file.save(made.run(), {"0001": takes})
    bench.pick(made.run(), "0001", 2)
    with pytest.raises(Stop, match="PICK=1"):
        bench.pick(made.run(), "0001", 1)
    assert json.loads((made.run() / "takes.json").read_text())["takes"]["0001"]["picked"] == 2
