"""The last word of `doit visual`: what there is, what failed and why, what to do next. One bad picture is data."""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..files import foreign
from ..inbox import events
from ..inbox.failures import Missed, news
from ..providers.plain_words import plain_reason
from ..requests.request import Request
from ..runs.asked_again import FAILED, Rule, held_as, rule_of
from ..runs.complete import undecided
from ..runs.results import Result
from ..runs.run import Run
from ..runs.todo import Todo
from ..text.errors import Stop
from ..text.redaction import visible
from ..text.sentences import later, t
from ..text.terminal import console, grid, packed
from ..text.wording import changed, dollars, few
from .large_files import note_large
from .session import Session


@dataclass(frozen=True)
class Failure:
    """A wanted picture that is not there, after at least one attempt. command: what goes on with its run."""

    run: str
    command: str
    prompt_id: str
    line: Result
    again: bool


def tell(session: Session, runs: list[Run], command: str, alone: bool = False) -> None:
    """Print the state of every run. Raises Stop (exit status 1) when a person is needed.

    command: what goes on. alone: no other command does, for each picture that did not come.
    """
    failures: list[Failure] = []
    stopped = 0
    for run in runs:
        todo = run.worklist
        stopped += len(_stopped(run, todo))
        _note_pointers(session, run, todo)
        note_large(session, run, todo.present)
        found = _failures(run, todo)
        failures += [replace(each, command=command) for each in found] if alone else found
        print(_summary(run, todo))  # noqa: T201 - the person reads it
        if todo.rewritten:
            print(_rewritten(run, todo))  # noqa: T201 - the person reads it
    if failures:
        table(failures)
    conclude(session, runs, failures, _next(command, failures, session.settings.limit))
    if stopped:
        raise Stop(
            t("{stopped:picture was|pictures were} cancelled by you", stopped=stopped),
            "{command} sends it; everything else is safe on disk"
            if stopped == 1
            else "{command} sends them; everything else is safe on disk",
            command=command,
        )


def conclude(session: Session, runs: Iterable[Run], failures: list[Failure], do: str) -> None:
    """Say the troubles, tell the inbox of failures and troubles, close what is over there; Stop when there was any."""
    for trouble in session.log.troubles:
        print(visible(f"{trouble.where}: {trouble.what}\n  -> {trouble.do}"), file=sys.stderr)  # noqa: T201
    note_failures(session, failures)
    session.log.close_settled(runs)
    session.log.tell_inbox()
    if failures or session.log.troubles:
        raise Stop(_count(failures, len(session.log.troubles)), do)


def note_failures(session: Session, failures: list[Failure]) -> None:
    """Tell the inbox of pictures that did not come: one entry a job and cause."""
    known = {entry.event.id for entry in events.read(session.paths)}
    alike = Counter((each.run, each.line.submission, each.line.reason) for each in failures)
    missed = [
        Missed(each.run, each.line, _later(each, alike[each.run, each.line.submission, each.line.reason] > 1))
        for each in failures
    ]
    for event in news(missed, known):
        session.log.note(event)


_AGAIN, _ALL_AGAIN = later("{command} sends it again"), later("{command} sends them again")
_BOUGHT = later("{change}; or buy it once more: {command} RETRY={kind}")
_ALL_BOUGHT = later("{change}; or buy them once more: {command} RETRY={kind}")
_SENT = later("{change}, then: {command}; or send it once more as it is: {command} RETRY={kind}")
_ALL_SENT = later("{change}, then: {command}; or send them once more as they are: {command} RETRY={kind}")


def _later(failure: Failure, several: bool = False) -> str:
    """What to do about a picture, or several that say the same, for someone who reads it tomorrow."""
    rule = _rule(failure)
    if failure.again:
        said = _ALL_AGAIN if several else _AGAIN
    elif rule.buys_again:
        said = _ALL_BOUGHT if several else _BOUGHT
    else:
        said = _ALL_SENT if several else _SENT
    return t(said, change=t(rule.change), command=failure.command, kind=rule.release)


def _summary(run: Run, todo: Todo) -> str:
    spent = sum(line.cost_usd for line in run.history)
    stay = _from_other_slots(run, todo)
    parts = [_present(run, todo, stay)]
    if yours := run.yours:
        parts.append(t("{yours} of them yours ({names})", yours=len(yours), names=few(yours)))
    if tidied := len(run.images.away):
        parts.append(t("{tidied} of them in the store only, tidied away", tidied=tidied))
    kept = undecided(run, todo)
    parts += [changed(kept.pictures, kept.about_usd)] if kept.pictures else []
    if todo.waiting:
        parts.append(t("{waiting} on their way (the same command collects them)", waiting=len(todo.waiting)))
    if unsent := sum(not run.lines.sent(each) and each.prompt_id not in stay for each in todo.send):
        parts.append(t("{unsent} not sent yet", unsent=unsent))
    if stopped := len(_stopped(run, todo)):
        parts.append(
            t("1 cancelled by you; the next run sends it")
            if stopped == 1
            else t("{stopped} cancelled by you; the next run sends them", stopped=stopped)
        )
    parts.append(t("spent {usd} so far", usd=dollars(spent)))
    return t("{run}: {parts}; {page}", run=run.paths.name, parts=t(", ").join(parts), page=run.paths.gallery)


