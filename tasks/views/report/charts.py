"""Geometry of the charts on our pages, in percent of the drawing: the templates only draw it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ...text.sentences import later

DAYS_AT_MOST = 92
WEEKS_AT_MOST = 104
_LABELS = 5
_FEWEST = 12
"""A column takes a twelfth of the chart at most: a single day is no wall."""
_FILLED = 0.82  # of a column's place; the rest is air


@dataclass(frozen=True)
class Bar:
    """A rectangle; y grows downwards. series: which of the stacked values."""

    x: float
    y: float
    width: float
    height: float
    series: str


@dataclass(frozen=True)
class DayColumn:
    """One place on the time axis and what stands there. begin: left edge; total: of all its bars."""

    name: str
    begin: float
    width: float
    total: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Tick:
    """A label on an axis, `at` percent of it from its beginning."""

    at: float
    label: str
    value: float = 0.0


@dataclass(frozen=True)
class DayColumns:
    """Stacked columns over time. step: "day", "week" or "month", whatever one column stands for."""

    step: str
    columns: tuple[DayColumn, ...]
    up: tuple[Tick, ...]
    along: tuple[Tick, ...]


def columns(values: Mapping[tuple[date, str], float], series: Sequence[str]) -> DayColumns:
    """`values` by day and series as stacked columns without a gap in time. No values, no columns."""
    if not values:
        return DayColumns("day", (), (), ())
    step = _step([day for day, _ in values])
    sums: dict[tuple[date, str], float] = {}
    for (day, name), value in values.items():
        place = begin_of(day, step)
        sums[place, name] = sums.get((place, name), 0.0) + value
    places = _between(min(day for day, _ in sums), max(day for day, _ in sums), step)
    totals = [sum(sums.get((place, name), 0.0) for name in series) for place in places]
    up = scale(max(totals))
    made = [_column(number, place, sums, series, len(places), up[-1], step) for number, place in enumerate(places)]
    marks = tuple(Tick(100 - 100 * value / up[-1], "", value) for value in up)
    return DayColumns(step, tuple(made), marks, _along(made))


def _column(
    number: int,
    place: date,
    sums: Mapping[tuple[date, str], float],
    series: Sequence[str],
    count: int,
    most: float,
    step: str,
) -> DayColumn:
    width = 100 / max(count, _FEWEST)
    bars, below = [], 0.0
    for name in series:
        height = 100 * sums.get((place, name), 0.0) / most
        if height:
            air = width * (1 - _FILLED) / 2
            bars.append(Bar(number * width + air, 100 - below - height, width * _FILLED, height, name))
            below += height
    total = sum(sums.get((place, name), 0.0) for name in series)
    return DayColumn(
        f"{place:%Y-%m}" if step == "month" else place.isoformat(), number * width, width, total, tuple(bars)
    )


def _along(made: Sequence[DayColumn]) -> tuple[Tick, ...]:
    """A few names under the columns, evenly apart."""
    apart = math.ceil(len(made) / _LABELS)
    return tuple(Tick(column.begin + column.width / 2, column.name) for column in made[::apart])


def scale(most: float) -> tuple[float, ...]:
    """Round values from 0 to at least `most`, 3 to 6 of them; 0 to 1 when there is nothing."""
    if most <= 0:
        return (0.0, 1.0)
    size = 10.0 ** math.floor(math.log10(most))
    apart = next(size * part for part in (0.2, 0.25, 0.5, 1, 2) if size * part * 5 >= most * (1 - 1e-9))
    count = math.ceil(most / apart - 1e-9)
    return tuple(round(apart * number, 12) for number in range(count + 1))


def share(value: float, most: float) -> float:
    """Width of a bar in percent; whatever is not nothing can be seen."""
    return max(0.4, 100 * value / most) if value > 0 and most > 0 else 0.0


def begin_of(day: date, step: str) -> date:
    """The first day of the week (Monday) or month that `day` lies in; the day itself for "day"."""
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def _step(days: Sequence[date]) -> str:
    length = (max(days) - min(days)).days + 1
    if length <= DAYS_AT_MOST:
        return "day"
    return later("week") if length <= WEEKS_AT_MOST * 7 else "month"


def _between(first: date, last: date, step: str) -> list[date]:
    places = [first]
    while places[-1] < last:
        # 31 days after the first of a month always lie in the next one.
        places.append(begin_of(places[-1] + timedelta(days={"day": 1, "week": 7, "month": 31}[step]), step))
    return places
