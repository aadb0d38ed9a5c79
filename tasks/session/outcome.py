"""The last word of `doit visual`: what there is, what failed and why, what to do next. One bad picture is data."""

import sys
from dataclasses import dataclass, replace

from ..errors import Stop
from ..inbox.notices import of_line
from ..providers.plain_words import plain_reason
from ..runs.asked_again import FAILED, Rule, rule_of
from ..runs.results import Result
from ..runs.run import Run
from ..runs.todo import Todo
from ..text.redaction import visible
from ..text.sentences import counted, t
from ..text.terminal import console, grid, packed
from ..text.wording import dollars
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
    for run in runs:
        todo = run.worklist
        found = _failures(run, todo)
        failures += [replace(each, command=command) for each in found] if alone else found
        print(_summary(run, todo))  # noqa: T201 - the person reads it
    if failures:
        table(failures)
    conclude(session, failures, _next(command, failures))


def conclude(session: Session, failures: list[Failure], do: str) -> None:
    """Say the troubles, tell the inbox of every failed attempt and trouble; Stop when there was any."""
    for trouble in session.log.troubles:
        print(visible(f"{trouble.where}: {trouble.what}\n  -> {trouble.do}"), file=sys.stderr)  # noqa: T201
    for each in failures:
        session.log.note(of_line(each.run, each.line, _later(each)))
    session.log.tell_inbox()
    if failures or session.log.troubles:
        raise Stop(_count(failures, len(session.log.troubles)), do)


def _later(failure: Failure) -> str:
    """What to do about one picture, for someone who reads it tomorrow."""
    if failure.again:
        return t("{command} sends it again", command=failure.command)
    rule = _rule(failure)
    if rule.buys_again:
        return t(
            "{change}; or buy it once more: {command} RETRY={kind}",
            change=rule.change,
            command=failure.command,
            kind=rule.release,
        )
    return t(
        "{change}, then: {command}; or send it once more as it is: {command} RETRY={kind}",
        change=rule.change,
        command=failure.command,
        kind=rule.release,
    )


def _summary(run: Run, todo: Todo) -> str:
    spent = sum(line.cost_usd for line in run.history)
    parts = [f"{len(todo.present)} of {counted(len(run.wanted), 'picture')}"]
    if todo.waiting:
        parts.append(f"{len(todo.waiting)} on their way (the same command collects them)")
    unsent = [request for request in todo.send if not run.sent(request)]
    if unsent:
        parts.append(f"{len(unsent)} not sent yet")
    parts.append(f"spent {dollars(spent)} so far")
    return f"{run.paths.name}: {', '.join(parts)}; {run.paths.gallery}"


def _failures(run: Run, todo: Todo) -> list[Failure]:
    failed = [(request, line, False) for request, line in todo.held]
    failed += [(request, line, True) for request in todo.send if (line := run.sent(request))]
    order = {request.key: number for number, request in enumerate(run.wanted)}
    failed.sort(key=lambda each: order[each[0].key])
    return [
        Failure(run.paths.name, run.paths.command, request.prompt_id, line, again) for request, line, again in failed
    ]


def table(failures: list[Failure]) -> None:
    """Print one line for each picture that did not come, and below it, once for those that say the same, what it means.

    The run is named when there are several.
    """
    screen, several = console(), len({each.run for each in failures}) > 1
    screen.print("\nPictures that did not come", style="italic")
    rows = [[each.run if several else "", each.prompt_id, _attempts(each.line), each.line.reason] for each in failures]
    said: list[str] = []
    for each, line in zip(failures, grid(rows), strict=True):
        screen.print(line, overflow="fold")
        meaning = plain_reason(each.line.status, each.line.reason).removesuffix(".")
        before, said = said, packed([meaning, _quoted(each.line), _step(each)], screen.width - 2)
        for text in said if said != before else ():
            screen.print(f"  {text}", style="dim", overflow="fold")
    screen.print()


def _attempts(line: Result) -> str:
    return f"{line.attempt} attempt{'s' if line.attempt != 1 else ''}"


def _quoted(line: Result) -> str:
    """The provider's own words, when it said any."""
    return t("the provider says: {words}", words=line.words) if line.words else ""


def _step(failure: Failure) -> str:
    if failure.again:
        return "the next run sends it again"
    rule = _rule(failure)
    return f"{rule.change}, or RETRY={rule.release}{' buys it again' if rule.buys_again else ''}"


def _rule(failure: Failure) -> Rule:
    return rule_of(failure.line) or FAILED


def _count(failures: list[Failure], troubles: int) -> str:
    parts = [f"{counted(len(failures), 'picture')} did not come"] if failures else []
    parts += [f"{counted(troubles, 'thing needs', 'things need')} a look"] if troubles else []
    return " and ".join(parts)


def _next(command: str, failures: list[Failure]) -> str:
    again = sum(each.again for each in failures)
    if again:
        return t("{command} sends {again} of them again; everything else is safe on disk", command=command, again=again)
    return t("mend what the lines above name, then: {command}; everything else is safe on disk", command=command)
