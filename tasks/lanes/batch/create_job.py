"""Submit: what batch_request.jsonl holds becomes jobs. The one place where money is spent.

Order on disk: intent, upload, "creating", create (once, never repeated blindly: P-10), job name. A process that dies
between two of these leaves a manifest from which the next one knows what may exist and what cannot.
"""

import time
from dataclasses import replace

from ...catalog.model import Lane
from ...files import faultpoint
from ...providers.failures import PATIENCE, Ambiguous, Refused, Unavailable
from ...providers.port import BatchProvider
from ...providers.registry import api
from ...runs.manifest import State, Submission, drop_unsent
from ...runs.run import Run
from ...runs.submissions import Part, intent
from ...runs.uploads import addresses, filled
from ...session.accounts import stops
from ...session.refusals import not_sent
from ...session.session import Session
from ...text import clock
from ...text.sentences import english, t
from .adoption import adopted_twin


def clear_unsent(run: Run) -> None:
    """Forget intents of a stopped process; nothing was created from them."""
    cleared = drop_unsent(run.manifest, "stopped before anything was sent")
    before = {each.id: each.state for each in run.manifest.submissions}
    if cleared != run.manifest or not run.paths.manifest.is_file():
        run.keep(cleared)
    for each in cleared.submissions if run.machines else ():
        if each.state is not before[each.id] and run.machines:
            run.machines.recorded(run, each)


def send_unless_full(session: Session, run: Run, part: Part) -> bool:
    """Send one part; False when nothing more should be sent for this run now."""
    provider = part.requests[0].choice.model.provider
    try:
        room = _room(session, provider)
    except (Refused, Unavailable) as error:
        not_sent(session, run, len(part.requests), provider, error, t("its jobs cannot be listed: "))
        return False
    if room > 0:
        return send(session, run, part)
    session.log.trouble(
        run.paths.name,
        "pictures wait: the account has as many live jobs as max_live_jobs allows (the provider allows {most})",
        "run again when some are done: {command}",
        most=t(api(session.catalog.providers[provider].api).most_jobs),
        command=run.paths.same_command,
    )
    return False


def _room(session: Session, name: str) -> int:
    """How many jobs may still be made: the limit less the account's live ones, whoever made them.

    Raises Refused or Unavailable when the provider cannot be asked: what is bought there could not be fetched.
    """
    client, limit = session.accounts.batch(name), session.catalog.providers[name].batch.max_live_jobs
    submissions = (submission for run in session.runs.opened() for submission in run.manifest.submissions)
    ours = {each.job or each.id for each in submissions if each.live and each.provider == name}
    try:
        listed = {each.name: each.live for each in session.accounts.listing(client)}
    except (Refused, Unavailable) as error:
        if stops(error):
            raise
        listed = {}
    # A job of ours that is done by now gives its place free before its results are here; one not listed holds it.
    return limit - sum((listed | {job: listed.get(job, True) for job in ours}).values())


def send(session: Session, run: Run, part: Part) -> bool:
    """Intent, upload, create, job name, each durable before the next. False when the provider said no."""
    client = session.accounts.batch(part.requests[0].choice.model.provider)
    with session.reservations.alone():
        free = session.claimed(run, part, client, client.traits)
        if free is None:
            return True
        part, submission = free.part, intent(run, free.part, client, clock.now(), client.traits, free.name)
        if not session.afford(run, submission):
            return False
    faultpoint.reached("after-intent")
    if adopted_twin(session, run, client, submission):
        return True
    try:
        found = addresses(session.paths, client, Lane.BATCH, part.references)
        input_file = client.upload(filled(part.data, found), submission.display_name)
    except (Refused, Unavailable) as error:
        return _not_sent(session, run, submission, error, t("the upload failed: "))
    faultpoint.reached("after-upload")
    creating = replace(submission, state=State.CREATING, input_file=input_file)
    if not session.may_send(creating):
        run.record(replace(submission, state=State.DROPPED, reason="another machine took it over before it was sent"))
        return True
    submission = creating
    run.record(submission)
    return _create(session, run, client, submission)


def _create(session: Session, run: Run, client: BatchProvider, submission: Submission) -> bool:
    """Create the job. Only after a clear "not now" is it asked for again, and only when no listing shows it."""
    limits = session.catalog.providers[submission.provider].batch
    for attempt in range(limits.create_retries_on_429 + 1):
        try:
            return _create_once(session, run, client, submission)
        except Unavailable as error:
            last = error
            seconds = error.retry_after or limits.poll_seconds_most * 2**attempt
            if attempt == limits.create_retries_on_429 or (error.retry_after or 0.0) > PATIENCE:
                break
        session.log.say(
            "{run}: the provider takes no job now: {reason}; asking again in {seconds:.0f} s",
            run=run.paths.name,
            reason=last.reason,
            seconds=seconds,
        )
        time.sleep(seconds)
        if adopted_twin(session, run, client, submission, fresh=True):
            return True
    return _not_sent(session, run, submission, last, t("the provider takes no job now: "))


def _create_once(session: Session, run: Run, client: BatchProvider, submission: Submission) -> bool:
    """One create. True when a job is or may be there, False when the provider said no; Unavailable for "not now"."""
    assert submission.input_file
    faultpoint.reached("before-create")
    try:
        job = client.create(submission.model_name, submission.input_file, submission.display_name)
    except Refused as error:
        return _not_sent(session, run, submission, error, t("the provider refused the job: "))
    except Ambiguous as error:
        what = t("no clear answer to the create ({error}); looking for the job, not sending again", error=error)
        session.log.say("{run}: {what}", run=run.paths.name, what=what)
        return True
    faultpoint.reached("after-create")
    at = session.accounts.clock(submission.provider)
    run.record(replace(submission, state=State.SUBMITTED, job=job, submitted_at=at))
    faultpoint.reached("after-submitted")
    return True


def _not_sent(session: Session, run: Run, submission: Submission, error: Refused | Unavailable, doing: str) -> bool:
    run.record(replace(submission, state=State.DROPPED, reason=english(doing) + english(error.reason)))
    not_sent(session, run, len(submission.requests), submission.provider, error, doing)
    return False
