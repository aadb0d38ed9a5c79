"""Submit: what batch_request.jsonl holds becomes jobs. The one place where money is spent.

Order on disk: intent, upload, "creating", create (once, never repeated blindly: P-10), job name. A process that dies
between two of these leaves a manifest from which the next one knows what may exist and what cannot.
"""

from dataclasses import replace

from ... import faultpoint
from ...providers.failures import PATIENCE, Ambiguous, Refused, Unavailable
from ...providers.gemini.client import Gemini
from ...runs.manifest import Submission, drop_unsent
from ...runs.run import RunWork
from ...runs.submissions import Part, intent
from ...runs.uploads import addresses, filled
from ...session.session import Session
from ...text.wording import counted
from .adoption import adopted_twin


def clear_unsent(work: RunWork) -> None:
    """Forget intents of a stopped process; nothing was created from them."""
    cleared = drop_unsent(work.manifest, "stopped before anything was sent")
    if cleared != work.manifest or not work.place.manifest.is_file():
        work.keep(cleared)


def send_unless_full(session: Session, work: RunWork, part: Part) -> bool:
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
    if adopted_twin(session, work, client, submission):
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
        if adopted_twin(session, work, client, submission, fresh=True):
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
