"""Figures as one table."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Figure:
    """One measured value with what it should be, if anything."""

    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    detail: str = ""

    @property
    def met(self) -> bool:
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    def cells(self) -> tuple[str, str, str, str, str]:
        limit = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}" if self.least is not None else ""
        verdict = ("met" if self.met else "NOT met") if limit else ""
        value = f"{self.value:.0f} MiB" if self.unit == "MiB" else f"{self.value:.2f}{self.unit}"
        value = f"${self.value:.4f}" if self.unit == "$" else value
        return self.name, value, limit, verdict, self.detail


def table(figures: Sequence[Figure], times: int) -> str:
    """A Markdown table under a line that says where and with what it was measured."""
    head = ("figure", "measured", "limit", "", "medians")
    rows = [head, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return machine(times) + "\n\n" + "\n".join(f"| {line} |" for line in lines) + "\n"


def machine(times: int) -> str:
    names = ("doit", "google-genai", "urllib3", "orjson", "pybase64", "pillow", "isal")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {system}, "
        f"Python {platform.python_version()}, {versions}. Medians of {times} rounds, variants in turn within a round, "
        "ratios taken within each round."
    )
