"""`doit inbox`: take in, tick, list."""

import contextlib

import orjson
from rich import box
from rich.table import Table
from rich.text import Text

from ..inbox import events, inbox
from ..inbox.delivery import deliver
from ..inbox.events import InboxEntry
from ..project.all_paths import all_paths
from ..project.paths import Paths
from ..project.settings import Settings
from ..text import clock
from ..text.errors import Stop
from ..text.sentences import t
from ..text.terminal import console


def run(paths: Paths, settings: Settings) -> None:
    """List what is open, after ticking DONE= and taking in what people wrote in Slack (SYNC=1)."""
    if settings.sync:
        _sync(paths, quiet=settings.format is not None)
    ticked = inbox.meant(paths, settings.done)
    inbox.close(paths, _over(paths))
    pending = [entry for entry in inbox.refresh(paths, ticked) if not entry.done]
    if settings.format == "json":
        _json(pending)
    else:
        _table(pending, len(ticked), str(inbox.path(paths)))
    deliver(paths)


def _over(paths: Paths) -> set[str]:
    """Keys of open entries whose pictures are there by now; a run that cannot be read keeps its own."""
    pending = [entry for entry in events.read(paths) if not entry.done]
    names = {entry.event.subject.partition(" ")[0] for entry in pending}
    found = [run_paths for run_paths in all_paths(paths) if run_paths.name in names]
    if not found:
        return set()
    from ..inbox.failures import over
    from ..session.session import Session

    session, keys = Session(paths, Settings()), set[str]()
    for run_paths in found:
        with contextlib.suppress(Stop):
            keys |= over(session.runs.read(run_paths), pending, ())
    return keys


def _sync(paths: Paths, quiet: bool) -> None:
    from ..inbox.slack_api import connect
    from ..inbox.slack_notes import sync

    fresh = sync(paths, *connect())
    if not quiet:
        print(t("from Slack: {fresh} new", fresh=len(fresh)) if fresh else t("from Slack: nothing new"))  # noqa: T201


def _json(entries: list[InboxEntry]) -> None:
    listed = [
        {"key": each.id, "at": each.at, "kind": each.kind, "subject": each.subject, "text": each.text, "do": each.do}
        | {"src": each.src or "doit"}
        for each in (entry.event for entry in entries)
    ]
    print(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - another program reads it


def _table(entries: list[InboxEntry], ticked: int, where: str) -> None:
    """Oldest first, so that the newest stand just above the prompt."""
    screen = console()
    table = Table(box=box.SIMPLE, show_header=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # Japanese has no spaces to break a line at, and nothing may be cut off
    shown = sorted((entry.event.told() for entry in entries), key=lambda event: event.at)
    for each in shown:
        lines = Text.assemble(
            (f"{t(each.kind)} {each.subject}".strip(), "bold"),
            (f"  {clock.minute(each.at)}{t('  from Slack') if each.src else ''}\n", "dim"),
            each.text,
        )
        table.add_row(each.id, lines.append(f"\n-> {each.do}" if each.do else ""))
    if ticked:
        screen.print(t("ticked: {ticked}", ticked=ticked))
    if shown:
        screen.print(table)
        screen.print(
            t("{open} open. Done with one: doit inbox DONE={id}", open=len(shown), id=shown[-1].id), soft_wrap=True
        )
        screen.print(t("(or an x between its brackets in {file})", file=where), soft_wrap=True)
    else:
        screen.print(t("inbox: nothing open"))
