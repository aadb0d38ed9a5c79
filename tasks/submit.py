"""Submit: what batch_request.jsonl holds becomes jobs. The one place where money is spent.

Order on disk: intent, upload, "creating", create (once, never repeated blindly: P-10), job name. A process that dies
between two of these leaves a manifest from which the next one knows what may exist and what cannot.
"""

from dataclasses import replace

from tasks import faultpoint
from tasks.announce import announcement
from tasks.catalog import Choice
from tasks.failures import Ambiguous, Refused, Unavailable
from tasks.gemini import Gemini
from tasks.immediate import send_now
from tasks.job import JobStatus
from tasks.lifecycle import farewell
from tasks.manifest import Submission, drop_unsent, is_twin
from tasks.notices import of_adopted, of_life_cycle
from tasks.pages.words import counted
from tasks.parts import Part, intent, split
from tasks.provider import PATIENCE
from tasks.run import RunWork
from tasks.session import Session
from tasks.uploads import addresses, filled


def submit(session: Session, works: list[RunWork]) -> None:
    """Create the jobs of every run in `works`, all of them before anything is waited for; then the immediate lane.

    A run that this command has not locked has nothing to send, and whatever its files say by now is another's.
    """
    works = [work for work in works if session.holds(work)]
    for work in works:
        clear_unsent(work)
    at_once, sending = [], [(work, list(split(work))) for work in works]
    choices = [request.choice for _, parts in sending for part in parts for request in part.requests]
    for choice in choices:
        _note_life_cycle(session, choice)
    for provider in dict.fromkeys(choice.model.provider for choice in choices):
        session.accounts.need_key(provider)
    for work, parts in sending:
        for text in announcement(work, [request for part in parts for request in part.requests], session.today()):
            session.say(text)
        at_once += [(work, part) for part in parts if part.lane == "immediate"]
        for part in parts:
            if part.lane == "batch" and not _send_unless_full(session, work, part):
                break
    send_now(session, works, at_once)


def _note_life_cycle(session: Session, choice: Choice) -> None:
    model, text = choice.model, farewell(choice.model, session.today())
    if text:
        do = "name another slot in the preset, template or prompts; doit validate shows which would do"
        session.note(of_life_cycle(model.key, model.status, model.ended_on or "", text, do))


def clear_unsent(work: RunWork) -> None:
    """Forget intents of a stopped process; nothing was created from them."""
    cleared = drop_unsent(work.manifest, "stopped before anything was sent")
    if cleared != work.manifest or not work.place.manifest.is_file():
        work.keep(cleared)


def _send_unless_full(session: Session, work: RunWork, part: Part) -> bool:
    """Send one part; False when nothing more should be sent for this run now."""
    if session.room(part.requests[0].choice.model.provider) > 0:
        return send(session, work, part)
    session.trouble(
        work.place.name,
        "pictures wait: the account has as many live jobs as max_live_jobs allows (the provider's own limit is 100)",
        f"run again when some are done: {work.place.command}",
    )
    return False


def send(session: Session, work: RunWork, part: Part) -> bool:
    """Intent, upload, create, job name, each durable before the next. False when the provider said no."""
    client = session.accounts.batch(part.requests[0].choice.model.provider)
    submission = intent(work, part, client, session.now())
    if not session.afford(work, submission):
        return False
    faultpoint.reached("after-intent")
    if _adopted_twin(session, work, client, submission):
        return True
    try:
        found = addresses(session.places, client, "batch", part.references)
        input_file = client.upload(filled(part.data, found), submission.display_name)
    except (Refused, Unavailable) as error:
        return _not_sent(session, work, submission, f"the upload failed: {error.reason}")
    faultpoint.reached("after-upload")
    submission = replace(submission, state="creating", input_file=input_file)
    work.record(submission)
    return _create(session, work, client, submission)


