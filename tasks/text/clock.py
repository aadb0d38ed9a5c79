"""The one clock: moments as files and messages have them, UTC in ISO 8601."""

from datetime import UTC, date, datetime


def now() -> str:
    """This moment, to the second: "2026-11-23T08:15:00Z"."""
    return said(datetime.now(UTC))


def said(moment: datetime, timespec: str = "seconds") -> str:
    """A moment with a zone, as text. timespec: "seconds" or "milliseconds"."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def minute(moment: str) -> str:
    """A moment in ISO 8601 for people: "2026-11-23 08:15 UTC"."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one moment in ISO 8601 to another. Raises ValueError for what is none."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
