"""Caps on spending: the rule, and that no number of processes gets past it."""

import os
from datetime import UTC, datetime

import pytest
import yaml
from studio import Studio, story

from tasks.money.budget import Budget, Caps, Spending, left, of_command, refusal, said
from tasks.money.reservations import Reservations
from tasks.project.paths import Paths
from tasks.text.wording import dollars

TODAY = "2026-11-23"


def spent(*entries: tuple[str, str, float]) -> list[Spending]:
    return [Spending(*entry) for entry in entries]


def caps(studio: Studio, channels: dict[str, dict[str, float]] | None = None, **limits: float) -> None:
    data = {"version": 1, "currency": "USD", "caps": limits} | ({"channels": channels} if channels else {})
    (studio.folder / "configs" / "budget.yaml").write_text(yaml.safe_dump(data))


@pytest.mark.parametrize(
    ("limits", "amount", "known", "allowed"),
    [
        (Caps(), 1e6, [], True),
        (Caps(submission=5), 5.0, [], True),
        (Caps(submission=5), 5.01, [], False),
        (Caps(day=20), 1.0, [("CH02", TODAY, 19.0)], True),
        (Caps(day=20), 1.01, [("CH02", TODAY, 19.0)], False),
        (Caps(day=20), 20.0, [("CH02", "2026-11-22", 19.0)], True),
        (Caps(month=20), 2.0, [("CH02", "2026-11-02", 19.0)], False),
        (Caps(month=20), 2.0, [("CH02", "2026-10-31", 19.0)], True),
    ],
)
def test_a_cap_holds_exactly(limits: Caps, amount: float, known: list[tuple[str, str, float]], allowed: bool) -> None:
    """What reaches a cap may go, what passes it may not; days and months are those of the calendar (UTC)."""
    assert (refusal(Budget(limits), "CH01", TODAY, amount, spent(*known)) is None) == allowed


def test_a_channel_has_caps_of_its_own() -> None:
    """A channel's cap counts that channel's spending only."""
    limits = Budget(Caps(day=20), {"CH01": Caps(day=3)})
    known = spent(("CH01", TODAY, 2.5), ("CH02", TODAY, 10.0))
    assert refusal(limits, "CH01", TODAY, 0.6, known) is not None
    assert refusal(limits, "CH02", TODAY, 0.6, known) is None
    assert left(limits, "CH01", TODAY, known) == pytest.approx(0.5)
    assert left(limits, "CH02", TODAY, known) == pytest.approx(7.5)


def test_a_refusal_says_by_how_much_and_who_spent_it() -> None:
    """The message names the cap, the excess, who spent how much, and every way out."""
    why = refusal(Budget(Caps(day=20)), "CH01", TODAY, 2.0, spent(("CH03", TODAY, 15.0), ("CH01", TODAY, 4.0)))
    assert why is not None
    assert "the cap of $20.00 a day by $1.00" in why.what
    assert "$19.00 (CH03 $15.00, CH01 $4.00)" in why.what
    assert "caps.day in configs/budget.yaml" in why.do
    assert "BUDGET=2.00" in why.do


def test_one_command_may_be_given_its_own_cap() -> None:
    """BUDGET= counts what this command reserved, and nothing else."""
    assert of_command(5, 3, 2) is None
    why = of_command(5, 3, 2.5)
    assert why is not None and "BUDGET=5 leaves $2.00: $0.50 too little" in why.what


@pytest.mark.parametrize(("before", "amount"), [(0, 0.0337), (0.1, 0.2), (0.02, 0.010000002), (3, 1e-6), (0, 123.4549)])
def test_what_a_refusal_suggests_is_enough(before: float, amount: float) -> None:
    """BUDGET= of the message, typed as it stands, lets the same submission pass, and is at most a cent too much."""
    for why in (of_command(0, before, amount), refusal(Budget(Caps(day=0)), "CH01", TODAY, before + amount, [])):
        assert why is not None
        allowed = float(why.do.partition("BUDGET=")[2].partition(",")[0])
        assert of_command(allowed, before, amount) is None
        assert allowed - before - amount < 0.01


def test_an_amount_that_is_something_never_looks_like_nothing() -> None:
    """One picture of a tenth of a cent has four digits, less than that is said in words, nothing is $0.00."""
    amounts = (0.0, 0.00001, 0.0014, 0.0337, 0.5, 1234.5)
    assert [dollars(each) for each in amounts] == [
        *("$0.00", "under $0.0001", "$0.0014", "$0.0337", "$0.50", "$1,234.50")
    ]


def test_a_large_budget_is_said_as_it_was_typed() -> None:
    """No 1e+06 in a message that a person copies from."""
    assert (said(1000000), said(0.5), said(12)) == ("BUDGET=1000000", "BUDGET=0.5", "BUDGET=12")


@pytest.mark.parametrize("slot", ["g-1", "i-1"])
def test_nothing_is_sent_past_a_cap(studio: Studio, slot: str) -> None:
    """Past a cap nothing leaves, the reason is said, and BUDGET= lets this one command pass."""
    studio.presets(slot)
    caps(studio, day=0.01)
    studio.prompts(story(3))
    said = studio.visual(expect=1)
    assert "not sent: 3 pictures: about" in said and "a day by $" in said
    assert studio.emulator
    assert not studio.emulator.ledger()["requests"].keys() - {"list"}
    assert "BUDGET=0.01 leaves $0.0100" in studio.visual("BUDGET=0.01", expect=1)
    studio.visual("BUDGET=1")
    assert (studio.billed, len(studio.images())) == (3, 3)


