"""The immediate lane through `doit visual`: counted at the emulator, killed at any point, resumed at any picture."""

import json
import signal
import time

import pytest

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio, story

NINE = {
    "g-1": ("gemini-nano-banana-2.1", "batch"),
    "g-2": ("gemini-3.1-flash-lite-image", "batch"),
    "g-3": ("gemini-3-pro-image", "batch"),
    "i-1": ("gemini-nano-banana-2.1", "immediate"),
    "i-2": ("gemini-3.1-flash-lite-image", "immediate"),
    "i-3": ("gemini-3-pro-image", "immediate"),
    "f-1": ("accounts/fireworks/models/flux-1-schnell-fp8", "immediate"),
    "f-3": ("accounts/fireworks/models/flux-kontext-pro", "immediate"),
    "f-4": ("accounts/fireworks/models/flux-kontext-max", "immediate"),
}


@pytest.fixture
def now(studio: Studio) -> Studio:
    """The studio with channel CH01 on slot i-1."""
    studio.presets("i-1")
    return studio


def spent(studio: Studio) -> float:
    return sum(float(row["cost_usd"]) for row in studio.usage())


def ledger_usd(studio: Studio) -> float:
    assert studio.emulator
    return float(studio.emulator.ledger()["usd"])


def count(studio: Studio, operation: str) -> int:
    assert studio.emulator
    return int(studio.emulator.ledger()["requests"].get(operation, 0))


@pytest.mark.parametrize("slot", NINE)
def test_twelve_prompts_on_every_slot(studio: Studio, slot: str) -> None:
    """Each slot makes its 12 pictures with its own model on its own lane, at the ledger's cost, and once."""
    studio.presets(slot)
    studio.prompts(story(12))
    studio.visual("BUDGET=50")
    model, lane = NINE[slot]
    assert {(row["model_name"], row["lane"], row["slot"], row["status"]) for row in studio.usage()} == {
        (model, lane, slot, "ok")
    }
    assert len(studio.images()) == 12 == studio.billed
    assert spent(studio) == pytest.approx(ledger_usd(studio), abs=1e-5)
    assert spent(studio) > 0
    before = studio.snapshot()
    studio.visual()
    assert studio.billed == 12
    assert studio.snapshot() == before


def test_each_picture_takes_its_own_lane(studio: Studio) -> None:
    """Prompts of one run may name slots of both lanes; each goes where it says, and nowhere else."""
    entries = [{"id": "0001", "prompt": "桜"}, {"id": "0002", "prompt": "海", "slot": "i-3"}]
    studio.write("workspaces/video/runs/CH01-001/prompts.json", {"prompts": entries})
    studio.visual()
    assert [(row["prompt_id"], row["lane"], row["slot"]) for row in studio.usage()] == [
        ("0002", "immediate", "i-3"),
        ("0001", "batch", "g-1"),
    ]
    assert (studio.jobs_created, count(studio, "generate")) == (1, 1)


@pytest.mark.parametrize(
    ("point", "bought_again"),
    [
        ("sending", 0),
        ("sent:2", 0),  # dies before the request leaves; nobody can know that, so the row says maybe billed
        ("answered:2", 1),  # the answer was in memory only
        ("kept:2", 0),
        ("before-settle", 0),
        ("settled-lines", 0),
        ("after-collected", 0),
    ],
)
def test_killed_anywhere(now: Studio, point: str, bought_again: int) -> None:
    """After kill -9 the same command ends with every picture; only a lost answer is bought again, and said."""
    now.limits({"max_concurrent": 1})
    now.prompts(story(4))
    if point == "after-collected":
        now.visual()
    else:
        now.killed(point)
    now.visual()
    assert len(now.images()) == 4
    assert now.billed == 4 + bought_again
    doubtful = [row for row in now.usage() if row["reason"].startswith("maybe billed")]
    assert len(doubtful) == (1 if point in ("sent:2", "answered:2") else 0)
    assert all(row["cost_basis"] == "estimated" and float(row["cost_usd"]) > 0.03 for row in doubtful)
    assert now.leftovers() == []
    assert not list((now.run() / "_immediate").glob("*.jsonl"))
    billed = now.billed
    now.visual()
    assert now.billed == billed


