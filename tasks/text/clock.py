"""The one clock: moments as files and messages have them, UTC in ISO 8601."""

from datetime import UTC, date, datetime


def now() -> str:
    """This moment, to the second: "2026-11-23T08:15:00Z"."""
    return said(datetime.now(UTC))


def said(moment: datetime, timespec: str = "seconds") -> str:
    """A moment with a zone, as text. timespec: "seconds" or "milliseconds"."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def minute(moment: str) -> str:
    """A moment in ISO 8601 for people, by the clock on their wall: "2026-11-23 17:15 JST"; "" for none."""
    if not moment:
        return ""
    local = datetime.fromisoformat(moment).astimezone()
    return f"{local:%Y-%m-%d %H:%M} {_zone(local)}"


def second(moment: str) -> str:
    """A moment in ISO 8601 as a page has it, whose script shows it by the reader's clock: "2026-11-23 08:15:20 UTC"; ""
    for none."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""


def of_day(moment: str) -> str:
    """The time of the day of a moment in ISO 8601, by the clock on the wall: "17:15:20 JST"."""
    local = datetime.fromisoformat(moment).astimezone()
    return f"{local:%H:%M:%S} {_zone(local)}"


def _zone(local: datetime) -> str:
    """Its short name, or what it is ahead of UTC by where a system spells the name out: "JST", "+09:00"."""
    name = local.tzname() or ""
    return name if name.isascii() and name.isalpha() and len(name) < 6 else local.isoformat()[-6:]


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one moment in ISO 8601 to another. Raises ValueError for what is none."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
