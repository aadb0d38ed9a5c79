"""`doit review` acts: prompts are changed, pictures ordered and picked; nothing is bought unclicked, or twice."""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import environment
from tests.support.review_process import ReviewProcess
from tests.support.studio import Studio, story

PLACE = "/video/runs/CH01-001"
ID = "k3x9a7p2"


@pytest.fixture
def made(studio: Studio) -> Studio:
    """A run of two pictures that are there."""
    studio.prompts(story(2))
    studio.visual()
    return studio


@pytest.fixture
def review(made: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReviewProcess]:
    with serving(made, monkeypatch) as process:
        yield process


def serving(studio: Studio, monkeypatch: pytest.MonkeyPatch, **more: str) -> ReviewProcess:
    environment.use(monkeypatch, studio.environment(**more))
    return ReviewProcess(studio.folder, "CH=CH01", "RUN=001")


def post(review: ReviewProcess, name: str, body: dict[str, Any], expect: int = 200, **changes: str) -> Any:
    status, said = review.post(PLACE, name, body, **changes)
    assert status == expect, said.decode()
    return json.loads(said) if status == 200 else said.decode()


def ordered(
    review: ReviewProcess, identity: str = ID, takes: int = 1, expect: int = 200, ids: tuple[str, ...] = ("0002",)
) -> Any:
    usd = post(review, "quote.json", {"ids": ids, "takes": takes})["about_usd"] if expect == 200 else 1.0
    return post(review, "orders.json", {"id": identity, "ids": ids, "takes": takes, "about_usd": usd}, expect)


def progress(review: ReviewProcess) -> dict[str, Any]:
    status, said = review.ask(f"{PLACE}/orders.json")
    assert status == 200, said
    return dict(json.loads(said)["orders"][-1])


def came(review: ReviewProcess) -> dict[str, Any]:
    for _ in range(400):
        if not (found := progress(review))["open"] or (found["said"] and not found["is_at_work"]):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_a_change_is_kept_and_buys_nothing(made: Studio, review: ReviewProcess) -> None:
    """Text and slot at once in revisions.json; what the file says itself is no change; nonsense changes nothing."""
    status, said = review.ask(f"{PLACE}/prompt.json?id=0002")
    row = json.loads(said)["now"]
    assert (status, row["prompt"], row["slot"]) == (200, story(2)["0002"], None)
    body = {"id": "0002", "prompt": "海辺の猫", "slot": "i-1", "references": []}
    assert post(review, "revisions.json", body) == {"revised": ["prompt", "slot"], "prompt": "海辺の猫"}
    kept = json.loads((made.run() / "revisions.json").read_text())["revisions"]["0002"]
    assert kept["prompt"] == {"was": story(2)["0002"], "now": "海辺の猫"} and kept["slot"]["now"] == "i-1"
    assert "f-9" in post(review, "revisions.json", body | {"slot": "f-9"}, 409)
    assert "leaves the run's folder" in post(review, "revisions.json", body | {"references": ["../../x.png"]}, 409)
    post(review, "revisions.json", body | {"prompt": 3}, 400)
    assert json.loads((made.run() / "revisions.json").read_text())["revisions"]["0002"] == kept
    assert post(review, "revisions.json", {"id": "0002"} | row)["revised"] == []
    assert made.billed == 2


def test_an_order_comes_once(made: Studio, review: ReviewProcess) -> None:
    """Price and cap before; one click, clicked twice, and again by another tab: two takes, billed once."""
    quote = post(review, "quote.json", {"ids": ["0002"], "takes": 2})
    assert quote["pictures"] == 2 and quote["rows"][0]["slot"] == "g-1" and "the cap" in quote["left"]
    assert made.billed == 2
    ordered(review, takes=2)
    ordered(review, takes=2)
    assert "0002 is ordered already" in ordered(review, "another1", expect=409)
    found = came(review)
    assert (found["came"], found["open"], found["spent"]) == (2, [], quote["about"])
    assert made.billed == 4
    ordered(review, takes=2)
    made.ask("retake", "CH=CH01", "RUN=001", f"ORDER={ID}")
    assert made.billed == 4
    post(review, "picks.json", {"id": "0002", "take": 1})
    assert json.loads((made.run() / "takes.json").read_text())["takes"]["0002"]["picked"] == 1
    assert "no take 9" in post(review, "picks.json", {"id": "0002", "take": 9}, 409)
    assert made.billed == 4


def test_a_price_that_was_not_confirmed(made: Studio, review: ReviewProcess) -> None:
    """What costs more than was confirmed is not ordered; nothing is written."""
    body = {"id": ID, "ids": ["0002"], "takes": 2, "about_usd": 0.01}
    assert "$0.0100 was confirmed" in post(review, "orders.json", body, 409)
    assert not (made.run() / "orders.json").exists() and made.billed == 2


