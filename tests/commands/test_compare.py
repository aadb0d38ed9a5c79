"""`doit compare`: the same prompts on several slots, each picture paid once, side by side on one page."""

import csv
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.studio import Studio, story

SLOTS = ("g-1", "i-1", "f-1")


def compare(studio: Studio, *words: str, expect: int = 0, **env: str) -> str:
    done = studio.doit("compare", "NAME=duel", *words, **env)
    said = done.stdout + done.stderr
    assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
    assert "Traceback" not in said, said
    return said


RUN = ("CH=CH01", "RUN=001")
THREE = (f"SLOTS={','.join(SLOTS)}", *RUN)


def folder(studio: Studio) -> Path:
    return studio.folder / "workspaces" / "compare" / "duel"


def usage(studio: Studio, slot: str) -> list[dict[str, str]]:
    with (folder(studio) / slot / "usage.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def page(studio: Studio) -> str:
    return re.sub(r"\s+", " ", (folder(studio) / "index.html").read_text("utf-8"))


def comparison(studio: Studio) -> dict[str, Any]:
    return dict(json.loads((folder(studio) / "compare.json").read_text()))


def images(studio: Studio) -> dict[str, bytes]:
    return {
        path.relative_to(folder(studio)).as_posix(): path.read_bytes() for path in folder(studio).glob("*/images/*.png")
    }


def test_a_slot_that_there_is_not(studio: Studio) -> None:
    """The variable that named it is said, and the slots in one short line; nothing is written."""
    studio.prompts(story(1))
    said = compare(studio, "SLOTS=g-1,zz", *RUN, expect=3)
    assert 'SLOTS= on the command line: found "zz"' in said and "there are g-1, g-2, g-3, " in said
    assert max(map(len, said.splitlines())) < 200 and not folder(studio).exists()


def test_twelve_prompts_on_three_slots(studio: Studio) -> None:
    """One command, both lanes and providers: 36 pictures; the page's totals are what the provider's ledger says.

    The batch slot and the immediate slot of one model are one picture by content, and that is bought once only.
    """
    assert studio.emulator
    studio.prompts(story(12))
    compare(studio, "SLOTS=g-1,i-2,f-1", *RUN)
    slots = ("g-1", "i-2", "f-1")
    assert len(images(studio)) == 36
    assert (studio.jobs_created, studio.billed) == (1, 36)
    rows = {slot: usage(studio, slot) for slot in slots}
    assert {row["task"] for slot in slots for row in rows[slot]} == {"compare"}
    assert {row["run"] for row in rows["f-1"]} == {"compare-duel-f-1"}
    spent = sum(float(row["cost_usd"]) for slot in slots for row in rows[slot])
    assert spent == pytest.approx(studio.emulator.ledger()["usd"], abs=1e-5)
    said = page(studio)
    assert said.count('class="cell ok') == 36
    for text in ("0012", "gemini-nano-banana-2.1", "flux-1-schnell-fp8", "immediate", "月夜の海に浮かぶ小舟"):
        assert text in said, text
    assert not studio.leftovers()


def test_again_sends_nothing_and_writes_nothing(studio: Studio) -> None:
    """The same command once more, or the name alone, finds everything there."""
    assert studio.emulator
    studio.prompts(story(2))
    compare(studio, *THREE)
    before, asked = studio.snapshot(), studio.emulator.ledger()["http_total"]
    compare(studio, *THREE)
    said = compare(studio)
    assert "3 slots: all 6 pictures are there; nothing was sent; workspaces/compare/" in said
    assert said.endswith("/index.html\n")
    assert studio.snapshot() == before
    assert studio.emulator.ledger()["http_total"] == asked


def test_paid_pictures_are_compared_at_their_price(studio: Studio) -> None:
    """What the run has already comes from the store for nothing, and the page says what it cost when it was bought."""
    studio.prompts(story(2))
    studio.visual()
    compare(studio, "SLOTS=g-1,f-1", *RUN)
    assert studio.billed == 4
    assert {row["cost_basis"] for row in usage(studio, "g-1")} == {"reused"}
    said = page(studio)
    assert "2 pictures were bought before" in said
    assert "$0, from the store" not in said
    paid = sum(float(row["cost_usd"]) for row in studio.usage())
    assert 0.033 < paid < 0.1
    assert re.findall(r"<dt>cost</dt><dd>([^<]*)<", said) == [f"${paid:.4f}", "$0.0028"]
    assert re.findall(r"<dt>per picture</dt><dd>([^<]*)<", said) == [f"${paid / 2:.4f}", "$0.0014"]


def test_slots_can_be_added(studio: Studio) -> None:
    """A further slot makes its own pictures and no others."""
    studio.prompts(story(2))
    compare(studio, "SLOTS=g-1", *RUN)
    compare(studio, "SLOTS=f-1")
    assert comparison(studio)["slots"] == ["g-1", "f-1"]
    assert (studio.billed, len(images(studio))) == (4, 4)


def test_prompts_under_a_name_stay(studio: Studio) -> None:
    """Edited prompts are refused with both ways out; the name alone goes on with the old ones."""
    studio.prompts(story(2))
    compare(studio, "SLOTS=g-1", *RUN)
    studio.prompts(story(2) | {"0001": "別の絵"})
    said = compare(studio, "SLOTS=g-1,f-1", *RUN, expect=3)
    assert "holds other prompts" in said and "NAME=duel-2" in said
    assert comparison(studio)["slots"] == ["g-1"]
    compare(studio, "SLOTS=g-1,f-1")
    assert studio.billed == 4


def test_some_prompts(studio: Studio) -> None:
    """IDS= takes those, as short as a person writes them, with the channel's words around them."""
    studio.presets(negative_prompt="文字")
    studio.prompts(story(4))
    compare(studio, "SLOTS=i-1,f-1", *RUN, "IDS=4,2")
    assert [each["id"] for each in comparison(studio)["prompts"]] == ["0004", "0002"]
    assert comparison(studio)["prompts"][0]["text"].endswith("\nDo not include: 文字")
    assert studio.billed == 4
    compare(studio, "SLOTS=i-1,f-1", *RUN, "IDS=4,2")
    compare(studio, "SLOTS=i-1,f-1", *RUN, "IDS=4,3", expect=3)
    assert studio.billed == 4


def test_a_run_may_have_more_prompts_than_are_compared(studio: Studio) -> None:
    """Named without IDS= it goes on with those that were fixed; another run is another comparison, whatever it says."""
    studio.prompts(story(3))
    studio.prompts(story(3), run="CH01-002")
    compare(studio, "SLOTS=i-1", *RUN, "IDS=1,2")
    compare(studio, "SLOTS=i-1,f-1", *RUN)
    assert [each["id"] for each in comparison(studio)["prompts"]] == ["0001", "0002"]
    said = compare(studio, "SLOTS=i-1,f-1", "CH=CH01", "RUN=002", expect=3)
    assert "holds other prompts than CH01-002 has now" in said
    assert studio.billed == 4


def test_failures_stand_on_the_page(studio: Studio) -> None:
    """A refused picture is a cell with its reason; the others are there; the command asks for a person."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault("safety", value="IMAGE_SAFETY", match="0002", times=1)
    said = compare(studio, "SLOTS=g-1,f-1", *RUN, expect=1)
    assert "doit compare NAME=duel" in said
    assert len(images(studio)) == 3
    cells = re.findall(r'<td class="cell (.*?)</td>', page(studio))
    assert [each.partition('"')[0] for each in cells] == ["ok", "ok", "failed missing", "ok"]
    assert ["<code>IMAGE_SAFETY</code>" in each for each in cells] == [False, False, True, False]


def test_verdicts_show(studio: Studio) -> None:
    """What a person said of a picture stands in its cell after the next command."""
    studio.prompts(story(1))
    compare(studio, "SLOTS=g-1,f-1", *RUN)
    line = json.loads((folder(studio) / "f-1" / "results.jsonl").read_text().splitlines()[0])
    verdict = {"verdict": "NG", "note": "手が六本", "at": "2026-11-23T00:00:00Z", "sha256": line["image_sha256"]}
    (folder(studio) / "f-1" / "review.json").write_text(json.dumps({"version": 1, "verdicts": {"0001": verdict}}))
    compare(studio)
    assert "手が六本" in page(studio) and 'data-verdict="NG"' in page(studio)


@pytest.mark.parametrize(
    "point", ["after-create", "mid-download", "before-results", "sending", "kept", "before-settle", "before-usage"]
)
def test_killed_and_run_again(studio: Studio, point: str) -> None:
    """Killed on either lane, the same command ends with every picture for one price."""
    studio.limits(immediate={"max_concurrent": 1})
    studio.prompts(story(3))
    words = ("SLOTS=g-1,f-1", *RUN)
    done = studio.doit("compare", "NAME=duel", *words, KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    compare(studio, *words)
    assert (len(images(studio)), studio.jobs_created, studio.billed) == (6, 1, 6)
    assert (folder(studio) / "index.html").is_file()
    assert studio.leftovers() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (THREE[:1], "there is no comparison duel yet"),
        (("SLOTS=g-1,f-9", *RUN), "f-9"),
        (("SLOTS=g-1", "CH=CH01"), "none is named"),
        (("SLOT=g-1", *RUN), "takes several slots"),
        (("SLOTS=g-1", *RUN, "IDS=9"), "has no prompt 9"),
    ],
)
def test_what_cannot_be_compared(studio: Studio, words: tuple[str, ...], said: str) -> None:
    """A mistake is told with what to type, and nothing is written or sent."""
    studio.prompts(story(2))
    assert said in compare(studio, *words, expect=3)
    assert (studio.billed, folder(studio).exists()) == (0, False)


def test_collect_finishes_a_comparison(studio: Studio) -> None:
    """Sent and left alone, doit collect brings every picture and the page over all slots; compare has no work."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.job_seconds(60)
    compare(studio, "SLOTS=g-1,g-2,i-3", *RUN, "WAIT=0")
    assert page(studio).count('class="cell ok') == 2
    studio.emulator.advance(61)
    studio.ask("collect")
    assert len(images(studio)) == 6 and len(usage(studio, "g-2")) == 2
    assert page(studio).count('class="cell ok') == 6
    assert "3 slots: all 6 pictures are there; nothing was sent" in compare(studio)
    assert not list(folder(studio).glob("*/gallery.html"))


def test_collect_without_the_comparisons_file_keeps_the_pictures(studio: Studio) -> None:
    """compare.json gone: exit 1 that names it, the pictures are in the store, the page stays as it was."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.job_seconds(60)
    compare(studio, "SLOTS=g-1", *RUN, "WAIT=0")
    (folder(studio) / "compare.json").rename(folder(studio) / "kept.json")
    studio.emulator.advance(61)
    before = page(studio)
    assert "compare.json is missing" in studio.ask("collect", expect=1)
    assert images(studio) == {} and page(studio) == before
    (folder(studio) / "kept.json").rename(folder(studio) / "compare.json")
    compare(studio)
    assert len(images(studio)) == 1 and studio.billed == 1


@pytest.mark.parametrize("point", ["before-usage", "before-index"])
def test_killed_before_the_page_it_is_written_next_time(studio: Studio, point: str) -> None:
    """All pictures are home and the process dies before usage or page: the same command writes both, buying nothing."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.job_seconds(60)
    compare(studio, "SLOTS=g-1", *RUN, "WAIT=0")
    studio.emulator.advance(61)
    compare(studio, expect=-signal.SIGKILL, KAMISHIBAI_KILL_AT=point)
    assert len(images(studio)) == 2 and page(studio).count('class="cell ok') == 0
    compare(studio)
    assert page(studio).count('class="cell ok') == 2 and len(usage(studio, "g-1")) == 2
    assert (studio.jobs_created, studio.billed) == (1, 2)
    before = studio.snapshot()
    compare(studio)
    assert studio.snapshot() == before