@pytest.mark.parametrize(
    ("point", "bought_again", "basis"),
    [
        ("answered:2", 1, "measured"),  # it was in memory only
        ("mid-picture:3", 1, "measured"),  # half of it was written
        ("group-before-rename:2", 0, "estimated"),  # it lies there, its tokens were in memory only
        ("group-after-rename:2", 0, "measured"),
        ("record-before:2", 0, "measured"),
    ],
)
def test_a_picture_in_the_doorway(now: Studio, point: str, bought_again: int, basis: str) -> None:
    """Killed while a picture comes in: what is whole is kept and not bought again, and nothing half-made stays."""
    now.limits({"max_concurrent": 1})
    now.prompts(story(2))
    now.killed(point)
    assert list((now.folder / "workspaces" / ".store" / ".incoming").iterdir())
    now.visual()
    assert (len(now.images()), now.billed) == (2, 2 + bought_again)
    paid = [row for row in now.usage() if row["cost_basis"] != "reused"]
    assert sorted(row["cost_basis"] for row in paid if row["status"] == "ok") == sorted(["measured", basis])
    assert len(paid) == 2 + bought_again
    assert not list((now.folder / "workspaces" / ".store" / ".incoming").iterdir())


def test_a_journal_that_was_to_go_goes(now: Studio) -> None:
    """Killed after the answers were on record and before their journal was removed: the next command removes it."""
    now.prompts(story(1))
    now.visual()
    journal = now.run() / "_immediate" / "s001.jsonl"
    journal.write_bytes(b"")
    manifest = now.manifest()
    manifest["complete"] = False
    now.write("workspaces/video/runs/CH01-001/_gemini_batch/manifest.json", manifest)
    now.visual()
    assert not journal.exists()
    assert now.billed == 1


def test_a_429_waits_and_is_not_billed(now: Studio, emulator: EmulatorProcess) -> None:
    """The provider's "not now" is obeyed for as long as it says, costs nothing, and leaves no row behind."""
    emulator.fault("refuse", value=429, on="generate", times=2, retry_after=1)
    now.prompts(story(3))
    said = now.visual()
    assert "going on in 1 s" in said
    assert [row["status"] for row in now.usage()] == ["ok"] * 3
    assert now.billed == 3


def test_a_long_429_asks_a_person(now: Studio, emulator: EmulatorProcess) -> None:
    """A quota that is used up for an hour stops the command with the reason; the next one goes on."""
    emulator.fault("refuse", value=429, on="generate", retry_after=3600)
    now.prompts(story(3))
    assert "takes no more requests: 429" in now.visual(expect=1)
    assert now.billed == 0
    emulator.clear_faults()
    now.visual()
    assert (now.billed, [row["attempt"] for row in now.usage()]) == (3, ["1"] * 3)


def test_a_busy_provider_is_tried_again_as_a_new_attempt(now: Studio, emulator: EmulatorProcess) -> None:
    """A 503 is an attempt with a row of its own; the same command sends it again while attempts last."""
    emulator.fault("refuse", value=503, on="generate", times=1)
    now.prompts(story(2))
    now.visual()
    rows = sorted((row["prompt_id"], row["attempt"], row["status"], row["cost_basis"]) for row in now.usage())
    assert len(rows) == 3
    assert [row[2] for row in rows].count("error") == 1
    assert now.billed == 2


def test_a_lost_reply_is_maybe_billed_and_bounded(now: Studio, emulator: EmulatorProcess) -> None:
    """No answer after sending: a row with the estimated cost; sent again by the next command, max_attempts times."""
    emulator.fault("lost_reply", on="generate")
    now.prompts(story(1))
    for attempt in (1, 2, 3):
        assert "maybe billed" in now.visual(expect=1)
        assert now.billed == attempt
    assert "RETRY=exhausted" in now.visual(expect=1)
    assert now.billed == 3
    assert spent(now) == pytest.approx(ledger_usd(now), rel=0.01)


def test_a_refused_prompt_is_data(now: Studio, emulator: EmulatorProcess) -> None:
    """A blocked picture has its row and its reason, the others come, and it is never sent again by itself."""
    emulator.fault("safety", value="IMAGE_SAFETY", match="その2")
    now.prompts(story(3))
    assert "IMAGE_SAFETY" in now.visual(expect=1)
    assert sorted(row["status"] for row in now.usage()) == ["blocked", "ok", "ok"]
    billed = now.billed
    now.visual(expect=1)
    assert now.billed == billed


def test_a_wrong_key_stops_everything(now: Studio) -> None:
    """With a key that is not valid one free question is enough to know; nothing is sent, and its variable is named."""
    now.prompts(story(8))
    now.limits({"max_concurrent": 1})
    said = now.doit("visual", "CH=CH01", GEMINI_API_KEY="invalid-key")
    assert said.returncode == 1
    assert "Gemini does not accept the key in GEMINI_API_KEY; nothing was sent" in said.stderr
    assert "invalid-key" not in said.stdout + said.stderr
    assert count(now, "generate") == 0
    now.visual()
    assert now.billed == 8


