"""What is said of jobs, pictures and money: the words follow from the facts, whoever shows them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import facts
import pytest

from tasks.inbox import markdown, notices
from tasks.inbox.events import Event, InboxEntry
from tasks.project.run_paths import RunPaths
from tasks.prompts import request
from tasks.prompts.takes import first
from tasks.providers.fireworks import body
from tasks.runs.deadlines import EXPIRING, STUCK, VANISHING, Deadlines
from tasks.runs.job_view import View
from tasks.runs.open_jobs import OpenJob
from tasks.session import outcome
from tasks.text.wording import counted, plain_reason
from tasks.views.pages.card_words import CardWords, usual_shape
from tasks.views.pages.channel_page import RunCard
from tasks.views.report import words
from tasks.views.report.figures import Figures, Report, Scope

CLOCKS = Deadlines(30.0, 18.0, None, ())


def row(clocks: Deadlines = CLOCKS, unlisted: bool = False, **changes: object) -> View:
    job = OpenJob(RunPaths(Path("CH01-001")), facts.submission(**changes))  # type: ignore[arg-type]
    return replace(View(job, 0, 0, 1, clocks, "doit collect"), unlisted=unlisted)


@pytest.mark.parametrize(
    ("concern", "clocks", "says"),
    [
        (STUCK, CLOCKS, "batches/j has been pending for 30 h"),
        (EXPIRING, CLOCKS, "batches/j: time at the provider ends in 18 h"),
        (EXPIRING, replace(CLOCKS, expires_in=-1.0), "batches/j: time at the provider should have ended by now"),
        (VANISHING, replace(CLOCKS, vanish_in=3.0), "batches/j: what is kept of its results ends in 3 h"),
    ],
)
def test_every_clock_has_its_notice(concern: str, clocks: Deadlines, says: str) -> None:
    """A concern becomes one event with the job, the hours and what to do, and the same hours later the same event."""
    job = facts.submission(state="submitted", job="batches/j", provider_state="PENDING")
    told = notices.concerns("CH01-001", "doit visual CH=CH01", job, replace(clocks, concerns=(concern,)))
    assert [each.text for each in told] == [says]
    assert told[0].do
    later = notices.concerns("CH01-001", "doit visual CH=CH01", job, replace(clocks, age=31.0, concerns=(concern,)))
    assert later[0].id == told[0].id


def test_a_finding_is_one_event_however_often_it_is_met() -> None:
    """Adopted jobs, prices, ending models and caps: the same finding has the same key, another one another."""
    prices = [notices.of_picture_tokens("m", "1K", billed, 1120) for billed in (1290, 1290, 1300)]
    assert prices[0].id == prices[1].id != prices[2].id
    models = [notices.of_life_cycle("m", "retired", "2026-12-01", text, "") for text in ("8 days left", "7 days left")]
    assert models[0].id == models[1].id
    jobs = [notices.of_adopted("CH01-001", name, "taken in") for name in ("batches/a", "batches/b")]
    assert jobs[0].id != jobs[1].id
    caps = [notices.of_budget("CH01-001", f"day 2026-11-{day}", "over", "") for day in (23, 24)]
    assert caps[0].id != caps[1].id


@pytest.mark.parametrize(
    ("view", "state", "ends"),
    [
        (row(state="creating"), "lost reply", "expires in 18 h"),
        (row(state="submitted", provider_state="RUNNING"), "running", "expires in 18 h"),
        (row(state="submitted", unlisted=True), "submitted, not listed", "expires in 18 h"),
        (row(replace(CLOCKS, expires_in=1.5), state="sending"), "sending", "expires in 90 min"),
        (row(replace(CLOCKS, vanish_in=-2.0), state="finished"), "ended, to fetch", "results overdue"),
        (
            row(replace(CLOCKS, expires_in=None), state="finished", provider_state="SUCCEEDED"),
            "succeeded, to fetch",
            "",
        ),
    ],
)
def test_a_row_says_state_and_clock(view: View, state: str, ends: str) -> None:
    """Our state with the provider's word where it adds something, and the clock that runs, in hours or minutes."""
    assert (view.state, view.ends) == (state, ends)


def told(**changes: object) -> CardWords:
    card = CardWords()
    about = {"status": "ok", "reason": "", "failure": None, "cost_usd": 0.02, "cost_basis": "measured"}
    for name, value in (about | {"placeholder": False} | changes).items():
        setattr(card, name, value)
    return card


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "$0.02"),
        ({"cost_basis": "estimated"}, "about $0.02"),
        ({"cost_basis": "reused"}, "$0, from the store"),
        ({"cost_basis": "none"}, "no cost"),
        ({"placeholder": True}, "no cost"),
        ({"cost_usd": None}, "cost not known yet"),
    ],
)
def test_money_on_a_card(changes: dict[str, object], says: str) -> None:
    """Measured, estimated, reused, free and unknown are told apart."""
    assert told(**changes).cost.startswith(says)


