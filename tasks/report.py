"""What was made, with which models, how often it failed and what it cost: questions in SQL to the joined usage rows.

Days are UTC, amounts US dollars. A row is a request and attempt, or a picture that came from the store (`reused`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.all_usage import COLUMNS, Joined, again
from tasks.model import Model
from tasks.problem import Problem, bad_input

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TYPES = dict.fromkeys(COLUMNS, "VARCHAR") | {
    "attempt": "INTEGER",
    "lane": "ENUM('batch', 'immediate')",
    "status": "ENUM('ok', 'blocked', 'empty', 'error')",
    "input_tokens": "BIGINT",
    "image_tokens": "BIGINT",
    "text_tokens": "BIGINT",
    "thinking_tokens": "BIGINT",
    "cost_usd": "DECIMAL(18, 6)",
    "cost_basis": "ENUM('measured', 'estimated', 'reused', 'none')",
    "submitted_at": "TIMESTAMP",
    "finished_at": "TIMESTAMP",
}
_NEVER_EMPTY = ["run", "prompt_id", "model_name", "lane", "status", "cost_usd", "cost_basis"]
_MOST_MISTAKES = 20


@dataclass(frozen=True)
class Selection:
    """Which rows count. Days are inclusive; None: every one. run: a run's whole name, CH01-251."""

    channel: str | None = None
    run: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Figures:
    """One line of any table.

    requests: sent, every attempt; pictures: those that came of them; failed: those that did not bring one.
    reused: taken from the store instead of sent. kept: pictures that are there, a retaken one counted once.
    placeholders: those among the kept that the offline emulator drew. unmade: prompts that never got a picture.
    measured_usd, estimated_usd: cost_usd by its basis; failed_usd: its part that brought no picture.
    saved_usd: what the same tokens cost more at the immediate price. unsaid, unsaid_usd: batch requests with a cost,
    and that cost, for which this cannot be said: no such price in the catalogue, or the price changed since.
    """

    requests: int = 0
    pictures: int = 0
    failed: int = 0
    reused: int = 0
    kept: int = 0
    placeholders: int = 0
    unmade: int = 0
    cost_usd: float = 0.0
    measured_usd: float = 0.0
    estimated_usd: float = 0.0
    failed_usd: float = 0.0
    saved_usd: float = 0.0
    unsaid: int = 0
    unsaid_usd: float = 0.0

    @property
    def each_usd(self) -> float | None:
        """All cost, failed and retaken included, for every picture that is there; None when none was bought."""
        bought = self.kept - self.placeholders
        return self.cost_usd / bought if bought else None

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0

    @property
    def saved_share(self) -> float:
        """Part of the immediate price that was not paid, over what can be said."""
        whole = self.cost_usd - self.unsaid_usd + self.saved_usd
        return self.saved_usd / whole if whole > 0 else 0.0


@dataclass(frozen=True)
class Line:
    """One group: its name, the lane where groups are split by lane, and what people call it."""

    name: str
    figures: Figures
    lane: str = ""
    label: str = ""


@dataclass(frozen=True)
class Reason:
    """Failures that say the same. models: how many of them by model name, most first."""

    status: str
    reason: str
    count: int
    cost_usd: float
    models: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Report:
    """Everything the table, the page and the data say. newest: end of the newest job, "2026-11-23 08:15 UTC".

    runs: places with rows. undated: rows without a day, which no period contains. Days and months by time; everything
    else dearest first.
    """

    selection: Selection
    newest: str
    runs: int
    undated: int
    total: Figures
    models: tuple[Line, ...]
    model_lanes: tuple[Line, ...]
    lanes: tuple[Line, ...]
    channels: tuple[Line, ...]
    days: tuple[Line, ...]
    day_lanes: tuple[Line, ...]
    months: tuple[Line, ...]
    bases: tuple[Line, ...]
    reasons: tuple[Reason, ...]


def report(
    file: Path, joined: Joined, models: Iterable[Model], channels: Mapping[str, str], selection: Selection
) -> Report:
    """The figures of the joined usage rows in `file`. channels: what people call them, by code.

    Raises BadInput that names every row that cannot be right, by the file it came from.
    """
    known = list(models)
    with _connect() as engine:
        _load(engine, file, joined, known)
        undated = _select(engine, selection)
        names = {model.name: model.label for model in known}
        runs, newest = _one(engine, "select count(distinct run), max(ended) from usage")
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
        )


def _connect() -> "DuckDBPyConnection":
    """An engine in memory that never asks a network and never writes beside the files it is told to."""
    import duckdb

    quiet: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
    }
    return duckdb.connect(":memory:", config=quiet)


def _load(engine: "DuckDBPyConnection", file: Path, joined: Joined, models: Sequence[Model]) -> None:
    import duckdb

    engine.execute(
        "create temp table prices (model_key varchar, batch_input double, batch_text double, batch_image double,"
        " full_input double, full_text double, full_image double)"
    )
    if prices := [row for model in models if (row := _prices(model))]:
        engine.executemany("insert into prices values (?, ?, ?, ?, ?, ?, ?)", prices)
    try:
        engine.execute(_USAGE.format(source=_source(file)))
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise bad_input(_mistakes(engine, file, joined) or [Problem(file, None, "", str(error))]) from None


