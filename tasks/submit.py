"""Submit: what batch_request.jsonl holds becomes jobs. The one place where money is spent.

Order on disk: intent, upload, "creating", create (once, never repeated blindly: P-10), job name. A process that dies
between two of these leaves a manifest from which the next one knows what may exist and what cannot.
"""

from dataclasses import replace

from tasks import faultpoint
from tasks.announce import announcement
from tasks.catalog import Choice, warning
from tasks.failures import Ambiguous, Refused, Unavailable
from tasks.gemini import Gemini
from tasks.immediate import send_now
from tasks.manifest import Submission, drop_unsent
from tasks.notices import of_adopted, of_life_cycle
from tasks.pages.words import counted
from tasks.parts import Part, intent, split
from tasks.run import RunWork
from tasks.session import Session
from tasks.uploads import addresses, filled


def submit(session: Session, works: list[RunWork]) -> None:
    """Create the jobs of every run in `works`, all of them before anything is waited for; then the immediate lane."""
    for work in works:
        clear_unsent(work)
    at_once = []
    for work in works:
        parts = list(split(work))
        for request in (request for part in parts for request in part.requests):
            _note_life_cycle(session, request.choice)
        for provider in dict.fromkeys(part.requests[0].choice.model.provider for part in parts):
            session.need_key(provider)
        for text in announcement(work, [request for part in parts for request in part.requests], session.today()):
            session.say(text)
        at_once += [(work, part) for part in parts if part.lane == "immediate"]
        for part in parts:
            if part.lane == "batch" and not _send_unless_full(session, work, part):
                break
    send_now(session, works, at_once)


def _note_life_cycle(session: Session, choice: Choice) -> None:
    model, text = choice.model, warning(choice, session.today())
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
    client = session.provider(part.requests[0].choice.model.provider)
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
            if attempt == limits.create_retries_on_429:
                break
            seconds = error.retry_after or limits.poll_seconds_most * 2**attempt
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
    work.record(replace(submission, state="submitted", job=job, submitted_at=session.now()))
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
    """Whether a job of this very name exists, made before the manifest was lost; then it is taken over."""
    try:
        twin = session.find_job(client, submission.display_name, work.manifest.jobs(), fresh)
    except (Refused, Unavailable):
        return False
    if twin:
        adopt(session, work, submission, twin)
    return twin is not None


def adopt(session: Session, work: RunWork, submission: Submission, job: str) -> None:
    """Take over a job that the provider has and the manifest did not name."""
    session.say(f"{work.place.name}: found {job} by its name, taking it over; nothing is sent twice")
    session.note(of_adopted(work.place.name, job, f"{job} was found by its name and taken over", work.place.command))
    work.record(replace(submission, state="submitted", job=job, adopted=True, submitted_at=session.now()))


def give_up_lost(session: Session, works: list[RunWork]) -> None:
    """RETRY=lost: a person says that the jobs which no listing shows were never made; they are looked for once more."""
    for work in works:
        for submission in work.manifest.open():
            if submission.state == "creating":
                client = session.provider(submission.provider)
                if job := session.find_job(client, submission.display_name, work.manifest.jobs(), fresh=True):
                    adopt(session, work, submission, job)
                else:
                    work.record(
                        replace(submission, state="dropped", reason="no listing shows it; given up by RETRY=lost")
                    )
