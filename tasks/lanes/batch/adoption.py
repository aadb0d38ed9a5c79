"""Jobs that the provider has and no manifest names: found by their display name, taken over, or given up."""

from dataclasses import replace

from ...inbox.notices import of_adopted
from ...providers.failures import Refused, Unavailable
from ...providers.job_status import JobStatus
from ...providers.port import BatchProvider
from ...runs.manifest import State, Submission, is_twin
from ...runs.run import Run
from ...runs.submissions import next_id
from ...session.session import Session
from ...text.sentences import t
from .reconstruct import rebuilt


def adopted_twin(
    session: Session, run: Run, client: BatchProvider, submission: Submission, fresh: bool = False
) -> bool:
    """Whether a job with these very requests exists, made before the manifest was lost; then it is taken over."""
    try:
        twin = _twin(run, submission, session.accounts.listing(client, fresh))
    except (Refused, Unavailable):
        return False
    if twin:
        adopt(session, run, submission, twin)
    return twin is not None


def _twin(run: Run, submission: Submission, listed: list[JobStatus]) -> str | None:
    """The oldest job with the same requests, whatever its number, that may have pictures and is not known yet."""
    known, digest = run.manifest.jobs(), submission.request_sha256
    same = (each for each in listed if is_twin(each.display_name, run.paths.name, digest))
    return next(
        (each.name for each in reversed(list(same)) if (each.live or each.has_results) and each.name not in known), None
    )


def adopt(session: Session, run: Run, submission: Submission, job: str) -> None:
    """Take over a job that the provider has and the manifest did not name."""
    session.log.say(
        "{run}: found {job} by its name, taking it over; nothing is sent twice", run=run.paths.name, job=job
    )
    session.log.note(
        of_adopted(run.paths.name, job, t("{job} was found by its name and taken over", job=job), run.paths.command)
    )
    at = session.accounts.clock(submission.provider)
    run.record(replace(submission, state=State.SUBMITTED, job=job, adopted=True, submitted_at=at))


def give_up_lost(session: Session, runs: list[Run]) -> None:
    """RETRY=lost: a person says that the jobs which no listing shows were never made; they are looked for once more.

    What cannot be looked for is not given up: without a list, or with another key or address than it was sent with.
    """
    for run in runs:
        for submission in run.manifest.open():
            if submission.state is State.CREATING:
                _give_up(session, run, submission)


def _give_up(session: Session, run: Run, submission: Submission) -> None:
    client = session.accounts.batch(submission.provider)
    if (submission.endpoint, submission.key_fingerprint) != (client.endpoint, client.fingerprint):
        return
    try:
        job = session.accounts.find_job(client, submission.display_name, run.manifest.jobs(), fresh=True)
    except (Refused, Unavailable) as error:
        session.log.trouble(
            run.paths.name,
            "its jobs cannot be listed: {reason}; nothing was given up",
            "run again later: {command} RETRY=lost",
            reason=error.reason,
            command=run.paths.command,
        )
        return
    if job:
        adopt(session, run, submission, job)
    else:
        run.record(replace(submission, state=State.DROPPED, reason="no listing shows it; given up by RETRY=lost"))


def take_in(session: Session, client: BatchProvider, provider: str, run: Run, status: JobStatus) -> None:
    """Put a job of ours that the manifest does not name into it, to be asked about and fetched.

    Nothing is done for one that holds nothing, or whose answers are on record. Raises Stop when it cannot be told yet
    which requests it answers.
    """
    if any((line.provider, line.job) == (provider, status.name) for line in run.history):
        return
    same = [each for each in run.manifest.submissions if each.display_name == status.display_name]
    lost = [each for each in same if each.job is None]
    if lost:
        taken: Submission | None = lost[-1]
    elif same:
        taken = replace(same[-1], id=next_id(run))
    else:
        taken = rebuilt(session, client, provider, run, status)
    if taken is None:
        return
    run.record(open_again(taken, client, status))
    name = run.paths.name
    session.log.say(
        "{name}: took in {status} as {taken_id}, {pictures:picture}",
        name=name,
        status=status.name,
        taken_id=taken.id,
        pictures=len(taken.requests),
    )
    what = t("{status} was found by its name and taken in", status=status.name)
    session.log.note(of_adopted(name, status.name, what, t("doit collect")))


def open_again(submission: Submission, client: BatchProvider, status: JobStatus) -> Submission:
    """The submission as if its job had just been made by this key, to be asked about and fetched."""
    return replace(
        submission,
        state=State.SUBMITTED,
        job=status.name,
        submitted_at=status.created_at,
        endpoint=client.endpoint,
        key_fingerprint=client.fingerprint,
        adopted=True,
        provider_state=None,
        counts=None,
        ended_at=None,
        collected_at=None,
        outputs=(),
        reason=None,
        awaited=None,
    )
