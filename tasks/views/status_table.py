"""`doit status` on a terminal: a line a job and a dim one below it, totals, and what to do. Fits 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..runs.job_view import View
from ..runs.summary import Summary, together
from ..text.redaction import visible
from ..text.sentences import counted, later, t
from ..text.terminal import console, grid, short
from ..text.wording import changed, dollars
from .status import MOST_COMMANDS, StatusView, totals

if TYPE_CHECKING:
    from rich.console import Console

HINT = later("make pictures: doit visual CH=<channel>; all commands: doit list")
WIDE = 120  # columns from which model and lane stand in a job's own line
NUMBERS = frozenset({"done", "failed", "pending", "age", "about"})


def show(status: StatusView) -> None:
    """Print it."""
    screen = console()
    if status.rows:
        _jobs(screen, status)
    elif status.found.unreadable:
        screen.print("no job is on its way in the manifests that can be read")
    else:
        screen.print("no job is on its way, and nothing waits to be fetched")
    for each in status.found.unreadable:
        screen.print(f"cannot be read: {each.paths.manifest}", style="red", soft_wrap=True)
    for note in dict.fromkeys(status.notes):
        screen.print(note, style="yellow", soft_wrap=True)
    screen.print(_runs(status), soft_wrap=True)
    if status.thumbnails:
        screen.print(_counts(status.thumbnails, "channel's thumbnails", "channels' thumbnails"), soft_wrap=True)
    _commands(screen, status)


def _jobs(console: "Console", status: StatusView) -> None:
    from rich.text import Text

    wide = console.width >= WIDE
    counts = ["done", "failed", "pending", "age"]
    names = ["run", "state", *counts, "about"]
    if wide:
        names = ["run", "slot", "model", "lane", "state", *counts, "ends", "about"]
    numbers = {paths for paths, name in enumerate(names) if name in NUMBERS}
    lines = grid([names, *(_cells(row, wide) for row in status.rows)], numbers)
    console.print(lines[0], style="dim")
    for line, row in zip(lines[1:], status.rows, strict=True):
        console.print(line, style="bold red" if row.clocks.concerns else "", no_wrap=True, overflow="ellipsis")
        for text in _details(row, wide):
            console.print(Text(f"  {visible(text)}", style="dim"), overflow="fold")
    sums = totals(status.rows)
    warned = f"; {sums['warnings']} need a look (red)" if sums["warnings"] else ""
    count = f"{counted(sums['jobs'], 'job')}, {counted(sums['requests'], 'picture')}"
    parts = f"{sums['done']} done, {sums['failed']} failed, {sums['pending']} pending"
    console.print(f"{count}: {parts}; about {dollars(sums['estimate_usd'])}{warned}", style="bold")
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
    concerns += [f"{', '.join(row.clocks.concerns)}: {row.do}"] if row.clocks.concerns else []
    if wide:
        return [job, *concerns]
    return [", ".join(filter(None, (model, str(each.lane), row.ends))), job, *concerns]


def _age(hours: float) -> str:
    if hours < 2:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"


def _runs(status: StatusView) -> str:
    """The runs in one line, however many there are."""
    if status.elsewhere:
        return t("no run of that name has prompts: {elsewhere}", elsewhere=status.elsewhere)
    if not status.runs:
        return "no runs with prompts under workspaces/video/runs yet"
    return _counts(status.runs, "run")


def _counts(glances: Sequence[Summary], one: str, several: str = "") -> str:
    owed, failed = sum(each.owed for each in glances), sum(each.failed for each in glances)
    parts = [counted(len(glances), one, several), f"{counted(sum(each.pictures for each in glances), 'picture')} there"]
    parts += [f"{failed:,} failed"] if failed else []
    kept = together(each.kept for each in glances)
    parts += [changed(kept.pictures, kept.about_usd)] if kept.pictures else []
    parts += [f"{len(glances) - owed:,} finished", f"{owed:,} with something to do"] if owed else ["nothing left to do"]
    return ", ".join(parts)


def _commands(console: "Console", status: StatusView) -> None:
    commands = status.commands
    for command in commands[:MOST_COMMANDS]:
        console.print(f"  {command}", style="green", soft_wrap=True)
    if len(commands) > MOST_COMMANDS:
        more = len(commands) - MOST_COMMANDS
        console.print(t("  and {more} more: doit status FORMAT=json lists them", more=more), style="dim")
    if not commands:
        console.print(t(HINT), style="dim", soft_wrap=True)