def _create(session: Session, work: RunWork, client: Gemini, submission: Submission) -> bool:
    """Create the job. Only after a clear "not now" is it asked for again, and only when no listing shows it."""
    limits = session.catalog.providers[submission.provider].batch
    for attempt in range(limits.create_retries_on_429 + 1):
        try:
            return _create_once(session, work, client, submission)
        except Unavailable as error:
            why = f"the provider takes no job now: {error.reason}"
            seconds = error.retry_after or limits.poll_seconds_most * 2**attempt
            if attempt == limits.create_retries_on_429 or (error.retry_after or 0.0) > PATIENCE:
                break
        session.say(f"{work.place.name}: {why}; asking again in {seconds:.0f} s")
        session.pause(seconds)
        if _adopted_twin(session, work, client, submission, fresh=True):
            return True
    return _not_sent(session, work, submission, why)


def _create_once(session: Session, work: RunWork, client: Gemini, submission: Submission) -> bool:
    """One create. True when a job is or may be there, False when the provider said no; Unavailable for "not now"."""
    assert submission.input_file
    faultpoint.reached("before-create")
    try:
        job = client.create(submission.model_name, submission.input_file, submission.display_name)
    except Refused as error:
        return _not_sent(session, work, submission, f"the provider refused the job: {error.reason}")
    except Ambiguous as error:
        what = f"no clear answer to the create ({error}); looking for the job, not sending again"
        session.say(f"{work.place.name}: {what}")
        return True
    faultpoint.reached("after-create")
    at = session.clock(submission.provider)
    work.record(replace(submission, state="submitted", job=job, submitted_at=at))
    faultpoint.reached("after-submitted")
    return True


def _not_sent(session: Session, work: RunWork, submission: Submission, why: str) -> bool:
    work.record(replace(submission, state="dropped", reason=why))
    session.trouble(
        work.place.name,
        f"not sent: {counted(len(submission.requests), 'picture')}: {why}",
        f"run again: {work.place.command}",
    )
    return False


def _adopted_twin(session: Session, work: RunWork, client: Gemini, submission: Submission, fresh: bool = False) -> bool:
    """Whether a job with these very requests exists, made before the manifest was lost; then it is taken over."""
    try:
        twin = _twin(work, submission, session.accounts.listing(client, fresh))
    except (Refused, Unavailable):
        return False
    if twin:
        adopt(session, work, submission, twin)
    return twin is not None


def _twin(work: RunWork, submission: Submission, listed: list[JobStatus]) -> str | None:
    """The oldest job with the same requests, whatever its number, that may have pictures and is not known yet."""
    known, digest = work.manifest.jobs(), submission.request_sha256
    same = (each for each in listed if is_twin(each.display_name, work.place.name, digest))
    return next(
        (each.name for each in reversed(list(same)) if (each.live or each.has_results) and each.name not in known), None
    )


def adopt(session: Session, work: RunWork, submission: Submission, job: str) -> None:
    """Take over a job that the provider has and the manifest did not name."""
    session.say(f"{work.place.name}: found {job} by its name, taking it over; nothing is sent twice")
    session.note(of_adopted(work.place.name, job, f"{job} was found by its name and taken over", work.place.command))
    at = session.clock(submission.provider)
    work.record(replace(submission, state="submitted", job=job, adopted=True, submitted_at=at))


def give_up_lost(session: Session, works: list[RunWork]) -> None:
    """RETRY=lost: a person says that the jobs which no listing shows were never made; they are looked for once more.

    What cannot be looked for is not given up: without a list, or with another key or address than it was sent with.
    """
    for work in works:
        for submission in work.manifest.open():
            if submission.state == "creating":
                _give_up(session, work, submission)


def _give_up(session: Session, work: RunWork, submission: Submission) -> None:
    client = session.accounts.batch(submission.provider)
    if (submission.endpoint, submission.key_fingerprint) != (client.endpoint, client.fingerprint):
        return
    try:
        job = session.accounts.find_job(client, submission.display_name, work.manifest.jobs(), fresh=True)
    except (Refused, Unavailable) as error:
        what = f"its jobs cannot be listed: {error.reason}; nothing was given up"
        session.trouble(work.place.name, what, f"run again later: {work.place.command} RETRY=lost")
        return
    if job:
        adopt(session, work, submission, job)
    else:
        work.record(replace(submission, state="dropped", reason="no listing shows it; given up by RETRY=lost"))
