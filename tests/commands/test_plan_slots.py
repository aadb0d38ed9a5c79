"""`doit plan SLOTS=`: the same pictures on several slots, what each would cost and refuse; nothing is sent."""

import json
from typing import Any

import pytest

from tasks.emulator.placeholder.painter import paint
from tests.support.studio import Studio, story


def planned(studio: Studio, slots: str, *words: str) -> dict[str, dict[str, Any]]:
    """The rows of FORMAT=json, by slot, in their order."""
    done = studio.doit("plan", "CH=CH01", f"SLOTS={slots}", "FORMAT=json", *words)
    assert done.returncode == 0, done.stderr
    return {row["slot"]: row for row in json.loads(done.stdout)["slots"]}


def with_reference(studio: Studio, count: int) -> None:
    """`count` prompts, of which the first refers to a picture."""
    path = studio.prompts(story(count))
    entries = json.loads(path.read_text())["prompts"]
    entries[0]["references"] = ["monk.png"]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    (path.parent / "monk.png").write_bytes(paint("老僧", 64, 64, "image/png", "monk"))


def test_each_slot_costs_what_its_own_plan_says(studio: Studio) -> None:
    """Pictures, cost, lane, tokens, how long results are kept and the last day, for batch, immediate and one's own."""
    studio.prompts(story(10))
    before = studio.snapshot()
    rows = planned(studio, "g-1,o-1,o-2,i-1,l-1")
    assert list(rows) == ["g-1", "o-1", "o-2", "i-1", "l-1"] and studio.snapshot() == before
    for code in ("g-1", "o-2"):
        plan = json.loads(studio.doit("plan", "CH=CH01", f"SLOT={code}", "FORMAT=json").stdout)
        assert rows[code]["cost_usd"] == pytest.approx(plan["total"]["cost_usd"], abs=1e-6)
        assert rows[code]["image_tokens"] == plan["rows"][0]["image_tokens"]
    kept = {code: (row["lane"], row["life_hours"], row["kept_hours"]) for code, row in rows.items()}
    at_once = ("immediate", None, None)
    jobs = {"g-1": ("batch", 48, 48), "o-1": ("batch", 24, 720), "o-2": ("batch", 24, 720)}
    assert kept == jobs | {"i-1": at_once, "l-1": at_once}
    assert rows["l-1"]["cost_usd"] == 0 and "Apache-2.0" in rows["l-1"]["license"]
    assert all(row["pictures"] == 10 and row["refused"] == [] for row in rows.values())
    assert studio.emulator and studio.emulator.ledger()["http_total"] == 0


def test_what_was_bought_before_costs_nothing(studio: Studio) -> None:
    """On the slot where it was bought, and there alone."""
    studio.presets("o-2")
    studio.prompts(story(3))
    studio.visual("LIMIT=2")
    rows = planned(studio, "o-2,o-1")
    assert [(row["pictures"], row["there"]) for row in rows.values()] == [(1, 2), (3, 0)]


def test_what_a_slot_refuses_and_why(studio: Studio) -> None:
    """References and sizes, by picture; what the others would make is counted all the same."""
    studio.presets("g-1", image_size="4K")
    with_reference(studio, 3)
    rows = planned(studio, "g-1,g-2,f-1,imagen_4")
    assert [len(row["refused"]) for row in rows.values()] == [0, 3, 3, 3]
    assert "does not make" in rows["g-2"]["refused"][0]["what"] and rows["g-2"]["pictures"] == 0
    assert "2026-08-17" in rows["imagen_4"]["refused"][0]["what"]
    studio.presets("g-1")
    rows = planned(studio, "f-1,g-1")
    assert [(each["id"], each["what"]) for each in rows["f-1"]["refused"]] == [
        ("0001", "found 1 reference, fireworks_flux_1_schnell_fp8 takes none")
    ]
    assert (rows["f-1"]["pictures"], rows["g-1"]["pictures"]) == (2, 3)
    said = studio.ask("plan", "CH=CH01", "SLOTS=f-1,g-1")
    assert "1 refused (CH01-001 0001): found 1 reference" in said and "doit visual CH=CH01 SLOT=g-1" in said


def test_the_table(studio: Studio) -> None:
    """A line a slot, and below it what it is, with tokens, price and how long results are kept."""
    studio.prompts(story(2))
    said = studio.ask("plan", "CH=CH01", "SLOTS=g-1,o-1,l-1")
    assert [line[:3] for line in said.splitlines() if line[0] != " "] == ["g-1", "o-1", "l-1", "not"]
    text = " ".join(said.split())
    assert "a job lives 24 h, its results are kept 30 days" in text and "each picture comes at once" in text
    assert "280 image tokens" not in text and "560 image tokens at $15" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("SLOTS=g-1,o-9",), 'found "o-9", which is neither a slot nor a model key'),
        (("SLOTS=g-1,o-1", "SLOT=g-2"), "SLOT=g-2 is about one"),
        (("SLOTS=g-1,o-1", "TEXT=1"), "TEXT=1 is about one"),
        (("SLOTS=g-1,o-1", "BUDGET=3"), "BUDGET=3 is about one"),
    ],
)
def test_words_that_do_not_go_together(studio: Studio, words: tuple[str, ...], says: str) -> None:
    """Refused with what to leave out: no word is passed over."""
    studio.prompts(story(1))
    assert says in studio.ask("plan", "CH=CH01", *words, expect=3)


def test_a_run_that_cannot_be_read_is_left_out(studio: Studio) -> None:
    """The others are planned, the command says which and why, and ends with 1."""
    studio.prompts(story(1))
    studio.prompts(story(1), run="CH01-002").write_text("{")
    said = studio.ask("plan", "CH=CH01", "SLOTS=g-1,o-1", expect=1)
    assert "CH01-002" in said and "the plan is without 1 place" in said and "o-1" in said