def _rewritten(run: Run, todo: Todo) -> str:
    return t(
        "{run}: {count:picture was|pictures were} asked for in another way when made, by their rows or SLOT=: more "
        "than a fifth at once is not bought unasked\n  -> look at them: {look}; buy them: {command} RETRY=changed",
        run=run.paths.name,
        count=len(todo.rewritten),
        look=run.paths.plan_of_changed,
        command=run.paths.command,
    )


def _note_pointers(session: Session, run: Run, todo: Todo) -> None:
    """Pictures in whose place a pointer of Git LFS lies: they were made, and only were not fetched."""
    if todo.pointers:
        session.log.trouble(
            run.paths.name,
            "Git LFS has not fetched {count:picture} yet, so nothing is bought in its place: {names}"
            if len(todo.pointers) == 1
            else "Git LFS has not fetched {count:picture} yet, so nothing is bought in their place: {names}",
            "{pull}, then: {command}",
            None,
            count=len(todo.pointers),
            names=few([each.prompt_id for each in todo.pointers]),
            pull=foreign.pull(Path(os.path.commonpath([run.images.place(each) for each in todo.pointers]))),
            command=run.paths.command,
        )


def _present(run: Run, todo: Todo, stay: dict[str, str]) -> str:
    if not stay:
        return t("{there} of {wanted:picture}", there=len(todo.there), wanted=len(run.wanted))
    slots = dict.fromkeys(each.choice.slot or each.choice.model.key for each in run.wanted)
    return t(
        "{present} of {wanted} are from {slots}; {stay} stay",
        present=len(todo.present),
        wanted=len(run.wanted),
        slots=few(list(slots)),
        stay=", ".join(
            t("{count} from {slot}", count=count, slot=slot) for slot, count in Counter(stay.values()).items()
        ),
    )


def _from_other_slots(run: Run, todo: Todo) -> dict[str, str]:
    """By prompt id, the slot of the picture that lies there until the one of the wanted slot is made."""
    found = {}
    for request in (*todo.send, *(request for request, _ in todo.held)):
        line = run.lines.shown.get(request.prompt_id)
        if line and line.slot and line.slot != request.choice.slot and run.images.has_picture(line):
            found[request.prompt_id] = line.slot
    return found


def _stopped(run: Run, todo: Todo) -> list[Request]:
    """What the next command sends, since doit cancel stopped it."""
    return [each for each in todo.send if (line := run.lines.sent(each)) and run.cancelled_by_you(line)]


def _failures(run: Run, todo: Todo) -> list[Failure]:
    """What did not come, judged as the next command will, without the RETRY= of this one."""
    failed = [*todo.held, *((request, line) for request in todo.send if (line := run.lines.sent(request)))]
    failed = [(request, line) for request, line in failed if not run.cancelled_by_you(line)]
    order = {request.key: number for number, request in enumerate([*run.wanted, *run.beside])}
    failed.sort(key=lambda each: order[each[0].key])
    name, command = run.paths.name, run.paths.command
    return [
        Failure(name, command, request.prompt_id, line, held_as(line, run.most_attempts(request)) is None)
        for request, line in failed
    ]


def table(failures: list[Failure]) -> None:
    """Print one line for each job and cause, and below it, once for those that say the same, what it means.

    The run is named when there are several.
    """
    screen, several = console(), len({each.run for each in failures}) > 1
    screen.print(t("\nPictures that did not come"), style="italic")
    groups: dict[tuple[str, str | None, int, str, str], list[Failure]] = {}
    for each in failures:
        cause = (each.run, each.line.submission, each.line.attempt, each.line.reason, _step(each))
        groups.setdefault(cause, []).append(each)
    rows = [
        [run if several else "", _names(group), _attempts(group[0].line), group[0].line.reason]
        for (run, *_), group in groups.items()
    ]
    said: list[str] = []
    for each, line in zip((group[0] for group in groups.values()), grid(rows), strict=True):
        screen.print(line, overflow="fold")
        meaning = plain_reason(each.line.status, each.line.reason).rstrip(".。")
        before, said = said, packed([meaning, _quoted(each.line), _step(each)], screen.width - 2)
        for text in said if said != before else ():
            screen.print(f"  {text}", style="dim", overflow="fold")
    screen.print()


def _names(group: list[Failure]) -> str:
    return few([each.prompt_id for each in group])


def _attempts(line: Result) -> str:
    return t("{count:attempt}", count=line.attempt)


def _quoted(line: Result) -> str:
    """The provider's own words, when it said any."""
    return t("the provider says: {words}", words=line.words) if line.words else ""


def _step(failure: Failure) -> str:
    if failure.again:
        return t("the next run sends it again")
    rule = _rule(failure)
    change, word = t(rule.change), rule.release
    if rule.buys_again:
        return t("{change}, or RETRY={word} buys it again", change=change, word=word)
    return t("{change}, or RETRY={word}", change=change, word=word)


def _rule(failure: Failure) -> Rule:
    return rule_of(failure.line) or FAILED


def _count(failures: list[Failure], troubles: int) -> str:
    parts = [t("{count:picture} did not come", count=len(failures))] if failures else []
    parts += [t("{count:thing needs|things need} a look", count=troubles)] if troubles else []
    return t(" and ").join(parts)


def _next(command: str, failures: list[Failure], limit: int | None) -> str:
    """What goes on. limit: LIMIT=, which the command has as well."""
    again = min(sum(each.again for each in failures), limit or len(failures))
    if again:
        return t("{command} sends {again} of them again; everything else is safe on disk", command=command, again=again)
    return t("mend what the lines above name, then: {command}; everything else is safe on disk", command=command)
