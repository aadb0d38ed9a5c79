"""Files of other programs at a manifest's place are set aside, once no job in them can bring pictures any more.

What a job of that program has made by then is brought home first.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..files.problem import short
from ..lanes.batch.their_pictures import CANNOT, bring
from ..project.run_paths import RunPaths
from ..project.settings import Retry
from ..providers.failures import Refused, Unavailable
from ..providers.job_status import JobStatus
from ..providers.port import BatchProvider
from ..providers.registry import api
from ..runs import glimpse
from ..runs.deadlines import hours_between
from ..runs.glimpse import UNREADABLE
from ..runs.left_out import BAD
from ..runs.manifest import OURS
from ..runs.run import Run
from ..runs.spoiled import SpoiledManifest, spoiled
from ..runs.their_job import TheirJob, their_job
from ..session.session import Session
from ..text.errors import Stop
from ..text.sentences import t
from ..text.wording import few


def make_way(session: Session, runs: Sequence[RunPaths]) -> None:
    """Set such files aside, byte for byte, and say so. The others stay, and their runs are left out later.

    Raises Stop when another command is at work on such a run.
    """
    for paths in runs:
        found = _foreign(paths)
        theirs = their_job(paths, found) if found else None
        if found and (_is_answered(session, paths, theirs) if theirs else _is_all_over(session, found)):
            session.runs.lock(paths)
            found.set_aside()
            session.log.say(
                "{run}: {manifest} was another program's ({format}), and no job in it can bring pictures any more; "
                "it is {aside} now, byte for byte",
                run=paths.name,
                manifest=short(paths.manifest),
                format=found.format,
                aside=short(found.aside),
            )


def _foreign(paths: RunPaths) -> SpoiledManifest | None:
    try:
        glimpse.peek(paths.manifest)
    except UNREADABLE:
        found = spoiled(paths)
        return found if found and found.is_foreign else None
    return None


def _is_all_over(session: Session, found: SpoiledManifest) -> bool:
    return all(_asked(session, job, found.written_at).is_over for job in found.jobs)


def _is_answered(session: Session, paths: RunPaths, theirs: TheirJob) -> bool:
    """Whether nothing more can come of another program's job: all of it is here, or came home now, or is gone."""
    try:
        run = session.runs.read(paths)
    except BAD:
        return False  # said where the run is opened
    if not run.is_theirs_open:
        return True
    word = _asked(session, theirs.job, theirs.created_at)
    said = t(
        "{run}: asked for {job} of another program, for {count:picture}: {word}",
        run=paths.name,
        job=theirs.job,
        count=len(run.theirs_missing),
        word=word.said,
    )
    if word.status and word.status.has_results and not word.is_over:
        session.log.say("{said}", said=said)
        return _is_home(session, run, theirs, word)
    if word.is_over or Retry.LOST in session.settings.retry:
        session.log.say("{said}; what is missing is sent as any other", said=said)
        return True
    if word.is_live:
        session.log.say("{said}; nothing is sent for this run before it has ended", said=said)
        return False
    session.log.trouble(paths.name, "{said}", "{do}", said=said, do=_held_until(paths, word))
    return False


def _held_until(paths: RunPaths, word: "_Word") -> str:
    if not word.is_unknown:
        return t("run again later: {command}", command=paths.command)
    return t(
        "run again later: {command}; only if you know that it brings nothing: {command} RETRY=lost",
        command=paths.command,
    )


def _is_home(session: Session, run: Run, theirs: TheirJob, word: "_Word") -> bool:
    """Whether its pictures are here by now; what it did not make is sent as any other."""
    assert word.client
    assert word.status
    session.runs.lock(run.paths)
    count = len(run.theirs_missing)
    try:
        failed = bring(word.client, word.status, run, theirs)
    except CANNOT as error:
        session.log.trouble(
            run.paths.name,
            "the pictures of {job} cannot be had now: {error}",
            "run again later: {command}",
            job=theirs.job,
            error=getattr(error, "reason", str(error)),
            command=run.paths.command,
        )
        return False
    session.log.say(
        "{run}: {count:picture} of another program's job came, paid for there",
        run=run.paths.name,
        count=count - len(failed),
    )
    if failed:
        names = few([f"{name} ({why})" for name, why in failed.items()])
        session.log.say("{run}: it brought nothing for {names}", run=run.paths.name, names=names)
    return True


class _Word(NamedTuple):
    """What the provider says of a job. is_over: nothing can come of it, or it is found again by our name for it.

    is_live: it is at work. is_unknown: it knows no such job, of a time when it may still have one.
    """

    said: str
    is_over: bool = False
    is_live: bool = False
    is_unknown: bool = False
    status: JobStatus | None = None
    client: BatchProvider | None = None


def _asked(session: Session, job: str, created_at: str | None) -> _Word:
    """By the provider's word: its clock, and what it says of the job. Unknown there with this key, it is over when it
    must be."""
    try:
        client = _account(session, job)
    except Stop as stop:
        return _Word(stop.what)
    if client is None:
        return _Word(t("no provider here names its jobs so"))
    try:
        status = client.status(job)
    except Refused as error:
        is_gone = error.code == 404 and _is_older(
            client, created_at, client.traits.life_hours + client.traits.kept_hours
        )
        said = t("the provider knows no such job (404)") if error.code == 404 else error.reason
        said = t("{said}, and its time is over", said=said) if is_gone else said
        return _Word(said, is_over=is_gone, is_unknown=error.code == 404)
    except Unavailable as error:
        return _Word(error.reason)
    is_done = status.done and (not status.has_results or _is_older(client, status.ended_at, client.traits.kept_hours))
    is_over = is_done or OURS.fullmatch(status.display_name) is not None
    return _Word(str(status.state), is_over, not status.done, status=status, client=client)


def _account(session: Session, job: str) -> BatchProvider | None:
    """The one whose jobs are named like this; the offline one is nobody else's."""
    providers = session.catalog.providers.items()
    names = (name for name, each in providers if each.limits and name != "emulator" and api(each.api).is_job(job))
    name = next(names, None)
    return session.accounts.batch(name) if name else None


def _is_older(client: BatchProvider, at: str | None, hours: float) -> bool:
    return bool(at and client.date) and hours_between(str(at), str(client.date)) >= hours
