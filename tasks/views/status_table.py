"""`doit status` on a terminal: a line a job and a dim one below it, totals, and what to do. Fits 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..runs.summary import Summary, together
from ..session.job_view import View
from ..text.redaction import visible
from ..text.sentences import later, t
from ..text.terminal import console, grid, short
from ..text.wording import changed, dollars
from .status import MOST_COMMANDS, StatusView, totals

if TYPE_CHECKING:
    from rich.console import Console

HINT = later("make pictures: doit visual CH=<channel>; all commands: doit list")
WIDE = 120  # columns from which model and lane stand in a job's own line


def show(status: StatusView) -> None:
    """Print it."""
    screen = console()
    if status.rows:
        _jobs(screen, status)
    elif status.found.unreadable:
        screen.print(t("no job is on its way in the manifests that can be read"))
    else:
        screen.print(t("no job is on its way, and nothing waits to be fetched"))
    for each in status.found.unreadable:
        screen.print(t("cannot be read: {file}", file=each.paths.manifest), style="red", soft_wrap=True)
    for note in dict.fromkeys(status.notes):
        screen.print(note, style="yellow", soft_wrap=True)
    screen.print(_runs(status), soft_wrap=True)
    if status.thumbnails:
        screen.print(
            _counts(status.thumbnails, later("{count:channel's thumbnails|channels' thumbnails}")), soft_wrap=True
        )
    _commands(screen, status)


def _jobs(console: "Console", status: StatusView) -> None:
    from rich.text import Text

    wide = console.width >= WIDE
    counts = [t("done"), t("failed"), t("pending"), t("age")]
    names = [t("run"), t("state"), *counts, t("about")]
    if wide:
        names = [t("run"), t("slot"), t("model"), t("lane"), t("state"), *counts, t("ends"), t("about")]
    numbers = {place for place, name in enumerate(names) if name in (*counts, t("about"))}
    lines = grid([names, *(_cells(row, wide) for row in status.rows)], numbers)
    console.print(lines[0], style="dim")
    for line, row in zip(lines[1:], status.rows, strict=True):
        console.print(line, style="bold red" if row.clocks.concerns else "", no_wrap=True, overflow="ellipsis")
        for text in _details(row, wide):
            console.print(Text(f"  {visible(text)}", style="dim"), overflow="fold")
    sums = totals(status.rows)
    warned = t("; {warnings} need a look (red)", warnings=sums["warnings"]) if sums["warnings"] else ""
    said = t(
        "{jobs:job}, {requests:picture}: {done} done, {failed} failed, {pending} pending; about {usd}{warned}",
        usd=dollars(sums["estimate_usd"]),
        warned=warned,
        **{name: sums[name] for name in ("jobs", "requests", "done", "failed", "pending")},
    )
    console.print(said, style="bold")
    if status.as_of:
        console.print(status.as_of, soft_wrap=True)


def _cells(row: View, wide: bool) -> list[str]:
    each = row.submission
    counts = [str(row.done), str(row.failed), str(row.pending), _age(row.clocks.age)]
    name, about = short(row.job.paths.name, 34 if wide else 20), dollars(each.estimate_usd)
    if wide:
        return [name, each.slot or "", each.model_key, str(each.lane), row.state, *counts, row.ends, about]
    return [name, row.state, *counts, about]


def _details(row: View, wide: bool) -> list[str]:
    each = row.submission
    job = each.job or each.display_name
    model = f"{each.slot} = {each.model_key}" if each.slot else each.model_key
    concerns = [row.awaited] if row.awaited else []
    concerns += [f"{', '.join(map(t, row.clocks.concerns))}: {row.do}"] if row.clocks.concerns else []
    if wide:
        return [job, *concerns]
    return [", ".join(filter(None, (model, str(each.lane), row.ends))), job, *concerns]


def _age(hours: float) -> str:
    if hours < 2:
        return t("{count} min", count=round(hours * 60))
    return t("{count} h", count=round(hours)) if hours < 72 else t("{count} d", count=round(hours / 24))


def _runs(status: StatusView) -> str:
    """The runs in one line, however many there are."""
    if status.elsewhere:
        return t("no run of that name has prompts: {elsewhere}", elsewhere=status.elsewhere)
    if not status.runs:
        return t("no runs with prompts under workspaces/video/runs yet")
    return _counts(status.runs, later("{count:run}"))


def _counts(glances: Sequence[Summary], what: str) -> str:
    owed, failed = sum(each.owed for each in glances), sum(each.failed for each in glances)
    pictures = sum(each.pictures for each in glances)
    parts = [t(what, count=len(glances)), t("{pictures:picture} there", pictures=pictures)]
    parts += [t("{failed:,} failed", failed=failed)] if failed else []
    kept = together(each.kept for each in glances)
    parts += [changed(kept.pictures, kept.about_usd)] if kept.pictures else []
    if owed:
        parts += [
            t("{finished:,} finished", finished=len(glances) - owed),
            t("{owed:,} with something to do", owed=owed),
        ]
    else:
        parts.append(t("nothing left to do"))
    return t(", ").join(parts)


def _commands(console: "Console", status: StatusView) -> None:
    commands = status.commands
    for command in commands[:MOST_COMMANDS]:
        console.print(f"  {command}", style="green", soft_wrap=True)
    if len(commands) > MOST_COMMANDS:
        more = len(commands) - MOST_COMMANDS
        console.print(t("  and {more} more: doit status FORMAT=json lists them", more=more), style="dim")
    if not commands:
        console.print(t(HINT), style="dim", soft_wrap=True)
