"""What was made, with which models, how often it failed and what it cost: questions in SQL to the joined usage rows.

Days are UTC, amounts US dollars. A row is a request and attempt, or a picture that came from the store (`reused`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...catalog.model import Model
from ...providers.answer import Status
from .all_usage import Joined
from .figures import FigureLine, Figures, Reason, Report, Scope
from .usage_db import connect, load

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def report(
    file: Path,
    joined: Joined,
    models: Iterable[Model],
    channels: Mapping[str, str],
    selection: Scope,
    tidied: Collection[tuple[str, str]] = (),
) -> Report:
    """The figures of the joined usage rows in `file`. channels: what people call them, by code. tidied: as of `load`.

    Raises WrongRows, which names every row that cannot be right by the file it came from.
    """
    listed = list(models)
    with connect() as engine:
        load(engine, file, joined, listed, tidied)
        known = tuple(line.name for line in _lines(engine, "channel as name", "name"))
        undated = _select(engine, selection)
        names = {model.name: model.label for model in listed}
        runs, thumbnails, compared, newest = _one(engine, _PLACES)
        return Report(
            selection=selection,
            newest=f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "",
            runs=runs,
            undated=undated,
            total=_lines(engine, "'' as name")[0].figures,
            models=_labelled(_lines(engine, "model_name as name"), names),
            model_lanes=_labelled(_lines(engine, "model_name as name, lane"), names),
            lanes=_lines(engine, "lane::varchar as name"),
            channels=_labelled(_lines(engine, "channel as name"), channels),
            days=_lines(engine, "day::varchar as name", "name"),
            day_lanes=_lines(engine, "day::varchar as name, lane", "name, lane"),
            months=_lines(engine, "strftime(day, '%Y-%m') as name", "name"),
            bases=_lines(engine, "cost_basis::varchar as name"),
            reasons=tuple(_reasons(engine)),
            thumbnails=thumbnails,
            comparisons=_comparisons(joined, set(compared)),
            known=known,
            without=tuple(source.run for source in joined.left_out),
        )


def _comparisons(joined: Joined, runs: set[str]) -> int:
    """How many comparisons those are: each has a place for every slot, in one folder."""
    return len({source.path.parent.parent for source in joined.sources if source.run in runs})


def _select(engine: "DuckDBPyConnection", selection: Scope) -> int:
    """Drop the rows that do not count; the number of rows without a day among the others or among those dropped."""
    for column, value in (("channel", selection.channel), ("run", selection.run)):
        if value:
            engine.execute(f"delete from usage where {column} <> ?", [value])  # noqa: S608 - two names of ours
    undated = _one(engine, "select count(*) from usage where day is null")[0]
    engine.execute("delete from usage where ? and day is null", [bool(selection.since or selection.until)])
    engine.execute("delete from usage where day < ?", [selection.since or date.min])
    engine.execute("delete from usage where day > ?", [selection.until or date.max])
    return int(undated)


_PLACES = """
select count(distinct run) filter (task = 'visual_image_gen'),
count(distinct run) filter (task = 'thumbnail_image_gen'),
coalesce(list(distinct run) filter (task = 'compare'), []),
max(ended) from usage
"""
_FIGURES = """
count(*) filter (cost_basis <> 'reused') as requests,
count(*) filter (cost_basis <> 'reused' and status = 'ok') as pictures,
count(*) filter (status <> 'ok') as failed,
count(*) filter (cost_basis = 'reused') as reused,
count(*) filter (kept) as kept,
count(*) filter (kept and provider = 'emulator') as placeholders,
count(distinct (run, prompt_id)) filter (unmade) as unmade,
coalesce(sum(cost_usd), 0)::double as cost_usd,
coalesce(sum(cost_usd) filter (cost_basis = 'measured'), 0)::double as measured_usd,
coalesce(sum(cost_usd) filter (cost_basis = 'estimated'), 0)::double as estimated_usd,
coalesce(sum(cost_usd) filter (status <> 'ok'), 0)::double as failed_usd,
round(coalesce(sum(immediate_usd - cost_usd) filter (lane = 'batch'), 0), 6)::double as saved_usd,
count(*) filter (immediate_usd is null) as unsaid,
coalesce(sum(cost_usd) filter (immediate_usd is null), 0)::double as unsaid_usd,
count(*) filter (kept and (run, image) in (select (run, image) from tidied)) as tidied
"""


def _lines(
    engine: "DuckDBPyConnection", groups: str, order: str = "cost_usd desc, requests desc, name"
) -> tuple[FigureLine, ...]:
    """One line for every value of `groups` ("… as name", perhaps ", lane"); rows without a value are left out."""
    split = groups.endswith("lane")
    keys = "name, lane" if split else "name"
    found = engine.execute(
        f"select {keys}, {_FIGURES} from (select *, {groups.removesuffix(', lane')} from usage)"  # noqa: S608
        f" where name is not null group by {keys} order by {order}"
    )
    lines = [
        FigureLine(name=row[0], lane=row[1] if split else "", figures=Figures(*row[1 + split :]))
        for row in found.fetchall()
    ]
    return tuple(lines) or ((FigureLine("", Figures()),) if groups.startswith("''") else ())


def _labelled(lines: Iterable[FigureLine], names: Mapping[str, str]) -> tuple[FigureLine, ...]:
    return tuple(replace(line, label=names.get(line.name, "")) for line in lines)


def _reasons(engine: "DuckDBPyConnection") -> Iterator[Reason]:
    found = engine.execute(
        "select status, reason, sum(count)::bigint, sum(cost)::double,"
        " list((model_name, count) order by count desc, model_name) from ("
        # What stands after a colon is detail: two broken pictures are one reason.
        "select status::varchar as status, split_part(reason, ':', 1) as reason, model_name, count(*) as count,"
        " sum(cost_usd) as cost from usage where status <> 'ok' group by all"
        ") group by all order by 3 desc, 1, 2"
    )
    for status, reason, count, cost, models in found.fetchall():
        yield Reason(Status(status), reason, count, cost, tuple((name, number) for name, number in models))


def _one(engine: "DuckDBPyConnection", question: str) -> tuple[Any, ...]:
    row = engine.execute(question).fetchone()
    assert row
    return row
