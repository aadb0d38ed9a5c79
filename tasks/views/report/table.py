"""The report on a terminal: a few sentences, then tables that fit 80 columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...providers.plain_words import plain_reason
from ...text.sentences import later, t
from ...text.terminal import console, wrapped
from ...text.wording import dollars, short_name
from . import words
from .figures import FigureLine, Figures, Report

if TYPE_CHECKING:
    from rich.table import Table

_MOST_ROWS = 12
_WIDE = 120  # columns


def tell(report: Report, page: str, rows: str) -> None:
    """Print it. page, rows: where the rest is."""
    screen = console()
    if report.selection.narrow and not report.total.requests + report.total.reused:
        screen.print(words.nothing(report))
        return
    for sentence in _sentences(report):
        screen.print("\n".join(wrapped(sentence, screen.width)))
    lanes = _table(t("Models"), (t("model"), t("lane")), screen.width)
    for line in report.model_lanes:
        lanes.add_row(short_name(line.name), line.lane, *_cells(line.figures, screen.width))
    screen.print(lanes)
    if report.reasons:
        screen.print(_failures(report))
    screen.print(_grouped(t("Channels"), t("channel"), report.channels, report.channels[:_MOST_ROWS], screen.width))
    screen.print(_grouped(t("Months"), t("month"), report.months, report.months[-_MOST_ROWS:], screen.width))
    screen.print(t("by day, with charts: {page}\nevery row: {rows}", page=page, rows=rows), soft_wrap=True)


def _sentences(report: Report) -> list[str]:
    total = report.total
    sentences = [
        words.headline(report),
        t("{where}: {what}", where=words.where(report), what=words.money(total)),
        words.tidied(total),
        words.saved(total),
        words.basis(total),
    ]
    more = (words.placeholders(total), words.undated(report), words.without(report))
    return [each for each in (*sentences, *more) if each]


def _table(title: str, names: Sequence[str], width: int) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, title=title, title_justify="left", padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold")
    numbers = [t("sent"), t("failed"), t("there"), t("cost"), t("each")]
    for name in numbers if width < _WIDE else [*numbers, t("saved"), t("reused"), t("cost of failures")]:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(figures: Figures, width: int) -> list[str]:
    failed = f"{figures.failed:,} ({figures.failed_share:.0%})" if figures.failed else "0"
    each = dollars(figures.each_usd) if figures.each_usd is not None else ""
    cells = [f"{figures.requests:,}", failed, f"{figures.kept:,}", dollars(figures.cost_usd), each]
    if width < _WIDE:
        return cells
    return [*cells, dollars(figures.saved_usd), f"{figures.reused:,}", dollars(figures.failed_usd)]


def _grouped(title: str, name: str, lines: Sequence[FigureLine], shown: Sequence[FigureLine], width: int) -> "Table":
    """One line a group; of many groups the first (dearest) ones, of months the last. name: of one."""
    if len(shown) < len(lines):
        said = later("{title} ({shown} of {all}; the page has all)")
        title = t(said, title=title, shown=len(shown), all=len(lines))
    table = _table(title, (name,), width)
    for line in shown:
        table.add_row(f"{line.name} {line.label}".strip(), *_cells(line.figures, width))
    return table


def _failures(report: Report) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, title=t("Failures"), title_justify="left", padding=(0, 1, 0, 0))
    table.add_column(t("times"), justify="right", overflow="fold")
    table.add_column(t("reason"), overflow="fold")
    table.add_column(t("what it means"), overflow="fold")
    table.add_column(t("cost"), justify="right", overflow="fold")
    for each in report.reasons[:_MOST_ROWS]:
        means = plain_reason(each.status, each.reason)
        table.add_row(f"{each.count:,}", each.reason, means, dollars(each.cost_usd))
    return table