def test_a_local_cap_holds(studio: Studio) -> None:
    """A cap in budget.local.yaml stops a submission as one in budget.yaml does."""
    caps(studio, day=5)
    (studio.folder / "configs" / "budget.local.yaml").write_text("caps: {day: 0.01}\n")
    studio.prompts(story(5))
    assert "the cap of $0.0100 a day" in studio.visual(expect=1)
    assert studio.billed == 0


def test_what_was_spent_counts_for_the_next_command(studio: Studio) -> None:
    """Measured cost takes the place of the estimate, and the next run of any channel meets it."""
    caps(studio, day=0.10)
    studio.prompts(story(5))
    studio.visual()
    studio.prompts({"0001": "別の絵", "0002": "もう一枚"}, run="CH02-001")
    done = studio.doit("visual", "CH=CH02")
    assert done.returncode == 1
    assert "CH01 $0.08" in done.stdout + done.stderr
    assert studio.billed == 5


def _dated(studio: Studio, day: str) -> None:
    """Everything of the run was sent on that day, and its files were not touched since."""
    manifest = studio.manifest()
    for each in manifest["submissions"]:
        each["intent_at"] = f"{day}T00:00:00Z"
    studio.write("workspaces/video/runs/CH01-001/_gemini_batch/manifest.json", manifest)
    at = datetime.fromisoformat(f"{day}T00:00:00Z").timestamp()
    for name in ("_gemini_batch/manifest.json", "results.jsonl"):
        os.utime(studio.run() / name, (at, at))


def test_a_month_is_longer_than_a_day(studio: Studio) -> None:
    """What was spent on the first of this month, in files that lay still since, counts for the month's cap."""
    studio.prompts(story(5))
    studio.visual()
    _dated(studio, f"{datetime.now(UTC):%Y-%m}-01")
    caps(studio, month=0.10)
    studio.prompts({"0001": "別の絵", "0002": "もう一枚"}, run="CH02-001")
    done = studio.doit("visual", "CH=CH02")
    assert done.returncode == 1 and "the cap of $0.10 a month" in done.stdout + done.stderr
    assert (studio.jobs_created, studio.billed) == (1, 5)


@pytest.mark.parametrize(("day", "pictures"), [("2026-11-22", 5), ("2026-11-01", 5), ("2026-10-31", 0)])
def test_files_of_this_month_are_read(studio: Studio, day: str, pictures: int) -> None:
    """On the 23rd everything sent since the first is spent, on its own day; what lay still for longer is not read."""
    studio.prompts(story(5))
    studio.visual()
    _dated(studio, day)
    known = Reservations(Paths(studio.folder), None).spent(TODAY)
    assert [(each.channel, each.day) for each in known] == [("CH01", day)] * pictures
    assert (refusal(Budget(Caps(month=0.05)), "CH02", TODAY, 0.01, known) is None) == (not pictures)


def test_what_a_lost_manifest_had_spent_counts(studio: Studio) -> None:
    """The manifest was lost and begun anew: what its results cost is spent still, on the day they were sent."""
    assert studio.emulator
    studio.prompts(story(5))
    studio.visual()
    (studio.run() / "_gemini_batch" / "manifest.json").unlink()
    studio.visual()
    assert studio.manifest()["submissions"] == [] and studio.billed == 5
    known = Reservations(Paths(studio.folder), None).spent(TODAY)
    assert {(each.channel, each.day) for each in known} == {("CH01", TODAY)}
    assert sum(each.usd for each in known) == pytest.approx(studio.emulator.ledger()["usd"], abs=1e-5)
    assert refusal(Budget(Caps(day=0.05)), "CH02", TODAY, 0.01, known) is not None


def test_what_is_on_its_way_counts_too(studio: Studio) -> None:
    """A job that nobody collected yet is reserved money, also when its command was killed."""
    caps(studio, day=0.10)
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(5))
    studio.killed("after-create")
    studio.prompts(story(2), run="CH02-001")
    assert studio.doit("visual", "CH=CH02", "WAIT=0").returncode == 1
    assert studio.jobs_created == 1


def test_an_intent_of_a_killed_command_is_given_back(studio: Studio) -> None:
    """A reservation from which nothing came is dropped by the run's next command; the money is free again."""
    caps(studio, day=0.10)
    studio.prompts(story(5))
    studio.killed("after-intent")
    studio.visual()
    assert (studio.jobs_created, studio.billed) == (1, 5)


def test_two_processes_cannot_pass_a_cap_together(studio: Studio) -> None:
    """Two commands at once, each affordable alone: only one of them sends."""
    caps(studio, day=0.10)
    assert studio.emulator
    studio.emulator.job_seconds(3600)
    studio.prompts(story(4))
    studio.prompts({name: f"{text}、夜" for name, text in story(4).items()}, run="CH01-002")
    commands = [studio.start(f"RUN={run}", "WAIT=0") for run in ("001", "002")]
    ends = sorted((process.communicate(timeout=100)[0], process.returncode)[1] for process in commands)
    assert ends == [0, 1]
    assert studio.jobs_created == 1
