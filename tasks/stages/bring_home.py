"""`doit collect`: whatever is finished anywhere comes home. Nothing is sent, nothing is waited for.

Paid results come first: a run whose prompts are gone or broken is collected all the same, its pictures into the store,
from where `doit visual` takes them once the prompts are right again.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..catalog.catalog import models_only
from ..errors import BadInput, Stop
from ..files import locks
from ..lanes.batch.poll import Poll
from ..lanes.immediate.lane import send_now
from ..lanes.immediate.settle import settle
from ..project.comparison_paths import ComparisonPaths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..prompts import comparison as compare_file
from ..runs.open_jobs import owing, usage_is_behind
from ..runs.results import Result
from ..runs.run import Run
from ..runs.todo import held_as
from ..session.outcome import Failure, conclude, table
from ..session.session import Session
from ..text.wording import counted
from ..views.pages import compare_index
from .gallery import write_galleries
from .restore import restore
from .usage import write_usage


def once(settings: Settings) -> Settings:
    """The settings of a command that looks once and neither waits nor sends."""
    return replace(settings, wait=0.0, slot=None, limit=None, retry=frozenset())


def gather(session: Session) -> None:
    """Collect every open job of the selection (CH=, RUN=, JOB=; all places without). Stop when a person is needed.

    With nothing open anywhere, nothing is said, read from the provider or written.
    """
    try:
        _ = session.catalog
    except BadInput as error:
        session.catalog = models_only(session.paths)
        session.trouble("configs", error.what, error.do)
    runs = opened(session, owing(session.paths, session.settings))
    bring_home(session, runs, Poll(session, runs, session.settings.job))


def opened(session: Session, paths: list[RunPaths]) -> list[Run]:
    """Those places that can be worked on now; the others are named and left alone."""
    runs = []
    for run_paths in paths:
        try:
            runs.append(session.rescue(run_paths))
        except Stop as stop:
            if stop.exit_code == 1:
                session.say(f"{run_paths.name}: {stop.what}; left to it")
            else:
                session.trouble(run_paths.name, f"its results cannot be taken in: {stop.what}", stop.do)
    return runs


def bring_home(session: Session, runs: list[Run], loop: Poll, wait: bool = False, expected: str = "") -> None:
    """Fetch, write what follows from it, and say what a person must look at.

    expected: how the reasons begin that a person asked for.
    """
    before = {run.paths.name: run.history for run in runs}
    for run in runs:
        for submission in run.manifest.sending():
            settle(run, submission, session.now())
    if any(run.manifest.sending() for run in runs):
        send_now(session, runs, [])
    if wait:
        loop.run()
    else:
        loop.look()
    for run in runs:
        if run.blind is None and (came := _to_the_store(run, before[run.paths.name])):
            restore(session, run, came)
    touched = [run for run in runs if run.history is not before[run.paths.name] or usage_is_behind(run.paths)]
    _follow_up(session, touched)
    failures = [each for run in touched for each in _failures(run, before[run.paths.name])]
    failures = [each for each in failures if not (expected and each.line["reason"].startswith(expected))]
    if failures:
        table(failures)
    conclude(session, failures, _next(failures))


def _to_the_store(run: Run, before: list[Result]) -> set[str]:
    """Digests of the pictures that came by now and went to the store only, for whatever prompt may want them."""
    had = {(line["submission"], line["key"]) for line in before if line["status"] == "ok"}
    new = (line for line in run.history if (line["submission"], line["key"]) not in had)
    return {line["digest"] for line in new if line["status"] == "ok" and not line["image"]}


def _follow_up(session: Session, runs: list[Run]) -> None:
    """usage.csv, the pages and the manifest's note on what is left, of every place that something came for."""
    write_usage(session, [run.paths for run in runs])
    for run in runs:
        if usage_is_behind(run.paths):
            run.paths.usage.touch()  # it says the same as before; the next command need not look again
    seeing = [run for run in runs if run.blind is None]
    for where in sorted({run.paths.folder.parent for run in seeing if isinstance(run.paths, ComparisonPaths)}):
        _write_index(session, where, {run.paths.name: run for run in seeing})
    for run in seeing:
        run.mark_complete()
    write_galleries(session, [run.paths for run in seeing if not isinstance(run.paths, ComparisonPaths)])
    for run in runs:
        if run.blind is not None:
            what = f"{run.blind}; what was paid for is safe in {run.store.root} and {run.paths.results}"
            session.trouble(run.paths.name, what, f"mend that, then: {run.paths.command}")


def _write_index(session: Session, where: Path, ours: Mapping[str, Run]) -> None:
    """The page over all slots of a comparison; left to the command that is at work on the comparison now."""
    comparison = compare_file.read(where)
    assert comparison  # its places could be read
    paths = [ComparisonPaths(where / slot) for slot in comparison.slots]
    try:
        held = locks.take(session.paths.lock(f"compare-{where.name}"), f"the comparison {where.name}")
        compare_index.write(where, [ours.get(run_paths.name) or session.read(run_paths) for run_paths in paths])
        held.release()
    except BadInput as error:
        session.trouble(f"compare-{where.name}", f"its page was not written: {error.what}", error.do)
    except Stop as stop:
        session.say(f"compare-{where.name}: {stop.what}; its page is left to it")


def _failures(run: Run, before: list[dict[str, object]]) -> list[Failure]:
    known = {(line["submission"], line["key"]) for line in before}
    new = [line for line in run.history if line["status"] != "ok" and (line["submission"], line["key"]) not in known]
    most = run.catalog.providers
    return [
        Failure(
            run.paths.name,
            run.paths.command,
            line["prompt_id"],
            line,
            held_as(line, most[line["provider"]].max_attempts(line["lane"])) is None,
        )
        for line in new
    ]


def _next(failures: list[Failure]) -> str:
    if not failures:
        return "mend what the lines above name; everything else is safe on disk"
    commands = list(dict.fromkeys(each.command for each in failures))
    again = sum(each.again for each in failures)
    if again:
        more = f" (and {counted(len(commands) - 1, 'more run')})" if len(commands) > 1 else ""
        return f"{commands[0]} sends them again{more}; everything else is safe on disk"
    return "mend what the lines above name; everything else is safe on disk"
