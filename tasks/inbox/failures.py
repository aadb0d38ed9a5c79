"""Pictures that did not come, as entries of the inbox: one for each job and cause, closed when its pictures are there.

The files decide what is over, so whatever command brought the pictures, the next one that looks closes the entry.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..runs.results import Result, latest
from ..runs.run import Run
from ..text.sentences import english, t
from ..text.wording import few
from .events import EXPIRING, OVER_BUDGET, STUCK, Event, InboxEntry
from .notices import kind_of, meaning_of, of_line

_Cause = tuple[str, str | None, str]
"""Kind, submission and reason: what makes several failures of a run one."""


@dataclass(frozen=True)
class Missed:
    """A picture of a run that did not come. do: what to do about it."""

    run: str
    line: Result
    do: str


def news(missed: Sequence[Missed], known: Collection[str]) -> list[Event]:
    """An event for each job and cause. known: keys on record; what was told already, also picture by picture, is not.

    A single picture is told as one.
    """
    groups: dict[tuple[str, _Cause], list[Missed]] = {}
    for each in missed:
        groups.setdefault((each.run, _cause(each.line)), []).append(each)
    told = []
    for (run, cause), group in groups.items():
        fresh = [each for each in group if of_line(run, each.line, "").id not in known]
        if not fresh or _of_cause(run, cause).id in known:
            continue
        told.append(of_line(run, fresh[0].line, fresh[0].do) if len(fresh) == 1 else _of_group(run, cause, fresh))
    return told


def over(run: Run, open_entries: Sequence[InboxEntry], told: Collection[str]) -> set[str]:
    """Keys of the open entries about a run that its files settle. told: those of this very command, which stay.

    A failure is settled when the picture is there, however it came, when a later failure took its place, and when it
    is not wanted any more; what else was said of the run, when nothing is left to do for it.
    """
    about = [each.event for each in open_entries if each.event.subject.partition(" ")[0] == run.paths.name]
    if not about or run.blind is not None:
        return set()
    todo = run.worklist
    there, wanted = {each.prompt_id for each in todo.there}, {each.prompt_id for each in run.wanted}
    last, states = latest(run.history), dict[str, bool]()
    for line in run.history:
        if line.failure is not None:
            name = line.prompt_id
            is_over = name in there or name not in wanted or last[name] is not line
            for event in (of_line(run.paths.name, line, ""), _of_cause(run.paths.name, _cause(line))):
                states[event.id] = states.get(event.id, True) and is_over
    if there == wanted and not run.manifest.open():
        states |= {each.id: True for each in about if each.kind in (STUCK, EXPIRING, OVER_BUDGET)}
    return {each.id for each in about if states.get(each.id)} - set(told)


def _cause(line: Result) -> _Cause:
    return kind_of(line), line.submission, line.reason


def _of_cause(run: str, cause: _Cause, text: str = "", do: str = "") -> Event:
    kind, submission, reason = cause
    return Event(kind, run, text, do, f"{submission or ''} {english(reason)}")


def _of_group(run: str, cause: _Cause, group: Sequence[Missed]) -> Event:
    line = group[0].line
    text = t(
        "{pictures:picture} did not come ({names}): {reason}: {meaning}",
        pictures=len(group),
        names=few([each.line.prompt_id for each in group]),
        reason=line.reason,
        meaning=meaning_of(line),
    )
    return _of_cause(run, cause, text, group[0].do)
