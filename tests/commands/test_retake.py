"""`doit retake`: another picture when a person wants one, the old one kept, each bought once and only once."""

import json
import signal
from pathlib import Path

import pytest

from tests.support import runner
from tests.support.emulator_process import ROOT
from tests.support.studio import Studio, story
from tests.support.waiting import wait_for


def retake(studio: Studio, *words: str, expect: int = 0, **env: str) -> str:
    done = studio.doit("retake", "CH=CH01", "RUN=001", *words, **env)
    said = done.stdout + done.stderr
    assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
    assert "Traceback" not in said, said
    return said


@pytest.fixture
def made(studio: Studio) -> Studio:
    """A run of three pictures that are there."""
    studio.prompts(story(3))
    studio.visual()
    return studio


def test_one_more_picture_and_the_old_one_stays(made: Studio) -> None:
    """IDS=3 buys one new picture of 0003 and nothing else; the first lies in images/_takes/0003/1.png."""
    before = made.images()
    old = (made.run() / "images" / "0003.png").read_bytes()
    said = retake(made, "IDS=3")
    assert "take 2 of 0003 is ordered" in said and "CH01-001: 1 picture, g-1" in said
    now = made.images()
    assert now["0003.png"] != before["0003.png"]
    assert {name: now[name] for name in ("0001.png", "0002.png")} == {
        name: before[name] for name in ("0001.png", "0002.png")
    }
    assert made.kept() == ["0003/1.png"]
    assert (made.run() / "images" / "_takes" / "0003" / "1.png").read_bytes() == old
    assert (made.jobs_created, made.billed) == (2, 4)
    assert [row["prompt_id"] for row in made.usage()] == ["0001", "0002", "0003", "0003"]
    page = (made.run() / "gallery.html").read_text("utf-8")
    assert 'href="images/_takes/0003/1.png"' in page and "2 takes" in page
    assert "doit retake CH=CH01 RUN=001 IDS=0003 PICK=1" in page
    assert made.leftovers() == []


def test_visual_afterwards_changes_nothing(made: Studio) -> None:
    """The mass command neither repeats a retake nor takes it back, and then has nothing to do at all."""
    assert made.emulator
    retake(made, "IDS=2,3", "SLOT=i-1")
    pictures = made.images()
    made.visual()
    before, asked = made.snapshot(), made.emulator.ledger()["http_total"]
    assert "nothing was sent" in made.visual()
    assert (made.images(), made.billed) == (pictures, 5)
    assert (made.snapshot(), made.emulator.ledger()["http_total"]) == (before, asked)


def test_without_a_key_nothing_is_ordered(made: Studio) -> None:
    """The key is looked for first: no order is said or written, and none is gone on with later."""
    said = retake(made, "IDS=1,2", "SLOT=i-1", expect=1, GEMINI_API_KEY="")
    assert "GEMINI_API_KEY is not set; nothing was sent to it" in said and "ordered" not in said
    assert not (made.run() / "takes.json").exists()


@pytest.mark.parametrize("words", [("PICK=1",), ("IDS=3", "PICK=1", "SLOT=i-1")])
def test_a_take_that_is_put_back_needs_its_picture(made: Studio, words: tuple[str, ...]) -> None:
    """PICK= without IDS=, or with SLOT= that it would not use, is refused with the right command."""
    assert "doit retake CH=CH01 RUN=001 IDS=3 PICK=1" in retake(made, *words, expect=3)
    assert made.billed == 3


def test_every_retake_is_another_picture(made: Studio) -> None:
    """Three orders, three pictures, on whatever slot; each bought once, none deleted."""
    seen = {made.images()["0003.png"]}
    for words in ((), ("SLOT=i-1",), ("SLOT=f-1",)):
        retake(made, "IDS=3", *words)
        seen.add(made.images()["0003.png"])
    assert len(seen) == 4
    assert made.kept() == ["0003/1.png", "0003/2.png", "0003/3.png"]
    assert [take["slot"] for take in made.takes()["0003"]["ordered"]] == [None, None, "i-1", "f-1"]
    assert made.billed == 6


