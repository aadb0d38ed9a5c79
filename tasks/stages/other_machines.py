"""What other machines have on their way for the runs of one command: learnt before sending, brought home if need be.

A job of another machine is taken over when it is done at the provider, or when its machine is surely not at work on it;
then it stands in this project's manifest like one of its own, and is polled, fetched and settled as such.
"""

from dataclasses import replace

from ..catalog.model import Lane
from ..machines.machines import Machines
from ..machines.records import OnRecord
from ..pictures.store import StorePictureDamaged
from ..project.all_paths import paths_of
from ..project.run_paths import RunPaths
from ..project.settings import Retry
from ..providers.failures import Refused, Unavailable
from ..providers.port import BatchProvider
from ..runs.manifest import State, Submission
from ..runs.run import Run
from ..runs.submissions import next_id
from ..session.session import Session
from ..text.errors import Stop


def learn(session: Session, machines: Machines, run: Run) -> None:
    """Who has what this run lacks; what is done is taken into this project's store. Only what was not asked before."""
    try:
        todo = run.worklist
    except StorePictureDamaged:
        return  # said where the run is gone on with
    elsewhere = (request for request in todo.waiting if not run.is_coming(request))
    wanted = [*todo.send, *elsewhere, *(request for request, _ in todo.held)]
    real = [request for request in wanted if request.choice.model.provider != "emulator"]
    digests = {digest for request in real for digest in request.digests} - machines.looked
    if digests:
        machines.look(run, digests)
    if Retry.LOST in session.settings.retry:
        for record in machines.awaited(digests):
            if bring(session, machines, record) is None and not machines.may_come(record):
                machines.give_up(record)


def bring(session: Session, machines: Machines, record: OnRecord) -> Run | None:
    """The run, locked, whose manifest has that submission of another machine now; None while it is left to that one."""
    is_known = machines.is_ours(record) and machines.in_manifest(record) is not None
    if is_known or record.state is State.INTENT or record.submission.lane is not Lane.BATCH:
        return None
    if machines.is_at_work(record):
        return None
    found = _found(session, machines, record)
    run = _opened(session, record) if found else None
    if found is None or run is None or not machines.take_over(record):
        return None
    before = next((each for each in run.manifest.submissions if each.shared == record.name), None)
    session.log.say("{words}: taken over, to be brought home here", words=record.words)
    run.record(replace(found, id=before.id if before else next_id(run), shared=record.name, adopted=True))
    return run


def _paths(session: Session, record: OnRecord) -> RunPaths:
    return paths_of(session.paths, session.paths.workspaces / record.folder)


def _opened(session: Session, record: OnRecord) -> Run | None:
    paths = _paths(session, record)
    try:
        run = session.runs.open_damaged(paths)
        return run if session.runs.holds(run) else session.runs.own([paths])[0]
    except Stop as stop:
        session.log.say("{run}: {what}; left for later", run=record.run, what=stop.what)
        return None


def _found(session: Session, machines: Machines, record: OnRecord) -> Submission | None:
    """The submission as it is to be gone on with; None while its own machine may be at it, or nobody here can ask."""
    submission = record.submission
    try:
        client = session.accounts.batch(submission.provider)
        if (submission.endpoint, submission.key_fingerprint) != (client.endpoint, client.fingerprint):
            return None
        if submission.state is State.CREATING:
            return _created(session, machines, record, client)
        if submission.job and client.status(submission.job).live:
            return None
    except Refused as error:
        return submission if error.code == 404 else None
    except (Unavailable, Stop):
        return None
    return submission


def _created(session: Session, machines: Machines, record: OnRecord, client: BatchProvider) -> Submission | None:
    """Its job by its name. Without one a job may exist: a person gives it up, unless its machine goes on with it."""
    submission = record.submission
    if job := session.accounts.find_job(client, submission.display_name, (), fresh=True):
        at = session.accounts.clock(submission.provider)
        return replace(submission, state=State.SUBMITTED, job=job, submitted_at=at)
    is_stopped = machines.is_reachable(record) or Retry.LOST in session.settings.retry
    return submission if is_stopped else None


def take_up(session: Session) -> list[Run]:
    """Every run with a submission of another machine that is brought home here; the others are told in one line."""
    machines = session.machines
    if machines is None:
        return []
    meant = session.settings.channel, session.settings.run
    records = [record for record in machines.open() if _paths(session, record).is_meant(*meant)]
    records = [record for record in records if not (machines.is_ours(record) and machines.in_manifest(record))]
    found = [(record, bring(session, machines, record)) for record in records]
    left = [record for record, run in found if run is None]
    if left:
        session.log.say(
            "{count:submission} of other machines on their way, the oldest: {words}",
            count=len(left),
            words=min(left, key=lambda record: record.submission.intent_at).words,
        )
    return list({run.paths.name: run for _, run in found if run}.values())
