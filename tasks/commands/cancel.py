"""`doit cancel`: ask the provider to stop, then ask again until its last word; what came of the job is collected.

A cancelled job may have answered some requests already, or finish all the same (P-18): what it made is paid for, so it
is fetched like any other.
"""

import time
from collections.abc import Collection
from dataclasses import replace

from ..project.paths import Paths
from ..project.settings import Settings
from ..providers.failures import Refused, Unavailable
from ..runs.manifest import State
from ..runs.results import Cause
from ..runs.spoiled import refuse
from ..session.open_jobs import OpenJob, open_jobs
from ..session.session import Session
from ..stages.bring_home import collect, opened
from ..text.errors import BadInput, Stop, note_sent

PATIENCE = 2.0  # minutes for the last word unless WAIT= says otherwise


def run(paths: Paths, settings: Settings) -> None:
    """Cancel the jobs of one run (CH=, RUN=) or one job (JOB=). Stop while any has no last word yet."""
    wait = PATIENCE if settings.wait is None else settings.wait
    with Session(paths, replace(settings, wait=wait)) as session:
        _cancel(session)


def _cancel(session: Session) -> None:
    jobs = chosen(session)
    for job in jobs:
        _ask(session, job)
    paths = list({job.paths.name: job.paths for job in jobs}.values())
    runs = opened(session, paths)
    collect(session, runs, wait=True, expected=Cause.JOB_CANCELLED)
    ours = {run.paths.name for run in runs}
    open_still = [job for job in jobs if not _ended(session, job, ours)]
    if open_still:
        names = ", ".join(str(each.submission.job) for each in open_still)
        raise Stop(
            "no last word yet on {names}; it may still answer", "look again in a while: doit collect", names=names
        )
    if runs:
        session.log.say("what was not done, the next command sends again: {command}", command=runs[0].paths.command)


def chosen(session: Session) -> list[OpenJob]:
    """The jobs that can be cancelled. BadInput when the command names none, Stop when there is none.

    SpoiledManifest when the job could stand only where nobody can read.
    """
    settings = session.settings
    if settings.job is None and settings.run is None:
        raise BadInput("doit cancel stops paid work, and neither run nor job is named", "doit cancel CH=CH01 RUN=251")
    found = open_jobs(session.paths, settings.channel, settings.run)
    jobs = [each for each in found.jobs if settings.job in (None, each.submission.job)]
    lost = [each for each in jobs if each.submission.state is State.CREATING]
    if lost:
        raise Stop(
            "{run}: the reply to a create was lost, so the job's name is not known yet",
            "find it first: doit adopt; then the same command again",
            run=lost[0].paths.name,
        )
    jobs = [each for each in jobs if each.submission.job]
    if not jobs:
        for each in found.unreadable:
            session.log.leave_out(each)
        refuse(found.unreadable)
        raise Stop("no such job is open: nothing to cancel", "doit status shows what is on its way")
    return jobs


def _ask(session: Session, job: OpenJob) -> None:
    """One request to stop. What it leads to, only the job's state tells."""
    submission = job.submission
    client = session.accounts.batch(submission.provider)
    is_ours = (submission.endpoint, submission.key_fingerprint) == (client.endpoint, client.fingerprint)
    if submission.state is not State.SUBMITTED or not is_ours or submission.job is None:
        return
    _note(job)
    try:
        note_sent()
        client.cancel(submission.job)
        session.log.say("{run}: asked to cancel {job}", run=job.paths.name, job=submission.job)
    except (Refused, Unavailable) as error:
        session.log.say(
            "{run}: {job} could not be cancelled: {reason}", run=job.paths.name, job=submission.job, reason=error.reason
        )


def _note(job: OpenJob) -> None:
    """Before it is asked: another command may be waiting for the job, and tells whose doing it is."""
    with job.paths.cancelled.open("a", encoding="utf-8") as stream:
        stream.write(f"{job.submission.job}\n")


def _ended(session: Session, job: OpenJob, ours: Collection[str]) -> bool:
    """Whether the provider has said its last word. Of a run that another process has, only the provider is asked."""
    if job.paths.name in ours:
        run = session.runs.open_damaged(job.paths)
        return run.manifest.submission(job.submission.id).state not in (State.SUBMITTED, State.CREATING)
    return _asked(session, job)


def _asked(session: Session, job: OpenJob) -> bool:
    client = session.accounts.batch(job.submission.provider)
    until = time.monotonic() + (session.settings.wait or 0.0) * 60
    limits = session.catalog.providers[job.submission.provider].batch
    while True:
        try:
            if client.status(str(job.submission.job)).done:
                return True
        except (Refused, Unavailable) as error:
            session.log.say("{run}: {reason}", run=job.paths.name, reason=error.reason)
        if time.monotonic() >= until:
            return False
        time.sleep(limits.poll_seconds_first)