def test_an_earlier_take_comes_back_for_nothing(made: Studio) -> None:
    """PICK=1 and PICK=2 exchange the two pictures; the store has both, so nothing is sent."""
    first = made.images()["0003.png"]
    retake(made, "IDS=3")
    second = made.images()["0003.png"]
    retake(made, "IDS=3", "PICK=1")
    assert made.images()["0003.png"] == first
    made.visual()
    assert made.images()["0003.png"] == first
    retake(made, "IDS=3", "PICK=2")
    assert made.images()["0003.png"] == second
    assert made.kept() == ["0003/1.png", "0003/2.png"]
    assert (made.jobs_created, made.billed) == (2, 4)
    retake(made, "IDS=3", "PICK=1")
    retake(made, "IDS=3")
    assert made.takes()["0003"]["picked"] == 3
    assert (made.images()["0003.png"] not in (first, second), made.billed) == (True, 5)


@pytest.mark.parametrize(
    "point",
    [
        "ordered",
        "after-intent",
        "after-upload",
        "after-create",
        "mid-picture",
        "images-before",
        "before-results",
        "after-results",
        "after-collected",
        "before-usage",
    ],
)
def test_killed_and_ordered_again(made: Studio, point: str) -> None:
    """The same command after a crash goes on with the order: one more picture, one more job, one more bill."""
    first = made.images()["0003.png"]
    done = made.doit("retake", "CH=CH01", "RUN=001", "IDS=3", KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    retake(made, "IDS=3")
    assert made.images()["0003.png"] != first
    assert len(made.takes()["0003"]["ordered"]) == 2
    assert (made.jobs_created, made.billed) == (2, 4)
    assert made.kept() == ["0003/1.png"]
    assert not (made.run() / "images" / "_kept").exists()
    assert made.leftovers() == []


@pytest.mark.parametrize("point", ["ordered", "sending", "kept", "before-settle", "settled-lines"])
def test_killed_on_the_immediate_lane(made: Studio, point: str) -> None:
    """Likewise where the picture comes at once."""
    done = made.doit("retake", "CH=CH01", "RUN=001", "IDS=3", "SLOT=i-1", KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    retake(made, "IDS=3", "SLOT=i-1")
    assert len(made.takes()["0003"]["ordered"]) == 2
    assert (made.billed, made.kept()) == (4, ["0003/1.png"])


@pytest.mark.parametrize("point", ["ordered", "after-create", "images-before", "before-results"])
def test_killed_and_then_the_mass_command(made: Studio, point: str) -> None:
    """`doit visual` sends no order of another command; what was sent it collects, and the order stays open."""
    first = made.images()
    done = made.doit("retake", "CH=CH01", "RUN=001", "IDS=3", KAMISHIBAI_KILL_AT=point)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    made.visual()
    assert (made.images() == first) == (point == "ordered")
    assert made.billed == (3 if point == "ordered" else 4)


def test_the_mass_job_is_left_alone(studio: Studio) -> None:
    """While new prompts wait in a job, a retake sends, waits for and fetches its own picture only."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.visual()
    studio.emulator.job_seconds(3600)
    studio.prompts(story(5))
    studio.visual("WAIT=0")
    retake(studio, "IDS=1", "SLOT=i-1")
    assert sorted(studio.images()) == ["0001.png", "0002.png"]
    assert studio.kept() == ["0001/1.png"]
    assert [each["state"] for each in studio.manifest()["submissions"]] == ["collected", "submitted", "collected"]
    assert "is on its way" in retake(studio, "IDS=4", expect=1)
    studio.emulator.advance(3600)
    studio.visual()
    assert (len(studio.images()), studio.jobs_created, studio.billed) == (5, 2, 6)


def test_missing_prompts_are_not_sent_along(made: Studio) -> None:
    """A prompt that nobody asked for yet waits for `doit visual`."""
    made.prompts(story(5))
    retake(made, "IDS=0001")
    assert made.billed == 4
    assert "was never made" in retake(made, "IDS=5", expect=1)
    assert made.billed == 4
    made.visual()
    assert (made.billed, len(made.images())) == (6, 5)


def test_an_order_under_way_keeps_the_old_picture(made: Studio) -> None:
    """Until the new take arrives the old one stays; any later command collects it."""
    assert made.emulator
    before = made.images()
    made.emulator.job_seconds(3600)
    retake(made, "IDS=3", "WAIT=0")
    assert made.images() == before
    made.emulator.advance(3600)
    made.visual()
    assert made.images()["0003.png"] != before["0003.png"]
    assert (made.billed, made.kept()) == (4, ["0003/1.png"])


def test_a_take_that_fails_leaves_the_old_picture(made: Studio) -> None:
    """The command says why; the mass command is not disturbed; the same order again sends the same take again."""
    assert made.emulator
    before = made.images()
    made.emulator.fault("no_image", times=1)
    assert "NO_IMAGE" in retake(made, "IDS=3", expect=1)
    assert made.images() == before
    made.visual()
    assert (made.images(), made.billed) == (before, 4)
    retake(made, "IDS=3")
    assert made.images()["0003.png"] != before["0003.png"]
    assert (len(made.takes()["0003"]["ordered"]), made.billed) == (2, 5)


def test_those_marked_ng(made: Studio) -> None:
    """Without IDS= they are listed and nothing is sent; IDS=NG makes them; a new picture is not NG any more."""
    hashes = made.images()
    said = {"verdict": "NG", "note": "手が六本", "at": "2026-11-23T00:00:00Z"}
    review = {"0002": said | {"sha256": hashes["0002.png"]}, "0003": said | {"sha256": "0" * 64}}
    (made.run() / "review.json").write_text(json.dumps({"version": 1, "verdicts": review}))
    listed = retake(made)
    assert "marked NG: 0002" in listed and "doit retake CH=CH01 RUN=001 IDS=NG" in listed
    assert made.billed == 3
    retake(made, "IDS=NG")
    assert (made.kept(), made.billed) == (["0002/1.png"], 4)
    assert "nothing is marked NG" in retake(made, "IDS=NG")
    assert "nothing is marked NG\n  -> mark pictures in: doit review; or name them: doit retake CH=CH01" in retake(made)
    assert made.billed == 4


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("IDS=9",), "CH01-001 has no prompt 9", 3),
        (("IDS=3", "PICK=2"), "0003 has no take 2", 3),
        (("IDS=3", "SLOT=f-9"), "f-9", 3),
        (("IDS=../x",), "IDS= '../x'", 3),
    ],
)
def test_what_cannot_be_asked_for(made: Studio, words: tuple[str, ...], said: str, code: int) -> None:
    """A wrong order is refused before anything is written or sent."""
    assert said in retake(made, *words, expect=code)
    assert made.billed == 3
    assert not (made.run() / "takes.json").exists()


def test_a_run_has_to_be_named(made: Studio) -> None:
    """A retake is about one run."""
    done = made.doit("retake", "CH=CH01", "IDS=3")
    assert (done.returncode, "RUN=251" in done.stderr) == (3, True)


def test_an_edit_and_its_undoing(made: Studio) -> None:
    """An edited prompt is a new picture; undone, the picked take returns from the store."""
    retake(made, "IDS=3")
    second = made.images()["0003.png"]
    made.prompts(story(3) | {"0003": "まったく別の絵"})
    made.visual()
    assert (made.images()["0003.png"] != second, made.billed) == (True, 5)
    made.prompts(story(3))
    made.visual()
    assert (made.images()["0003.png"], made.billed) == (second, 5)


def test_prompts_with_the_same_text_stay_apart(studio: Studio) -> None:
    """A retake of one of two like prompts changes neither the other's picture nor shares one with its retake."""
    studio.prompts({"a": "夜空", "b": "夜空"})
    studio.visual()
    other = studio.images()["b.png"]
    retake(studio, "IDS=a")
    assert (studio.images()["b.png"], studio.billed) == (other, 3)
    retake(studio, "IDS=b")
    assert (len(set(studio.images().values())), studio.billed) == (2, 4)
    retake(studio, "IDS=a,b", "SLOT=f-1")
    assert (len(set(studio.images().values())), studio.billed) == (2, 6)


@pytest.mark.parametrize("slots", [("g-1", "i-3", "g-1"), ("f-1", "g-1", "f-1"), ("g-1", "i-1", "g-1")])
def test_a_preset_switched_and_switched_back(studio: Studio, slots: tuple[str, ...]) -> None:
    """The earlier pictures, retakes among them, return from the store; nothing is bought twice, nothing deleted."""
    studio.presets(slots[0])
    studio.prompts(story(2))
    studio.visual()
    retake(studio, "IDS=2")
    first = studio.images()
    studio.presets(slots[1])
    studio.visual("RETRY=changed")
    same_model = slots[1] == "i-1"
    assert (studio.images() == first) == same_model
    paid = 3 if same_model else 5
    assert studio.billed == paid
    studio.presets(slots[2])
    studio.visual()
    assert (studio.images(), studio.billed) == (first, paid)
    store: Path = studio.folder / "workspaces" / ".store"
    assert len([path for path in store.glob("??/*") if path.suffix != ".json"]) == paid


def test_takes_of_a_skipped_prompt_stay(made: Studio) -> None:
    """A retake of another picture keeps the takes of a prompt that is skipped now: when it is back, so is its take."""
    retake(made, "IDS=2")
    second = made.images()["0002.png"]
    entries = [{"id": name, "prompt": text, "skip": name == "0002"} for name, text in story(3).items()]
    made.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    retake(made, "IDS=3")
    retake(made, "IDS=3", "PICK=1")
    made.prompts(story(3))
    made.visual()
    assert (made.images()["0002.png"], made.billed) == (second, 5)


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_take_and_a_removed_prompt_of_its_text(studio: Studio, number: str) -> None:
    """The picked picture stays when another prompt of the same text is removed."""
    studio.prompts({"a": "夜空", "b": "夜空"})
    studio.visual()
    retake(studio, "IDS=b")
    retake(studio, "IDS=b", f"PICK={number}")
    picked = studio.images()["b.png"]
    studio.prompts({"b": "夜空"})
    studio.visual()
    assert (studio.images()["b.png"], studio.billed) == (picked, 3)


def test_a_take_and_a_new_prompt_of_its_text(studio: Studio) -> None:
    """The picked picture stays when a prompt of the same text comes in, and a take of that one is another picture."""
    studio.prompts({"a": "夜空", "b": "夜空"})
    studio.visual()
    retake(studio, "IDS=b")
    picked = studio.images()["b.png"]
    studio.prompts({"b": "夜空", "c": "夜空"})
    studio.visual()
    retake(studio, "IDS=c")
    assert studio.images()["b.png"] == picked != studio.images()["c.png"]
    of_c = studio.takes()["c"]["ordered"][1]["digest"]
    assert (of_c != studio.takes()["b"]["ordered"][1]["digest"], studio.billed) == (True, 4)


@pytest.mark.parametrize("instead_of", [3, 2, None, 7])
def test_takes_that_hold_for_one_another(made: Studio, instead_of: int | None) -> None:
    """A takes.json by which no take could be found is refused with its line by every command, and hangs none."""
    retake(made, "IDS=1")
    retake(made, "IDS=1")
    path = made.run() / "takes.json"
    data = json.loads(path.read_text())
    data["takes"]["0001"]["ordered"][1]["instead_of"] = instead_of
    path.write_text(json.dumps(data, indent=1))
    made.prompts({"0001": "別"})
    for command in (("visual", "CH=CH01"), ("retake", "CH=CH01", "RUN=001", "IDS=1"), ("validate",)):
        said = made.ask(*command, expect=3)
        assert "takes.json:19 at /takes/0001/ordered/1/instead_of" in said and "expected one of 1: an earlier" in said
    assert "restore the file, or move it aside" in made.ask("status") + made.ask("validate", expect=3)


def test_a_stopped_retake_tells_the_inbox(made: Studio) -> None:
    """What a retake saw before Ctrl-C is in the inbox, like what any other command saw."""
    assert made.emulator
    made.emulator.job_seconds(3600)
    made.emulator.fault("lost_reply", on="create", times=1)
    process = runner.start(made.command("retake", "CH=CH01", "RUN=001", "IDS=1"), made.environment(), ROOT)
    wait_for(lambda: any(each["adopted"] for each in made.manifest()["submissions"]))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert "adopted" in made.ask("inbox")


def test_a_stopped_comparison_tells_the_inbox(made: Studio) -> None:
    """Likewise for `doit compare`."""
    assert made.emulator
    made.emulator.job_seconds(3600)
    made.emulator.fault("lost_reply", on="create", times=1)
    words = ("compare", "NAME=first", "SLOTS=g-2", "CH=CH01", "RUN=001")
    process = runner.start(made.command(*words), made.environment(), ROOT)
    manifest = made.folder / "workspaces" / "compare" / "first" / "g-2" / "_gemini_batch" / "manifest.json"
    wait_for(lambda: manifest.is_file() and '"adopted": true' in manifest.read_text())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert "adopted" in made.ask("inbox")


def test_an_earlier_take_is_the_one_of_this_run(studio: Studio) -> None:
    """Two runs bought the same text at once: PICK=1 gives each its own first picture."""
    assert studio.emulator
    for run in ("CH01-002", "CH01-001"):
        studio.prompts({"0001": "題名の絵"}, run)
    studio.emulator.fault("as_png", times=1)
    studio.visual()
    for run in ("CH01-001", "CH01-002"):
        first = studio.images(run)
        studio.ask("retake", "CH=CH01", f"RUN={run[-3:]}", "IDS=1")
        studio.ask("retake", "CH=CH01", f"RUN={run[-3:]}", "IDS=1", "PICK=1")
        assert studio.images(run) == first