def test_failures_are_one_group_with_reason_and_next_step() -> None:
    """Blocked, empty and error cards are "failed"; a card says why, and what happens next."""
    card = told(status="blocked", reason="SAFETY", failure="refused")
    assert card.group == "failed" and card.explanation and card.next_step
    assert (told().group, told().explanation, told().next_step) == ("ok", "", "")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("broken picture: the data ends early", "damaged or cut off"),
        ("maybe billed: 503 UNAVAILABLE", "may have been billed"),
        ("503 UNAVAILABLE", "overloaded"),
    ],
)
def test_our_own_reasons_have_words_too(reason: str, says: str) -> None:
    """Every reason that we give ourselves is explained, before the provider's codes inside it."""
    assert says in plain_reason("error", reason)


def test_one_thing_is_no_things() -> None:
    """Numbers and nouns agree in every message."""
    assert [counted(number, "picture") for number in (0, 1, 1000)] == ["0 pictures", "1 picture", "1,000 pictures"]
    assert counted(1, "thing needs", "things need") == "1 thing needs"


@pytest.mark.parametrize(
    ("failure", "again", "says"),
    [
        ("retryable", True, "doit visual CH=CH01 RUN=001 sends it again"),
        ("refused", False, "or send it once more as it is: doit visual CH=CH01 RUN=001 RETRY=refused"),
        ("permanent", False, "change the prompt or the config, then: doit visual CH=CH01 RUN=001; or"),
    ],
)
def test_the_inbox_has_whole_commands(failure: str, again: bool, says: str) -> None:
    """What stands in the inbox can be pasted tomorrow."""
    line = {"status": "error", "failure": failure, "attempt": 1}
    assert says in outcome._later(outcome.Failure("CH01-001", "doit visual CH=CH01 RUN=001", "0001", line, again))


def test_frames_have_the_usual_shape() -> None:
    """Most pictures decide; without any it is 16 : 9."""
    assert usual_shape([(1, 1), (4, 3), (4, 3), (None, 3)]) == (4, 3)
    assert usual_shape([(None, None)]) == (16, 9)


def test_what_nobody_judged_is_to_judge() -> None:
    """Pictures less those marked OK or NG."""
    assert RunCard("CH01-001", "page.html", pictures=5, good=2, bad=1).to_judge == 2


def test_takes_that_there_are_not_and_seen_ones() -> None:
    """An unknown number is no take; one that a gallery showed keeps the time when it first did."""
    its = first("a" * 64).with_order("i-1", "b" * 64, 1, "2026-11-23T00:00:00Z")
    assert its.take(9) is None and its.unshown and its.pick(1).picked == 1
    seen = its.shown(2, "2026-11-23T01:00:00Z")
    assert not seen.unshown and seen.shown(2, "2026-11-24T00:00:00Z") == seen
    assert [take.number for take in seen.chain()] == [2, 1]


def test_entries_go_under_their_day_also_when_it_is_empty() -> None:
    """A heading that a person emptied takes the new entry below a blank line; the file ends with a line break."""
    event = Event("stuck", "CH01-001", "text", "do", at="2026-11-23T01:00:00Z")
    text = markdown.merge("# Inbox\n\n## 2026-11-23", [InboxEntry(event)]).text
    assert text.startswith("# Inbox\n\n## 2026-11-23\n\n- [ ] 2026-11-23T01:00:00Z key=") and text.endswith("\n")


def test_each_provider_is_asked_in_its_own_form() -> None:
    """Fireworks gets its own body, references as tokens in it; Gemini a list of parts."""
    choice = facts.choice()
    fireworks = replace(choice, model=replace(choice.model, api="fireworks"))
    expected = body.body("山", fireworks.model, choice.aspect_ratio, references=[])
    assert request.body("山", fireworks) == expected and "contents" in request.body("山", choice)


def test_a_report_says_what_it_cannot_know() -> None:
    """Requests without a comparable price, placeholders, rows without a date: named where there are any."""
    odd = Figures(requests=4, kept=3, placeholders=1, unsaid=2, unsaid_usd=0.5)
    assert "for 2 requests ($0.50) that cannot be said" in words.saved(odd)
    assert words.placeholders(odd).startswith("1 of 3 pictures are placeholders")
    none = Figures()
    assert (words.saved(none), words.placeholders(none)) == ("", "")
    groups = dict.fromkeys(
        ["models", "model_lanes", "lanes", "channels", "days", "day_lanes", "months", "bases", "reasons"], tuple[()]()
    )
    whole = Report(Scope(), "", 1, 3, odd, **groups)
    assert words.undated(whole) == "3 rows have no date: counted, but on no day"
    period = replace(whole, selection=Scope(since=date(2026, 11, 1)))
    assert words.undated(period) == "3 rows have no date: left out"
    assert words.undated(replace(whole, undated=0)) == "" and words.headline(whole) == "no requests"
