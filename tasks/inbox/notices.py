"""What happened, as events for the inbox. Pure: each function is one way of saying what a person has to look at.

The details decide what counts as the same happening: a request's attempt, a job, a day. So a command that sees the
same failure again adds nothing.
"""

from ..providers.answer import FailureClass
from ..providers.plain_words import plain_reason
from ..runs.deadlines import AWAITED, VANISHING, Deadlines, kept_until
from ..runs.deadlines import EXPIRING as EXPIRES_SOON
from ..runs.deadlines import STUCK as STUCK_LONG
from ..runs.manifest import Submission
from ..runs.results import Result
from ..runs.spoiled import SpoiledManifest
from ..text.clock import minute
from ..text.progress import state_words
from ..text.sentences import english, later, t
from .events import ADOPTED, EXPIRING, FAILED, LIFE_CYCLE, OVER_BUDGET, PRICE, REFUSED, STUCK, Event


def of_line(run: str, line: Result, do: str) -> Event:
    """A picture that did not come, from its result line: once per attempt."""
    text = t(
        "{reason} (attempt {attempt}): {meaning}", reason=line.reason, attempt=line.attempt, meaning=meaning_of(line)
    )
    detail = f"{line.key} {line.attempt} {line.submission or ''}"
    return Event(kind_of(line), f"{run} {line.prompt_id}", text, do, detail)


def kind_of(line: Result) -> str:
    """What the inbox calls a picture that did not come."""
    return REFUSED if line.failure is FailureClass.REFUSED else FAILED


def meaning_of(line: Result) -> str:
    """Its reason in plain words, and what the provider says of it."""
    meaning = plain_reason(line.status, line.reason)
    return t("{meaning} The provider says: {words}", meaning=meaning, words=line.words) if line.words else meaning


def of_trouble(where: str, what: str, do: str) -> Event:
    """Something that stopped a run without being a picture's failure (see tasks/session/session.py): once as long as it
    says the same."""
    return Event(STUCK, where, what, do, english(what))


def of_spoiled(spoiled: SpoiledManifest) -> Event:
    """A manifest that cannot be read: once per run and content of the file."""
    return Event(STUCK, spoiled.paths.name, spoiled.what, spoiled.do, f"manifest {spoiled.sha256}")


def of_stuck(run: str, job: str, hours: float, state: str, do: str) -> Event:
    """A job that is not done after `hours`: once per job."""
    state = state_words(state.removeprefix("JOB_STATE_"))
    text = t("{job} has been {state} for {hours:.0f} h", job=job, state=state, hours=hours)
    return Event(STUCK, run, text, do, job)


def of_expiring(run: str, job: str, hours_left: float, what: str, do: str) -> Event:
    """A job whose `what` ("time at the provider", "results") ends in `hours_left`: once per job and thing."""
    text = t("{job}: {what} should have ended by now", job=job, what=t(what))
    if hours_left > 0:
        text = t("{job}: {what} ends in {hours:.0f} h", job=job, what=t(what), hours=hours_left)
    return Event(EXPIRING, run, text, do, f"{job} {what}")


def of_awaited(run: str, command: str, submission: Submission) -> Event:
    """A finished job whose results have not all come: once per job. command: what asks again for them."""
    job = submission.job or submission.display_name
    text = t(
        "{job} is {state}, and {missing} of {pictures:picture} have not come, which may be made and paid for; nothing "
        "is bought again for them, the results are kept until {until}",
        job=job,
        state=str(submission.provider_state),
        missing=len(submission.owed),
        pictures=len(submission.requests),
        until=minute(kept_until(submission)),
    )
    do = t("doit collect or {command} asks for them again, at growing intervals", command=command)
    return Event(STUCK, run, text, do, f"{job} results awaited")


def concerns(run: str, command: str, submission: Submission, clocks: Deadlines) -> list[Event]:
    """The events for whatever the clocks of an open job say. command: what goes on with its run."""
    job, state = submission.job or submission.display_name, str(submission.provider_state or submission.state)
    told = []
    if STUCK_LONG in clocks.concerns:
        do = t(
            "the provider gives up after {life_hours:.0f} h; then {command} sends what is missing again",
            life_hours=submission.life_hours,
            command=command,
        )
        told.append(of_stuck(run, job, clocks.age, state, do))
    if EXPIRES_SOON in clocks.concerns:
        do = t("what it does not finish, {command} sends again, once it has ended", command=command)
        told.append(of_expiring(run, job, clocks.expires_in or 0.0, later("time at the provider"), do))
    if VANISHING in clocks.concerns:
        do, kept = t("fetch them: doit collect"), later("what is kept of its results")
        told.append(of_expiring(run, job, clocks.vanish_in or 0.0, kept, do))
    if AWAITED in clocks.concerns:
        told.append(of_awaited(run, command, submission))
    return told


def of_budget(subject: str, cap: str, text: str, do: str) -> Event:
    """A cap that stopped a submission. cap: which and when ("day 2026-11-23"): once per subject and cap."""
    return Event(OVER_BUDGET, subject, text, do, cap)


def of_picture_tokens(model_key: str, size: str, billed: int, expected: int) -> Event:
    """The provider bills other image tokens than the config expects, so estimates are wrong: once per finding."""
    text = t(
        "a {size} picture was billed {billed} image tokens, the config expects {expected}: estimates are off",
        size=size,
        billed=billed,
        expected=expected,
    )
    return of_price(
        model_key, text, t("compare prices and tokens_per_image in configs/image_models.yaml with its source")
    )


def of_adopted(run: str, job: str, text: str, do: str = "") -> Event:
    """A job found at the provider and taken in: once per job."""
    return Event(ADOPTED, run, text, do, job)


def of_price(model_key: str, text: str, do: str) -> Event:
    """A price that is no longer certain: once per model and finding."""
    return Event(PRICE, model_key, text, do, english(text))


def of_life_cycle(model_key: str, status: str, last_day: str, text: str, do: str) -> Event:
    """A model that ends or ended: once per model, status and day, however many days are left in `text`."""
    return Event(LIFE_CYCLE, model_key, text, do, f"{status} {last_day}")
