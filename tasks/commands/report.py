"""`doit report`: every usage.csv -> reports/usage.csv, reports/usage.html, and a table or data to read.

A report of some rows has a page of its own, usage-narrowed.html: usage.html is always the whole.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from ..catalog.catalog import load_catalog
from ..files import atomic, locks, regular
from ..files.problem import short
from ..project.paths import Paths
from ..project.settings import Settings
from ..runs import glimpse
from ..text.errors import Stop
from ..text.sentences import t
from ..views.report import all_usage, remembered, report, table
from ..views.report import page as report_page
from ..views.report.all_usage import Joined, Source
from ..views.report.figures import Report, Scope, as_data
from ..views.report.usage_db import WrongRows


def run(paths: Paths, settings: Settings) -> None:
    """Add up all usage; says so when there is none. Raises Stop at the end when rows of some place are missing."""
    usage = paths.in_work_folders("usage.csv")
    if not usage:
        print(t("no usage.csv under workspaces/ yet; pictures first: doit visual CH=<channel>"))  # noqa: T201
        return
    scope = _scope(settings)
    rows, page = paths.reports / "usage.csv", paths.reports / ("usage-narrowed.html" if scope.narrow else "usage.html")
    made_of = remembered.mark(paths, usage, scope)
    if known := remembered.report(paths, made_of, scope, (rows, page)):
        _tell(known, settings, page, rows)
        return
    lock = locks.take(paths.lock("reports"), t("the report"))
    part = rows.with_name(f".{rows.name}{atomic.PART}")
    paths.reports.mkdir(parents=True, exist_ok=True)
    try:
        made, joined = _made(paths, scope, part, all_usage.sources(paths))
        atomic.place_if_new(part, rows)
    finally:
        part.unlink(missing_ok=True)
    atomic.write_if_new(page, report_page.render(made))
    if not (joined.mended or joined.left_out):
        remembered.keep(paths, made_of, made, (rows, page))
    lock.release()
    _tell(made, settings, page, rows)
    _tell_of(joined)


def _made(paths: Paths, scope: Scope, part: Path, sources: Sequence[Source]) -> tuple[Report, Joined]:
    """The report, and of which files; those that turn out to be wrong are made anew from their results."""
    damaged = frozenset[Source]()
    while True:
        with regular.created(part) as stream:
            joined = all_usage.join(sources, stream, damaged)
        try:
            return _figures(paths, scope, part, joined), joined
        except WrongRows as error:
            if error.sources <= damaged:
                raise
            damaged |= error.sources


def _tell_of(joined: Joined) -> None:
    """Whose rows are not those of its usage.csv, and whose are missing. Raises Stop for these."""
    for source in joined.mended:
        print(  # noqa: T201 - the person reads it
            t(
                "{path} is damaged: its rows were made anew from {results}; {do}",
                path=short(source.path),
                results=source.place.results.name,
                do=all_usage.again(source),
            ),
            file=sys.stderr,
        )
    for source, stop in joined.left_out.items():
        print(t("{run}: {stop}", run=source.run, stop=stop), file=sys.stderr)  # noqa: T201 - the person reads it
    if joined.left_out:
        raise Stop(
            "the report is without {places:place}, named above",
            "mend what the lines above name, then the same command again",
            places=len(joined.left_out),
        )


def _scope(settings: Settings) -> Scope:
    channel = None if settings.channel == "ALL" else settings.channel
    run = f"{settings.channel}-{settings.run}" if settings.run else None
    return Scope(channel, run, settings.since, settings.until)


def _figures(paths: Paths, scope: Scope, part: Path, joined: Joined) -> Report:
    catalog = load_catalog(paths)
    names = {code: preset.name for code, preset in catalog.presets.items()}
    runs = [source.place for source in joined.sources if source.path.parent.parent == paths.runs]
    tidied = [(run.name, image) for run in runs for image in glimpse.away(run)]
    return report.report(part, joined, catalog.models.values(), names, scope, tidied)


def _tell(made: Report, settings: Settings, page: Path, rows: Path) -> None:
    if settings.format == "json":
        how = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS
        print(orjson.dumps(made, as_data, how).decode())  # noqa: T201 - another program reads it
        return
    table.tell(made, str(page), str(rows))
