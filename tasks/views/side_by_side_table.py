"""`doit plan SLOTS=` on a terminal: a line a slot, dim ones below it, and what it refuses. Fits 80 columns."""

from collections.abc import Sequence

from ..catalog.model import Lane
from ..text.redaction import visible
from ..text.sentences import t
from ..text.terminal import console, grid, packed
from ..text.wording import dollars, few
from .side_by_side import SlotPlan, SlotRefusal

_NUMBERS = {2, 3, 4}
_MILLION = 1_000_000
_DAY_HOURS = 24
_IN_DAYS = 72
"""So many hours and more are said in days."""
_MOST_REASONS = 5


def show(rows: Sequence[SlotPlan], command: str) -> None:
    """Print it. command: what makes the pictures, but for the slot."""
    screen = console()
    for row, line in zip(rows, grid([_cells(row) for row in rows], _NUMBERS), strict=True):
        screen.print(line, no_wrap=True, overflow="ellipsis")
        for text in packed(_details(row), screen.width - 2):
            screen.print(f"  {text}", style="dim", overflow="fold")
        for text in filter(None, (row.warning, row.license)):
            screen.print(f"  {text}", style="yellow" if text == row.warning else "dim", overflow="fold")
        for text in _reasons(row.refused):
            screen.print(f"  {text}", style="red", overflow="fold")
    screen.print(t("nothing was sent; on one of them:"), style="bold")
    able = next((row.slot for row in rows if not row.refused), rows[0].slot)
    screen.print(f"  {command} SLOT={able}", style="green", soft_wrap=True)


def _cells(row: SlotPlan) -> list[str]:
    each = t("{usd} each", usd=dollars(row.cost_usd / row.pictures)) if row.pictures else ""
    refused = t("{count} refused", count=len(row.refused)) if row.refused else ""
    return [row.slot, str(row.lane), t("{count:picture}", count=row.pictures), dollars(row.cost_usd), each, refused]


def _details(row: SlotPlan) -> list[str]:
    """Model and form, how the cost comes about, what was bought before, how long results are kept, the last day."""
    there = t("{there} bought before, for nothing", there=row.there) if row.there else ""
    return [f"{row.model_key} = {row.model_name}", *row.forms, _tokens(row), there, _kept(row), _end(row)]


def _tokens(row: SlotPlan) -> str:
    """Tokens and price, or the price of a picture, with the day on which it was looked up."""
    price = row.price
    if price is None or not row.pictures:
        return ""
    if price.per_second:
        return t("electricity, about {seconds:g} s a picture", seconds=price.seconds)
    if price.per_picture is not None:
        return t("{usd} a picture ({day})", usd=dollars(price.per_picture), day=row.prices_checked)
    return t(
        "{image:,} image tokens at ${image_usd:g}, {text:,} of input at ${text_usd:g} a million ({day})",
        image=row.image_tokens,
        image_usd=price.image_output,
        text=row.input_tokens,
        text_usd=price.input,
        day=row.prices_checked,
    )


def _kept(row: SlotPlan) -> str:
    if row.lane is Lane.IMMEDIATE or row.kept_hours is None or row.life_hours is None:
        return t("each picture comes at once")
    if row.kept_hours < _IN_DAYS:
        return t("a job lives {life:g} h, its results are kept {kept:g} h", life=row.life_hours, kept=row.kept_hours)
    days = row.kept_hours / _DAY_HOURS
    return t("a job lives {life:g} h, its results are kept {days:g} days", life=row.life_hours, days=days)


def _end(row: SlotPlan) -> str:
    """The model's last day, where no warning tells of it."""
    if row.warning or row.license or not row.forms:
        return ""
    return t("ends on {day}", day=row.ends_on) if row.ends_on else t("no end announced")


def _reasons(refused: Sequence[SlotRefusal]) -> list[str]:
    """Each reason once, with the pictures that it is about."""
    found: dict[str, list[str]] = {}
    for each in refused:
        found.setdefault(each.what, []).append(f"{each.run} {each.id}")
    told = [
        t("{count} refused ({names}): {what}", count=len(names), names=few(names), what=what)
        for what, names in list(found.items())[:_MOST_REASONS]
    ]
    more = len(found) - _MOST_REASONS
    told += [t("and {more} more reasons: FORMAT=json has all", more=more)] if more > 0 else []
    return [visible(each) for each in told]