def _prices(model: Model) -> tuple[Any, ...] | None:
    """US dollars per 1,000,000 tokens on both tiers; None where a model is not sold by token on both."""
    batch, standard = model.prices.get("batch"), model.prices.get("standard")
    if not batch or not standard or (batch.per_picture, standard.per_picture) != (None, None):
        return None
    tiers = (batch, standard)
    return model.key, *(amount for tier in tiers for amount in (tier.input, tier.text_output, tier.image_output))


def _source(file: Path, more: str = "") -> str:
    """The joined file as a table with fixed types; nothing about it is guessed."""
    path = "".join(f"[{char}]" if char in "*?[" else char for char in str(file)).replace("'", "''")
    return (
        f"read_csv('{path}', columns = {_TYPES}, force_not_null = {_NEVER_EMPTY}, auto_detect = false, header = true, "
        f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', strict_mode = true{more})"
    )


def _mistakes(engine: "DuckDBPyConnection", file: Path, joined: Joined) -> list[Problem]:
    """Every row that does not fit the columns, by the file it came from; one problem a row."""
    engine.execute(f"create temp table thrown_away as from {_source(file, ', store_rejects = true')}")
    found = engine.execute(
        "select line, any_value(column_name order by column_idx), any_value(error_message order by column_idx),"
        " from reject_errors group by line order by line"
    ).fetchmany(_MOST_MISTAKES)
    problems = []
    for line, column, message in found:
        source, own_line = joined.origin(line)
        problems.append(Problem(source.path, own_line, "", f"column {column}: {message}", again(source)))
    return problems


_USAGE = """
create temp table usage as
with rows as (
  select row_number() over () as n, channel, run, prompt_id, model_key, model_name, provider, lane, status,
    coalesce(reason, '') as reason, cost_usd, cost_basis, coalesce(finished_at, submitted_at) as ended, image,
    coalesce(input_tokens, 0) as input_tokens, coalesce(image_tokens, 0) as image_tokens,
    coalesce(text_tokens, 0) + coalesce(thinking_tokens, 0) as text_tokens
  from {source}
),
priced as (
  select rows.*, batch_image, full_image,
    (input_tokens * batch_input + text_tokens * batch_text + image_tokens * batch_image) / 1e6 as batch_now,
    (input_tokens * full_input + text_tokens * full_text + image_tokens * full_image) / 1e6 as immediate_now
  from rows left join prices using (model_key)
)
select n, channel, run, prompt_id, model_name, provider, lane, status, reason, cost_usd, cost_basis, ended,
  ended::date as day,
  n in (select max(n) from rows where status = 'ok' and image is not null group by run, image) as kept,
  not bool_or(status = 'ok') over (partition by run, prompt_id) as unmade,
  -- What the batch lane's tokens cost at the immediate price; null when it cannot be said.
  case
    when lane = 'immediate' or cost_usd = 0 then cost_usd::double
    when cost_basis = 'estimated' and batch_image > 0 then cost_usd * full_image / batch_image
    -- An old row was priced as prices were then: where that is not today's, today's other price says nothing.
    when abs(batch_now - cost_usd) < 0.000002 then immediate_now
  end as immediate_usd
from priced
"""


def _select(engine: "DuckDBPyConnection", selection: Selection) -> int:
    """Drop the rows that do not count; the number of rows without a day among the others or among those dropped."""
    for column, value in (("channel", selection.channel), ("run", selection.run)):
        if value:
            engine.execute(f"delete from usage where {column} <> ?", [value])  # noqa: S608 - two names of ours
    undated = _one(engine, "select count(*) from usage where day is null")[0]
    engine.execute("delete from usage where ? and day is null", [bool(selection.since or selection.until)])
    engine.execute("delete from usage where day < ?", [selection.since or date.min])
    engine.execute("delete from usage where day > ?", [selection.until or date.max])
    return int(undated)


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
round(coalesce(sum(immediate_usd - cost_usd) filter (lane = 'batch'), 0), 6) as saved_usd,
count(*) filter (immediate_usd is null) as unsaid,
coalesce(sum(cost_usd) filter (immediate_usd is null), 0)::double as unsaid_usd
"""


def _lines(
    engine: "DuckDBPyConnection", groups: str, order: str = "cost_usd desc, requests desc, name"
) -> tuple[Line, ...]:
    """One line for every value of `groups` ("… as name", perhaps ", lane"); rows without a value are left out."""
    split = groups.endswith("lane")
    keys = "name, lane" if split else "name"
    found = engine.execute(
        f"select {keys}, {_FIGURES} from (select *, {groups.removesuffix(', lane')} from usage)"  # noqa: S608
        f" where name is not null group by {keys} order by {order}"
    )
    lines = [
        Line(name=row[0], lane=row[1] if split else "", figures=Figures(*row[1 + split :])) for row in found.fetchall()
    ]
    return tuple(lines) or ((Line("", Figures()),) if groups.startswith("''") else ())


def _labelled(lines: Iterable[Line], names: Mapping[str, str]) -> tuple[Line, ...]:
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
        yield Reason(status, reason, count, cost, tuple((name, number) for name, number in models))


def _one(engine: "DuckDBPyConnection", question: str) -> tuple[Any, ...]:
    row = engine.execute(question).fetchone()
    assert row
    return row
