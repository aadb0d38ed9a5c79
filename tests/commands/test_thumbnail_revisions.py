"""A thumbnail's text is rewritten where it is seen: of this one, while template and row say what they said."""

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tasks.prompts import revisions_file
from tests.support import environment
from tests.support.review_process import ReviewProcess
from tests.support.studio import Studio
from tests.support.waiting import wait_for

PLACE = "/thumbnails/CH01"
BOLD = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}\\n大きな題: {{title}}"}
ID, TEXT = "k3x9a7p2", "雪の峠に立つ若い僧\n大きな題: なし"


def template(studio: Studio, **changes: Any) -> None:
    templates = {"templates": [BOLD | changes]}
    studio.write("workspaces/thumbnails/templates.json", {"channels": {"CH01": templates}})


def subjects(studio: Studio, **prompts: str) -> None:
    """Episodes 251 and 252; prompts: e251="…" says another one."""
    rows = [
        {"episode": each, "thumbnail_prompt": prompts.get(f"e{each}", f"雪の峠、その{each}"), "title": f"第{each}話"}
        for each in (251, 252)
    ]
    studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": rows})


@pytest.fixture
def made(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Two thumbnails that are there, and the environment of their person."""
    template(studio)
    subjects(studio)
    studio.ask("thumbnails", "CH=CH01")
    environment.use(monkeypatch, studio.environment())
    return studio


def folder(studio: Studio) -> Path:
    return studio.folder / "workspaces" / "thumbnails" / "CH01"


def results(studio: Studio) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder(studio) / "results.jsonl").read_bytes().splitlines()]


def post(review: ReviewProcess, name: str, body: dict[str, Any], expect: int = 200) -> Any:
    status, said = review.post(PLACE, name, body)
    assert status == expect, said.decode()
    return json.loads(said) if status == 200 else said.decode()


def asked(review: ReviewProcess, name: str) -> Any:
    status, said = review.ask(f"{PLACE}/{name}")
    assert status == 200, said.decode()
    return json.loads(said)


def rewritten(review: ReviewProcess, expect: int = 200, **changes: Any) -> Any:
    body = {"id": "251-bold", "prompt": TEXT, "slot": None, "references": []} | changes
    return post(review, "revisions.json", body, expect)


def test_the_whole_text_of_one_thumbnail(made: Studio) -> None:
    """Shown as template and row make it, changed for this one, sent as it stands; the files stay; undone it is free."""
    files = [made.folder / "workspaces/thumbnails/templates.json", folder(made) / "prompts.json"]
    written = [each.read_bytes() for each in files]
    with ReviewProcess(made.folder) as review:
        row = asked(review, "prompt.json?id=251-bold")
        assert (row["now"]["prompt"], row["is_templated"]) == ("雪の峠、その251\n大きな題: 第251話", True)
        assert rewritten(review) == {"revised": ["prompt"], "prompt": TEXT}
        assert made.billed == 2
        assert "1 with something to do" in made.ask("status") and "are right" in made.ask("validate")
        assert TEXT.splitlines()[0] in made.ask("thumbnails", "CH=CH01", "TEXT=1")
        assert "1 picture" in made.ask("thumbnails", "CH=CH01")
        assert (made.billed, results(made)[-1]["prompt_id"]) == (3, "251-bold")
        assert results(made)[-1]["prompt_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
        page = (folder(made) / "gallery.html").read_text("utf-8")
        assert TEXT in page and "雪の峠、その252" in page and "雪の峠、その251" not in page
        assert rewritten(review, **row["written"]) == {"revised": [], "prompt": "雪の峠、その251"}
    made.ask("thumbnails", "CH=CH01")
    assert (made.billed, [each.read_bytes() for each in files]) == (3, written)


def test_the_digest_is_of_the_text_that_is_sent(made: Studio) -> None:
    """Whether template and row make it or a person wrote it: what was bought for a text is there for it."""
    with ReviewProcess(made.folder) as review:
        rewritten(review)
    made.ask("thumbnails", "CH=CH01")
    revisions_file.save(folder(made), folder(made) / "test.lock", {"251-bold": None})
    template(made, prompt_template="{{thumbnail_prompt}}\\n大きな題: なし")
    subjects(made, e251="雪の峠に立つ若い僧", e252="別の峠")
    made.ask("thumbnails", "CH=CH01")
    assert (made.billed, results(made)[-1]["prompt_id"]) == (4, "252-bold")


@pytest.mark.parametrize("by", ["template", "row"])
def test_what_it_takes_the_place_of_changed_since(made: Studio, by: str) -> None:
    """The change is said, on the page too, and not applied. A row is believed and made; a template buys nothing."""
    with ReviewProcess(made.folder) as review:
        rewritten(review)
        made.ask("thumbnails", "CH=CH01")
        if by == "template":
            template(made, prompt_template="別の題: {{title}}")
        else:
            subjects(made, e251="まったく別の峠")
        said = "is not applied: templates.json or prompts.json says something else since"
        assert said in made.ask("validate")
        told = made.ask("thumbnails", "CH=CH01")
        assert made.billed == (3 if by == "template" else 4), told
        assert said in told
        assert said in made.ask("thumbnails", "CH=CH01", "TEXT=1", "RETRY=changed")
        found = asked(review, "orders.json")
        assert (found["revised"], found["fallen"]) == ([], ["251-bold"])
        assert asked(review, "prompt.json?id=251-bold")["fallen"]["prompt"] == TEXT
        rewritten(review)
        assert asked(review, "orders.json")["revised"] == ["251-bold"]


@pytest.mark.parametrize("point", ["ordered", "after-create"])
def test_killed_between_click_and_answer(made: Studio, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Server and command die: gone on with it comes once and is billed once; the first one put back has its text."""
    assert made.emulator
    made.emulator.job_seconds(3600)
    with monkeypatch.context() as context:
        context.setenv("KAMISHIBAI_KILL_AT", point)
        with ReviewProcess(made.folder) as review:
            rewritten(review)
            usd = post(review, "quote.json", {"ids": ["251-bold"], "takes": 1})["about_usd"]
            order = {"id": ID, "ids": ["251-bold"], "takes": 1, "about_usd": usd}
            post(review, "orders.json", order)
            wait_for(lambda: made.jobs_created == 2 or not asked(review, "orders.json")["orders"][-1]["is_at_work"])
            os.kill(review.process.pid, signal.SIGKILL)
    with ReviewProcess(made.folder) as review:
        assert asked(review, "orders.json")["orders"][-1]["open"] == ["251-bold"]
        post(review, "orders.json", {"id": ID, "do": "go on"})
        wait_for(lambda: made.jobs_created == 2)
        made.emulator.advance(3600)
        wait_for(lambda: not asked(review, "orders.json")["orders"][-1]["open"])
        post(review, "orders.json", order)
        assert (made.billed, made.jobs_created, results(made)[-1]["prompt_sha256"]) == (
            3,
            2,
            hashlib.sha256(TEXT.encode()).hexdigest(),
        )
        post(review, "picks.json", {"id": "251-bold", "take": 1})
        assert asked(review, "prompt.json?id=251-bold")["revised"] == []
        post(review, "picks.json", {"id": "251-bold", "take": 2})
        assert asked(review, "prompt.json?id=251-bold")["now"]["prompt"] == TEXT
    made.ask("thumbnails", "CH=CH01")
    template(made, prompt_template="別の題: {{title}}")
    made.ask("thumbnails", "CH=CH01")
    assert made.billed == 3


def test_slot_references_and_what_cannot_be(made: Studio) -> None:
    """A slot and pictures hold like the text; a name to fill in, or a slot that there is not, changes nothing."""
    picture = folder(made) / "references" / "monk.png"
    picture.parent.mkdir()
    picture.write_bytes((made.folder / "workspaces/thumbnails/assets/CH01/251/bold.png").read_bytes())
    with ReviewProcess(made.folder) as review:
        assert "{{title}}" in rewritten(review, 409, prompt="雪の峠 {{title}}")
        assert "f-9" in rewritten(review, 409, slot="f-9")
        assert not (folder(made) / "revisions.json").exists()
        rewritten(review, slot="i-3", references=["references/monk.png"])
    made.ask("thumbnails", "CH=CH01")
    line = (folder(made) / "batch_request.jsonl").read_text("utf-8")
    assert (results(made)[-1]["slot"], made.billed) == ("i-3", 3), line
    kept = folder(made) / "revisions.json"
    kept.write_text(kept.read_text("utf-8").replace('"i-3"', '"f-9"'), "utf-8")
    for command in (("validate",), ("thumbnails", "CH=CH01")):
        said = made.ask(*command, expect=3)
        assert "/revisions/251-bold/slot/now" in said and "f-9" in said
    kept.write_text('{"version": 1, "revisions": {"251-bold": {}}}')
    for command in (("validate",), ("thumbnails", "CH=CH01")):
        assert "revisions.json:1 at /revisions/251-bold" in made.ask(*command, expect=3)
    assert made.billed == 3
