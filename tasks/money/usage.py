"""`usage.csv`: one row per request and attempt, projected from results.jsonl. Costs were fixed when collected."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict

from ..project.run_paths import RunPaths
from ..runs import results
from ..runs.results import Result
from ..text.word import Word

COLUMNS = [
    "run",
    "task",
    "prompt_id",
    "key",
    "attempt",
    "slot",
    "model_key",
    "model_name",
    "provider",
    "lane",
    "job",
    "status",
    "reason",
    "input_tokens",
    "image_tokens",
    "text_tokens",
    "thinking_tokens",
    "cost_usd",
    "cost_basis",
    "submitted_at",
    "finished_at",
    "image",
    "image_sha256",
    "prompt_sha256",
]

FORMULAS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""What a cell must not begin with; Japanese spreadsheets take the full-width signs too."""


def encode(run: str, task: str, history: Iterable[Result]) -> bytes:
    """The file's bytes, UTF-8 with line feeds. Cost in US dollars, times in UTC ISO 8601, tokens as reported.

    A picture that nobody bought has no row.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for result in (each for each in history if not each.is_yours):
        tokens = {f"{kind}_tokens": count for kind, count in asdict(result.tokens).items()}
        known = tokens | {"run": run, "task": task, "cost_usd": f"{result.cost_usd:.6f}"}
        writer.writerow({name: _harmless(known.get(name, getattr(result, name, None))) for name in COLUMNS})
    return text.getvalue().encode()


def from_results(paths: RunPaths) -> bytes:
    """usage.csv as a place's results.jsonl has it. Raises BadInput when that cannot be read."""
    return encode(paths.name, paths.task, results.read(paths.results))


def _harmless(value: object) -> object:
    """A cell that a spreadsheet would take for a formula is quoted with an apostrophe (OWASP, CSV Injection).

    A carriage return becomes a line feed: csv does not quote it, and readers take it for the end of a row.
    """
    if not isinstance(value, str | Word):
        return "" if value is None else value
    text = (value.value if isinstance(value, Word) else value).replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(FORMULAS) else text
