"""`doit plan` on a terminal: a line a run and a dim one below it, then the sum and the command. Fits 80 columns."""

import re
from collections.abc import Sequence

from ..text.redaction import visible
from ..text.sentences import t
from ..text.terminal import console, grid, packed, short
from ..text.wording import changed, dollars
from .plan import PlanRow, PlanText

_NUMBERS = {2, 3, 4}


def show(rows: Sequence[PlanRow], command: str = "") -> None:
    """Print it. Runs whose pictures are all there are counted, not listed. command: what sends it, shown last."""
    screen = console()
    if not rows:
        screen.print(t("every prompt is skipped: no picture is wanted"))
        return
    shown = [row for row in rows if _left(row)]
    for row, line in zip(shown, grid([_cells(row, screen.width) for row in shown], _NUMBERS), strict=True):
        screen.print(line, no_wrap=True, overflow="ellipsis")
        for text in packed(_details(row), screen.width - 2):
            screen.print(f"  {text}", style="dim", overflow="fold")
    finished = len({row.run for row in rows} - {row.run for row in shown})
    if finished:
        more, said = (
            t("nothing left to do in {count:more run}", count=finished),
            t("nothing left to do in {count:run}", count=finished),
        )
        screen.print(more if shown else said, style="dim")
    for text in dict.fromkeys(row.warning for row in rows if row.warning):
        screen.print(text, style="yellow", soft_wrap=True)
    screen.print(_sum(rows), style="bold", soft_wrap=True)
    if cap := _cap(rows):
        screen.print(cap, soft_wrap=True)
    if shown and command:
        screen.print(f"  {command}", style="green", soft_wrap=True)


def show_texts(texts: Sequence[PlanText]) -> None:
    """Print them one after the other: a line that names the picture, then its text, indented."""
    for each in texts:
        lines = (f"    {line}" if line else "" for line in _LINE_END.split(each.text))
        head = f"{each.run} {each.id} {each.slot or each.model_key}"
        print(visible("\n".join((head, *lines))))  # noqa: T201 - as it stands: no wrapping, tabs stay


_LINE_END = re.compile(r"\r\n?|\n")


def _left(row: PlanRow) -> int:
    return row.missing + row.paid + row.waiting + row.held + row.changed + sum(row.shared.values())


def _cells(row: PlanRow, width: int) -> list[str]:
    made = " ".join(filter(None, (row.slot, str(row.lane), row.form)))
    held = t("{held} held", held=row.held) if row.held else ""
    name = short(row.run, 20 if width < 2 * len(made) + 60 else 34)
    return [name, made, t("{missing} missing", missing=row.missing), held, dollars(row.cost_usd)]


def _details(row: PlanRow) -> list[str]:
    """The model, then what comes without being sent, then what it would cost on the other lane."""
    places = ", ".join(row.elsewhere)
    coming = t("{count} on their way", count=row.waiting)
    if places:
        coming = t("{count} on their way for {places} already", count=row.waiting, places=places)
    shared = sum(row.shared.values())
    once = t("{count} bought once, for {places}", count=shared, places=", ".join(row.shared))
    stored = t("{count} from the store", count=row.paid)
    free = t(", ").join(words for count, words in ((row.paid, stored), (row.waiting, coming), (shared, once)) if count)
    other = f"{row.other_lane} {dollars(row.other_lane_usd)}" if row.missing and row.other_lane_usd is not None else ""
    again = t("{again} paid for before and bought again", again=row.bought_again) if row.bought_again else ""
    kept = changed(row.changed, row.changed_usd)
    rows = t("{rewritten:of these rows was|of these rows were} rewritten", rewritten=row.rewritten)
    return [f"{row.model_key} = {row.model_name}", again, free, other, kept, rows if row.rewritten else ""]


def _sum(rows: Sequence[PlanRow]) -> str:
    missing, total = sum(row.missing for row in rows), sum(row.cost_usd for row in rows)
    kept = changed(sum(row.changed for row in rows), sum(row.changed_usd for row in rows))
    sent = t("{missing:picture} would be sent, about {total}; nothing was sent", missing=missing, total=dollars(total))
    return t("; ").join(filter(None, (sent if missing else t("nothing would be sent"), kept)))


def _cap(rows: Sequence[PlanRow]) -> str:
    """What the caps that will refuse leave, or the tightest; "" when there is none, or nothing to hold against it."""
    rooms: dict[str, tuple[float, float]] = {}  # by channel, "" for all together: what is left, what would be spent
    for row in (row for row in rows if row.missing):
        for scope, left in ((row.cap_channel, row.cap_left_usd), ("", row.all_left_usd)):
            if left is not None:
                rooms[scope] = (left, rooms.get(scope, (0.0, 0.0))[1])
        for scope in {row.cap_channel, ""} & rooms.keys():
            rooms[scope] = (rooms[scope][0], rooms[scope][1] + row.cost_usd)
    if not rooms:
        return ""
    short = [scope for scope, (left, cost) in rooms.items() if cost > left]
    shown = short or [min(rooms, key=lambda scope: rooms[scope][0])]
    one = shown == [""] and len({row.run.partition("-")[0] for row in rows}) == 1
    caps = ", ".join(dollars(rooms[""][0]) if one else f"{_whose(each)} {dollars(rooms[each][0])}" for each in shown)
    if short:
        return t("the budget leaves {caps}: it will refuse some", caps=caps)
    return t("the budget leaves {caps}", caps=caps)


def _whose(scope: str) -> str:
    return scope or t("all channels together")
