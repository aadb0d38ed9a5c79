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
from ..lanes.batch.poll import Loop
from ..lanes.immediate.lane import send_now
from ..lanes.immediate.settle import settle
from ..project.comparison_paths import ComparePlace
from ..project.run_paths import RunPlace
from ..project.settings import Settings
from ..prompts import comparison as compare_file
from ..runs.open_jobs import owing, usage_is_behind
from ..runs.results import Line
from ..runs.run import RunWork
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
        session.catalog = models_only(session.places)
        session.trouble("configs", error.what, error.do)
    works = opened(session, owing(session.places, session.settings))
    bring_home(session, works, Loop(session, works, session.settings.job))


def opened(session: Session, places: list[RunPlace]) -> list[RunWork]:
    """Those places that can be worked on now; the others are named and left alone."""
    works = []
    for place in places:
        try:
            works.append(session.rescue(place))
        except Stop as stop:
            if stop.exit_code == 1:
                session.say(f"{place.name}: {stop.what}; left to it")
            else:
                session.trouble(place.name, f"its results cannot be taken in: {stop.what}", stop.do)
    return works


def bring_home(session: Session, works: list[RunWork], loop: Loop, wait: bool = False, expected: str = "") -> None:
    """Fetch, write what follows from it, and say what a person must look at.

    expected: how the reasons begin that a person asked for.
    """
    before = {work.place.name: work.history for work in works}
    for work in works:
        for submission in work.manifest.sending():
            settle(work, submission, session.now())
    if any(work.manifest.sending() for work in works):
        send_now(session, works, [])
    if wait:
        loop.run()
    else:
        loop.look()
    for work in works:
        if work.blind is None and (came := _to_the_store(work, before[work.place.name])):
            restore(session, work, came)
    touched = [work for work in works if work.history is not before[work.place.name] or usage_is_behind(work.place)]
    _follow_up(session, touched)
    failures = [each for work in touched for each in _failures(work, before[work.place.name])]
    failures = [each for each in failures if not (expected and each.line["reason"].startswith(expected))]
    if failures:
        table(failures)
    conclude(session, failures, _next(failures))


def _to_the_store(work: RunWork, before: list[Line]) -> set[str]:
    """Digests of the pictures that came by now and went to the store only, for whatever prompt may want them."""
    had = {(line["submission"], line["key"]) for line in before if line["status"] == "ok"}
    new = (line for line in work.history if (line["submission"], line["key"]) not in had)
    return {line["digest"] for line in new if line["status"] == "ok" and not line["image"]}


def _follow_up(session: Session, works: list[RunWork]) -> None:
    """usage.csv, the pages and the manifest's note on what is left, of every place that something came for."""
    write_usage(session, [work.place for work in works])
    for work in works:
        if usage_is_behind(work.place):
            work.place.usage.touch()  # it says the same as before; the next command need not look again
    seeing = [work for work in works if work.blind is None]
    for where in sorted({work.place.folder.parent for work in seeing if isinstance(work.place, ComparePlace)}):
        _write_index(session, where, {work.place.name: work for work in seeing})
    for work in seeing:
        work.mark_complete()
    write_galleries(session, [work.place for work in seeing if not isinstance(work.place, ComparePlace)])
    for work in works:
        if work.blind is not None:
            what = f"{work.blind}; what was paid for is safe in {work.store.root} and {work.place.results}"
            session.trouble(work.place.name, what, f"mend that, then: {work.place.command}")


def _write_index(session: Session, where: Path, ours: Mapping[str, RunWork]) -> None:
    """The page over all slots of a comparison; left to the command that is at work on the comparison now."""
    comparison = compare_file.read(where)
    assert comparison  # its places could be read
    places = [ComparePlace(where / slot) for slot in comparison.slots]
    try:
        held = locks.take(session.places.lock(f"compare-{where.name}"), f"the comparison {where.name}")
        compare_index.write(where, [ours.get(place.name) or session.read(place) for place in places])
        held.release()
    except BadInput as error:
        session.trouble(f"compare-{where.name}", f"its page was not written: {error.what}", error.do)
    except Stop as stop:
        session.say(f"compare-{where.name}: {stop.what}; its page is left to it")


def _failures(work: RunWork, before: list[dict[str, object]]) -> list[Failure]:
    known = {(line["submission"], line["key"]) for line in before}
    new = [line for line in work.history if line["status"] != "ok" and (line["submission"], line["key"]) not in known]
    most = work.catalog.providers
    return [
        Failure(
            work.place.name,
            work.place.command,
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
