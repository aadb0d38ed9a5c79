"""`doit report`: every usage.csv -> reports/usage.csv, reports/usage.html, and a table or data to read.

A report of some rows has a page of its own, usage-narrowed.html: usage.html is always the whole.
"""

from pathlib import Path

import orjson

from ..catalog.catalog import load_catalog
from ..files import atomic, locks, regular
from ..project.paths import Paths
from ..project.settings import Settings
from ..views.report import all_usage, report, table
from ..views.report import page as report_page
from ..views.report.all_usage import Joined
from ..views.report.figures import Report, Scope, as_data


def run(paths: Paths, settings: Settings) -> None:
    """Add up all usage; says so when there is none. Nothing is written when any usage.csv is broken."""
    sources = all_usage.sources(paths)
    if not sources:
        print("no usage.csv under workspaces/ yet; pictures first: doit visual CH=<channel>")  # noqa: T201
        return
    lock = locks.take(paths.lock("reports"), "the report")
    rows = paths.reports / "usage.csv"
    part = rows.with_name(f".{rows.name}{atomic.PART}")
    paths.reports.mkdir(parents=True, exist_ok=True)
    try:
        with regular.created(part) as stream:
            joined = all_usage.join(sources, stream)
        made = _figures(paths, settings, part, joined)
        atomic.place_if_new(part, rows)
    finally:
        part.unlink(missing_ok=True)
    page = paths.reports / ("usage-narrowed.html" if made.selection.narrow else "usage.html")
    atomic.write_if_new(page, report_page.render(made))
    lock.release()
    _tell(made, settings, page, rows)


def _figures(paths: Paths, settings: Settings, part: Path, joined: Joined) -> Report:
    catalog = load_catalog(paths)
    channel = None if settings.channel == "ALL" else settings.channel
    run = f"{settings.channel}-{settings.run}" if settings.run else None
    names = {code: preset.name for code, preset in catalog.presets.items()}
    selection = Scope(channel, run, settings.since, settings.until)
    return report.report(part, joined, catalog.models.values(), names, selection)


def _tell(made: Report, settings: Settings, page: Path, rows: Path) -> None:
    if settings.format == "json":
        how = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS
        print(orjson.dumps(made, as_data, how).decode())  # noqa: T201 - another program reads it
        return
    table.tell(made, str(page), str(rows))