def test_one_bad_request_is_data(now: Studio, emulator: EmulatorProcess) -> None:
    """A 400 for one picture holds that picture back and no other."""
    emulator.fault("refuse", value=400, on="generate", match="その2")
    now.prompts(story(3))
    now.visual(expect=1)
    assert len(now.images()) == 2
    assert [row["status"] for row in now.usage()].count("error") == 1


def test_ctrl_c_waits_for_what_is_paid(now: Studio, emulator: EmulatorProcess) -> None:
    """Stopped by hand: nothing more leaves, what left is kept, and the next command buys only the rest."""
    now.limits({"max_concurrent": 1})
    emulator.fault("slow", value=0.7, on="generate")
    now.prompts(story(4))
    process = now.start()
    deadline = time.monotonic() + 60
    while count(now, "generate") < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130, said
    bought = now.billed
    assert 1 <= bought < 4
    assert len(now.images()) == bought
    emulator.clear_faults()
    now.visual()
    assert (now.billed, len(now.images())) == (4, 4)
    assert all(row["status"] == "ok" for row in now.usage())


@pytest.mark.parametrize("point", ["accepted:2", "answered:2", "kept:2"])
def test_an_ordered_picture_is_never_ordered_twice(studio: Studio, point: str) -> None:
    """Kontext: the order's number is on disk, so a killed command fetches the picture instead of buying another."""
    studio.limits({"max_concurrent": 1})
    studio.presets("f-3")
    studio.prompts(story(3))
    studio.killed(point)
    studio.visual()
    assert (count(studio, "flux_submit"), studio.billed, len(studio.images())) == (3, 3, 3)
    assert spent(studio) == pytest.approx(0.12)


def test_a_preset_switched_and_rolled_back(studio: Studio) -> None:
    """f-1, then g-1, then f-1: the first pictures return from the store; nothing is bought twice, nothing deleted."""
    studio.presets("f-1")
    studio.prompts(story(3))
    studio.visual()
    first = studio.images()
    studio.presets("g-1")
    studio.visual("RETRY=changed")
    assert studio.images() != first
    stored = {name for name in studio.snapshot() if ".store/" in name}
    billed = studio.billed
    studio.presets("f-1")
    assert "came from the store" in studio.visual()
    assert studio.images() == first
    assert (studio.billed, billed) == (6, 6)
    assert stored <= set(studio.snapshot())


def test_retry_exhausted_is_one_more_attempt(studio: Studio) -> None:
    """While the provider says 503, RETRY=exhausted ends after the attempts there are, and later gives one more."""
    assert studio.emulator
    studio.prompts(story(1))
    studio.emulator.fault("refuse", value=503, on="generate")
    studio.visual("SLOT=i-1", "RETRY=exhausted", expect=1)
    most = len(studio.results())
    studio.visual("SLOT=i-1", "RETRY=exhausted", expect=1)
    assert len(studio.results()) == most + 1


@pytest.mark.parametrize("point", ["group-before-rename", "record-before", "kept"])
def test_killed_while_two_runs_buy_a_picture_of_one_text(now: Studio, point: str) -> None:
    """The first run's picture is stored, the second's half-way: both are kept, neither is bought again or doubted."""
    assert now.emulator
    now.limits(immediate={"max_concurrent": 1})
    now.prompts({"0001": "題名の絵"}, "CH01-001")
    now.prompts({"0001": "題名の絵"}, "CH01-002")
    now.emulator.fault("as_png", times=1)
    now.visual("RUN=001")
    record = next((now.folder / "workspaces" / ".store").glob("??/*.json"))
    first = record.rename(record.with_suffix(".first"))  # the second run does not know of it, as when two machines buy
    now.killed(point, "RUN=002")
    if record.exists():
        sha256 = json.loads(record.read_bytes())["sha256"]
        record.rename(record.with_suffix(f".{sha256[:8]}.json"))
    first.rename(record)
    now.visual()
    lines = now.results("CH01-001") + now.results("CH01-002")
    bought = [line for line in lines if line["cost_basis"] != "reused"]
    assert [line["status"] for line in bought] == ["ok", "ok"] and now.billed == 2
    assert len(list((now.folder / "workspaces" / ".store").glob("??/*.json"))) == 2
    assert [len(now.images(run)) for run in ("CH01-001", "CH01-002")] == [1, 1]
