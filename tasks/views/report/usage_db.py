"""Every joined usage row as a table of types that are fixed, with what it would have cost on the other lane.

Nothing about a file is guessed: a row that does not fit is named by the file it came from.
"""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...catalog.model import Model
from ...files.problem import Problem, bad_input
from ...text.errors import BadInput
from ...text.sentences import t
from .all_usage import COLUMNS, Joined, Source, again

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


class WrongRows(BadInput):
    """Rows that do not fit the columns. sources: the files they came from."""

    def __init__(self, problems: Sequence[Problem], sources: Iterable[Source]) -> None:
        told = bad_input(problems)
        super().__init__("{what}", "{do}", what=told.what, do=told.do)
        self.sources = frozenset(sources)


@contextlib.contextmanager
def connect() -> Iterator["DuckDBPyConnection"]:
    """An engine in memory that never asks a network and never writes beside the files it is told to.

    Ctrl-C during a query ends it as KeyboardInterrupt, which duckdb takes for itself and tells as its own error.
    """
    import duckdb

    quiet: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
    }
    try:
        with duckdb.connect(":memory:", config=quiet) as engine:
            yield engine
    except (RuntimeError, duckdb.InterruptException) as error:
        if "interrupted" not in str(error).lower():
            raise
        raise KeyboardInterrupt from None


def load(
    engine: "DuckDBPyConnection",
    file: Path,
    joined: Joined,
    models: Sequence[Model],
    tidied: Collection[tuple[str, str]] = (),
) -> None:
    """The joined rows in `file` as the table `usage`. Raises WrongRows.

    tidied: run and path of each picture that is in the store only, as the table of that name.
    """
    import duckdb

    away = [[run for run, _ in tidied], [image for _, image in tidied]]
    engine.execute("create temp table tidied as select unnest(?) as run, unnest(?) as image", away)
    engine.execute(
        "create temp table prices (model_key varchar, batch_input double, batch_text double, batch_image double,"
        " full_input double, full_text double, full_image double)"
    )
    if prices := [row for model in models if (row := _prices(model))]:
        engine.executemany("insert into prices values (?, ?, ?, ?, ?, ?, ?)", prices)
    try:
        engine.execute(_USAGE.format(source=_source(file)))
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        found = list(_mistakes(engine, file, joined))
        problems = [problem for _, problem in found] or [Problem(file, None, "", str(error))]
        raise WrongRows(problems, (source for source, _ in found)) from None


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


def _mistakes(engine: "DuckDBPyConnection", file: Path, joined: Joined) -> Iterator[tuple[Source, Problem]]:
    """Every row that does not fit the columns, by the file it came from; one problem a row."""
    engine.execute(f"create temp table thrown_away as from {_source(file, ', store_rejects = true')}")
    found = engine.execute(
        "select line, any_value(column_name order by column_idx), any_value(error_message order by column_idx),"
        " from reject_errors group by line order by line"
    ).fetchmany(_MOST_MISTAKES)
    for line, column, message in found:
        source, own_line = joined.origin(line)
        what = t("column {column}: {message}", column=column, message=message)
        yield source, Problem(source.path, own_line, "", what, again(source))


_USAGE = """
create temp table usage as
with rows as (
  select row_number() over () as n, channel, run, task, prompt_id, model_key, model_name, provider, lane, status,
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
select n, channel, run, task, prompt_id, model_name, provider, lane, status, reason, cost_usd, cost_basis, ended, image,
  ended::date as day,
  n in (select max(n) from rows where status = 'ok' and image is not null group by run, prompt_id) as kept,
  not bool_or(status = 'ok') over (partition by run, prompt_id) as unmade,
  -- What the batch lane's tokens cost at the immediate price; null when it cannot be said.
  (case
    when lane = 'immediate' or cost_usd = 0 then cost_usd::double
    when cost_basis = 'estimated' and batch_image > 0 then cost_usd * full_image / batch_image
    -- An old row was priced as prices were then: where that is not today's, today's other price says nothing.
    when abs(batch_now - cost_usd) < 0.000002 then immediate_now
  -- Sums of decimals are the same in whatever order rows are added.
  end)::decimal(28, 12) as immediate_usd
from priced
"""
