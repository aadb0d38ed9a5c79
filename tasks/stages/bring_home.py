"""What is paid for comes home: one way, for the stages of a selection and for `doit collect`, `cancel` and `adopt`.

Paid results come first: a run whose prompts are gone or broken is collected all the same, its pictures into the store,
from where `doit visual` takes them once the prompts are right again.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ..files import locks
from ..lanes.batch.engine import HERE, connect
from ..lanes.batch.poll import Poll
from ..project.comparison_paths import ComparisonPaths
from ..project.run_paths import RunPaths
from ..requests import comparison as compare_file
from ..runs.asked_again import held_as
from ..runs.complete import mark_complete
from ..runs.results import Cause, Result
from ..runs.run import Run
from ..runs.spoiled import SpoiledManifest
from ..runs.summary import usage_is_behind
from ..session.outcome import Failure, conclude, note_failures, table
from ..session.session import Session
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from ..views.pages import compare_index
from .early_pages import EarlyPages
from .elsewhere import Elsewhere
from .gallery import write_galleries
from .recall import recall
from .request import learn
from .restore import restore
from .send import resume
from .usage import write_usage

Histories = Mapping[str, list[Result]]
"""The results of each run, by its name."""


def fetch(session: Session, paths: Sequence[RunPaths], ids: Collection[str] | None = None) -> None:
    """The fetch stage: what jobs and the store owe -> images/, results.jsonl. ids: of these prompts; None: all."""
    held = [run for run in session.runs.open(paths) if session.runs.holds(run)]
    for run in held:
        learn(session, run)
        restore(session, run, ids)
        recall(run)  # what came back to another prompt than it was bought for cost something too
    elsewhere = Elsewhere(session, held, ids)
    elsewhere.begin()
    bring_home(session, held, ids, elsewhere=elsewhere)
    session.index.look()
    _tell_others(session, held, elsewhere)
    for run in held:
        run.add([])
        mark_complete(run)
    session.index.look()
    session.index.save()


def bring_home(
    session: Session,
    runs: list[Run],
    ids: Collection[str] | None = None,
    wait: bool = True,
    since: Histories | None = None,
    elsewhere: Elsewhere | None = None,
) -> None:
    """Fetch what jobs owe, then put into images/ what the store has by now, also what came under a prompt's former id.

    wait: False looks once. since: of the store only what came after these results, and nothing else is changed.
    elsewhere: what other places have on their way for these runs.
    """
    engine = connect(session.settings.engine) if session.settings.engine else HERE
    poll = Poll(session, runs, ids, elsewhere, EarlyPages(session), engine)
    if wait:
        poll.run()
    else:
        poll.look()
    for run in runs:
        came = None if since is None else _to_the_store(run, since[run.paths.name])
        if came is None or came:
            restore(session, run, ids, came)


def _tell_others(session: Session, runs: list[Run], elsewhere: Elsewhere) -> None:
    """What follows for the places whose results this command took in, and for the runs that waited in vain."""
    _follow_up(session, came := elsewhere.came())
    note_failures(session, [each for run in came for each in _failures(session, run, elsewhere.before[run.paths.name])])
    for run in runs:
        if lost := [request for request in run.worklist.send if request.digest in elsewhere.digests]:
            session.log.trouble(
                run.paths.name,
                "{pictures:picture} waited for did not come from where it was on its way: nothing was sent for it here",
                "send what is missing: {command}",
                pictures=len(lost),
                command=run.paths.command,
            )


def opened(session: Session, paths: Sequence[RunPaths]) -> list[Run]:
    """Those runs that can be worked on now; the others are named and left alone."""
    runs = []
    for run_paths in paths:
        try:
            runs.append(session.runs.open_damaged(run_paths))
        except SpoiledManifest as spoiled:
            session.log.leave_out(spoiled)
        except Stop as stop:
            if stop.exit_code == 1:
                session.log.say("{run_paths}: {what}; left to it", run_paths=run_paths.name, what=stop.what)
            else:
                session.log.trouble(
                    run_paths.name, "its results cannot be taken in: {what}", "{do}", what=stop.what, do=stop.do
                )
    return runs


def collect(session: Session, runs: list[Run], wait: bool = False, expected: Cause | None = None) -> None:
    """Bring home what is finished, write what follows from it, and say what a person must look at. Nothing is sent.

    expected: what a person asked for, and so no failure.
    """
    before = {run.paths.name: run.history for run in runs}
    resume(session, runs)
    for run in runs:
        recall(run)
    bring_home(session, runs, wait=wait, since=before)
    touched = [run for run in runs if run.history is not before[run.paths.name] or usage_is_behind(run.paths)]
    _follow_up(session, touched)
    failures = [each for run in touched for each in _failures(session, run, before[run.paths.name])]
    failures = [each for each in failures if expected is None or each.line.cause is not expected]
    if failures:
        table(failures)
    conclude(session, touched, failures, _next(failures))


def _to_the_store(run: Run, before: list[Result]) -> set[str]:
    """Digests of the pictures that came by now and went to the store only, for whatever prompt may want them."""
    had = {result.sent_as for result in before if result.is_picture}
    new = (result for result in run.history if result.sent_as not in had)
    return {result.digest for result in new if result.is_picture and not result.image}


def _follow_up(session: Session, runs: list[Run]) -> None:
    """usage.csv, the pages and the manifest's note on what is left, of every place that something came for."""
    write_usage(session, [run.paths for run in runs])
    seeing = [run for run in runs if run.blind is None]
    for where in sorted({run.paths.folder.parent for run in seeing if isinstance(run.paths, ComparisonPaths)}):
        _write_index(session, where, {run.paths.name: run for run in seeing})
    for run in seeing:
        mark_complete(run)
    write_galleries(session, [run.paths for run in seeing if not isinstance(run.paths, ComparisonPaths)])
    for run in runs:
        if run.blind is not None:
            session.log.trouble(
                run.paths.name,
                "{blind}; what was paid for is safe in {root} and {results}",
                "mend that, then: {command}",
                blind=run.blind,
                root=run.store.root,
                results=run.paths.results,
                command=run.paths.command,
            )