def test_strangers_order_nothing(made: Studio, review: ReviewProcess) -> None:
    """Every new route refuses another host, origin and site, a wrong token, a form, and what is no order."""
    body = {"id": ID, "ids": ["0002"], "takes": 1, "about_usd": 1.0}
    names = ("revisions.json", "quote.json", "orders.json", "picks.json", "pictures.zip")
    for name in names:
        post(review, name, body, 421, Host="evil.example")
        post(review, name, body, 403, Origin="http://evil.example")
        post(review, name, body, 403, Sec_Fetch_Site="cross-site")
        post(review, name, body, 403, X_Kamishibai_Review="wrong")
        post(review, name, body, 400, Content_Type="text/plain")
        post(review, name, {"id": "../x", "ids": ["../x"], "takes": 1}, 400)
    for wrong in ({"takes": 5}, {"takes": True}, {"ids": []}, {"id": "A"}, {"about_usd": None}):
        post(review, "orders.json", body | wrong, 400)
    for name in ("orders.json", "prompt.json?id=0002", "pictures.zip?ticket=x"):
        assert review.ask(f"{PLACE}/{name}", Host="evil.example")[0] == 421
    assert review.ask(f"{PLACE}/pictures.zip?ticket=x")[0] == 404
    assert not (made.run() / "orders.json").exists() and made.billed == 2


@pytest.mark.parametrize("point", ["ordered", "after-intent"])
def test_killed_between_click_and_answer(made: Studio, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Server and command die: the page shows the order; going on with it, or its command, makes it once."""
    with serving(made, monkeypatch, KAMISHIBAI_KILL_AT=point) as review:
        ordered(review, takes=2)
        for _ in range(200):
            if not progress(review)["is_at_work"]:
                break
            time.sleep(0.1)
        os.kill(review.process.pid, signal.SIGKILL)
    monkeypatch.delenv("KAMISHIBAI_KILL_AT")
    with serving(made, monkeypatch) as review:
        found = progress(review)
        assert (found["open"], found["is_at_work"], found["came"]) == (["0002"], False, 0)
        assert f"ORDER={ID}" in found["command"]
        post(review, "orders.json", {"id": ID, "do": "go on"})
        assert came(review)["came"] == 2
    made.ask(*found["command"].split()[1:])
    assert (made.billed, len(json.loads((made.run() / "takes.json").read_text())["takes"]["0002"]["ordered"])) == (4, 3)


def test_what_needs_a_person_is_said(made: Studio, review: ReviewProcess) -> None:
    """A refused picture: the page has the command's words; left, its prompt can be ordered anew."""
    assert made.emulator
    made.emulator.fault("safety", times=1)
    ordered(review)
    found = came(review)
    assert "SAFETY" in found["said"] and found["failed"] == 1
    assert "is ordered already" in ordered(review, "another1", expect=409)
    post(review, "orders.json", {"id": ID, "do": "leave"})
    post(review, "revisions.json", {"id": "0002", "prompt": "海辺の猫", "slot": None, "references": []})
    ordered(review, "another1")
    assert came(review)["came"] == 1


def test_ctrl_c_loses_nothing(made: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a job on its way the server ends in good order; started again, it shows the order and finishes it."""
    assert made.emulator
    made.emulator.job_seconds(3600)
    with serving(made, monkeypatch) as review:
        ordered(review)
        for _ in range(200):
            if made.jobs_created == 2:
                break
            time.sleep(0.1)
        status, said = review.end()
        assert (status, "Traceback" in said) == (0, False), said
    made.emulator.advance(3600)
    with serving(made, monkeypatch) as review:
        assert progress(review)["open"] == ["0002"]
        post(review, "orders.json", {"id": ID, "do": "go on"})
        assert came(review)["came"] == 1
    assert (made.billed, made.jobs_created) == (3, 2)


def test_another_failure_of_the_run_stops_no_order(made: Studio, review: ReviewProcess) -> None:
    """A picture that did not come before makes the command end with 1: the order is followed all the same."""
    assert made.emulator
    made.emulator.fault("safety", times=1)
    made.prompts(story(3))
    made.visual(expect=1)
    made.emulator.job_seconds(3600)
    ordered(review)
    for _ in range(200):
        if made.jobs_created == 3:
            break
        time.sleep(0.1)
    found = progress(review)
    assert found["on_their_way"] == 1 and found["is_at_work"] and not found["said"]
    made.emulator.advance(3600)
    assert (came(review)["came"], progress(review)["said"]) == (1, "")
    post(review, "picks.json", {"id": "0002", "take": 1})
    assert json.loads((made.run() / "takes.json").read_text())["takes"]["0002"]["picked"] == 1


def test_pictures_as_zip(made: Studio, review: ReviewProcess) -> None:
    """Names by which an editor sorts them; the bytes are those of images/; what is not there is left out."""
    address = post(review, "pictures.zip", {"ids": ["0002", "0001", "0009"]})["address"]
    status, data = review.ask(f"{PLACE}/{address}")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert (status, archive.testzip()) == (200, None)
        assert archive.namelist() == ["CH01-001_0002.png", "CH01-001_0001.png"]
        images: Path = made.run() / "images"
        assert archive.read("CH01-001_0001.png") == (images / "0001.png").read_bytes()
