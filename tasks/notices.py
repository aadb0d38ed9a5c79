"""What happened, as events for the inbox. Pure: each function is one way of saying what a person has to look at.

The details decide what counts as the same happening: a request's attempt, a job, a day. So a command that sees the
same failure again adds nothing.
"""

from tasks.events import ADOPTED, EXPIRING, FAILED, LIFE_CYCLE, OVER_BUDGET, PRICE, REFUSED, STUCK, Event
from tasks.pages.words import plain_reason
from tasks.results import Line


def of_line(run: str, line: Line, do: str) -> Event:
    """A picture that did not come, from its result line: once per attempt."""
    kind = REFUSED if line["failure"] == "refused" else FAILED
    meaning = plain_reason(line["status"], line["reason"])
    text = f"{line['reason']} (attempt {line['attempt']}): {meaning}"
    detail = f"{line['key']} {line['attempt']} {line['submission'] or ''}"
    return Event(kind, f"{run} {line['prompt_id']}", text, do, detail)


def of_trouble(where: str, what: str, do: str) -> Event:
    """Something that stopped a run without being a picture's failure (see tasks/session.py): once as long as it says
    the same."""
    return Event(STUCK, where, what, do, what)


def of_stuck(run: str, job: str, hours: float, state: str, do: str) -> Event:
    """A job that is not done after `hours`: once per job."""
    return Event(STUCK, run, f"{job} has been {state.removeprefix('JOB_STATE_').lower()} for {hours:.0f} h", do, job)


def of_expiring(run: str, job: str, hours_left: float, what: str, do: str) -> Event:
    """A job whose `what` ("place in the queue", "results") ends in `hours_left`: once per job and thing."""
    return Event(EXPIRING, run, f"{job}: {what} end in {hours_left:.0f} h", do, f"{job} {what}")


def of_budget(subject: str, cap: str, text: str, do: str) -> Event:
    """A cap that stopped a submission. cap: which and when ("day 2026-11-23"): once per subject and cap."""
    return Event(OVER_BUDGET, subject, text, do, cap)


def of_adopted(run: str, job: str, text: str, do: str = "") -> Event:
    """A job found at the provider and taken in: once per job."""
    return Event(ADOPTED, run, text, do, job)


def of_price(model_key: str, text: str, do: str) -> Event:
    """A price that is no longer certain: once per model and finding."""
    return Event(PRICE, model_key, text, do, text)


def of_life_cycle(model_key: str, status: str, last_day: str, text: str, do: str) -> Event:
    """A model that ends or ended: once per model, status and day, however many days are left in `text`."""
    return Event(LIFE_CYCLE, model_key, text, do, f"{status} {last_day}")