def _write_index(session: Session, where: Path, ours: Mapping[str, Run]) -> None:
    """The page over all slots of a comparison; left to the command that is at work on the comparison now."""
    comparison = compare_file.read(where)
    assert comparison  # its places could be read
    paths = [ComparisonPaths(where / slot, session.paths.again) for slot in comparison.slots]
    try:
        held = locks.take(session.paths.lock(f"compare-{where.name}"), t("the comparison {name}", name=where.name))
        compare_index.write(where, [ours.get(run_paths.name) or session.runs.read(run_paths) for run_paths in paths])
        held.release()
    except BadInput as error:
        session.log.trouble(
            f"compare-{where.name}", "its page was not written: {what}", "{do}", what=error.what, do=error.do
        )
    except Stop as stop:
        session.log.say("compare-{where}: {what}; its page is left to it", where=where.name, what=stop.what)


def _failures(session: Session, run: Run, before: list[Result]) -> list[Failure]:
    known = {result.sent_as for result in before}
    new = [result for result in run.history if not result.is_picture and result.sent_as not in known]
    if stopped := sum(map(run.cancelled_by_you, new)):
        session.log.say(
            "{run}: {stopped:picture} cancelled by you; {command} sends it"
            if stopped == 1
            else "{run}: {stopped:picture} cancelled by you; {command} sends them",
            run=run.paths.name,
            stopped=stopped,
            command=run.paths.command,
        )
    most = run.catalog.providers
    return [
        Failure(
            run.paths.name,
            run.paths.command,
            line.prompt_id,
            line,
            held_as(line, most[line.provider].max_attempts(line.lane)) is None,
        )
        for line in new
        if not run.cancelled_by_you(line)
    ]


def _next(failures: list[Failure]) -> str:
    if not any(failure.again for failure in failures):
        return t("mend what the lines above name; everything else is safe on disk")
    commands = list(dict.fromkeys(failure.command for failure in failures))
    more = t(" (and {count:more run})", count=len(commands) - 1) if len(commands) > 1 else ""
    return t("{commands} sends them again{more}; everything else is safe on disk", commands=commands[0], more=more)
