"""The sentences that open every report, on the terminal and on the page."""

from datetime import UTC, datetime

from ...project.names import RunName
from ...text import clock
from ...text.sentences import later, t
from ...text.wording import dollars, short_name
from .figures import FigureLine, Figures, Report, Scope


def headline(report: Report) -> str:
    """Which model, how many times, how many failures: "gemini-3-pro-image 120 times, 3 failed; …"."""
    parts = [
        t(
            "{model} {requests:time}, {failed:,} failed",
            model=_model(line),
            requests=line.figures.requests,
            failed=line.figures.failed,
        )
        for line in _used(report)
    ]
    return t("; ").join(parts) or t("no requests")


def _used(report: Report) -> list[FigureLine]:
    used = [line for line in report.models if line.figures.requests]
    return sorted(used, key=lambda line: (-line.figures.requests, line.name))


def _model(line: FigureLine) -> str:
    return short_name(line.name)


def period(selection: Scope, days: tuple[FigureLine, ...]) -> str:
    """The days that count, as asked for, else as they are in the rows."""
    first = selection.since.isoformat() if selection.since else days[0].name if days else ""
    last = selection.until.isoformat() if selection.until else days[-1].name if days else ""
    return first if first == last else t("{first} to {last}", first=first, last=last)


def whose(selection: Scope) -> str:
    """The channel or run that counts."""
    return selection.run or selection.channel or t("all channels")


def where(report: Report) -> str:
    """Whose pictures, of which days, and in how many places: "CH01, 2026-11-01 to 2026-11-23, 12 runs"."""
    parts = [t("{count:run}", count=report.runs)] if report.runs else []
    parts += [t("{count:comparison}", count=report.comparisons)] if report.comparisons else []
    if report.thumbnails == 1:
        parts.append(t("thumbnails"))
    elif report.thumbnails:
        parts.append(t("thumbnails of {count:channel}", count=report.thumbnails))
    return t(", ").join(filter(None, (whose(report.selection), period(report.selection, report.days), *parts)))


def nothing(report: Report) -> str:
    """What to say when no row counts: of whom, of which days, and which channels have rows at all."""
    asked = " ".join(filter(None, (whose(report.selection), period(report.selection, ()))))
    return t(
        "no rows for {asked}; there are rows for {knowns}",
        asked=asked,
        knowns=", ".join(report.known) or t("no channel"),
    )


def narrowed(selection: Scope) -> str:
    """The words of the command line that leave rows out; "" when all count."""
    words = {
        "CH": selection.channel,
        "RUN": RunName.of(selection.run or "").number,
        "SINCE": selection.since,
        "UNTIL": selection.until,
    }
    return " ".join(f"{name}={value}" for name, value in words.items() if value)


def money(total: Figures) -> str:
    """What it cost, and for how many pictures."""
    each = ""
    if total.each_usd is not None:
        each = t(", {usd} each with failures and retakes", usd=dollars(total.each_usd))
    bought = total.kept - total.placeholders
    if total.placeholders:
        return t(
            "{cost_usd} for {bought:bought picture}{each}; {kept:,} are there",
            cost_usd=dollars(total.cost_usd),
            bought=bought,
            each=each,
            kept=total.kept,
        )
    return t(
        "{cost_usd} for {bought:picture that is|pictures that are} there{each}",
        cost_usd=dollars(total.cost_usd),
        bought=bought,
        each=each,
    )


def tidied(total: Figures) -> str:
    """How many of the pictures that are there the store alone has; "" where it is none."""
    return t("{tidied} of them in the store only, tidied away", tidied=f"{total.tidied:,}") if total.tidied else ""


def saved(total: Figures) -> str:
    """What the immediate price would have added, and for how much that cannot be said; "" when there is neither."""
    parts = []
    if total.saved_usd:
        said = later("{usd} saved against the immediate price ({share:.0%})")
        parts.append(t(said, usd=dollars(total.saved_usd), share=total.saved_share))
    if total.unsaid:
        parts.append(
            t(
                "for {count:request} ({usd}) that cannot be said: the model or its price of then is not in "
                "configs/image_models.yaml",
                count=total.unsaid,
                usd=dollars(total.unsaid_usd),
            )
        )
    return t("; ").join(parts)


def basis(total: Figures) -> str:
    """How sure the amounts are."""
    return t(
        "{measured} measured, {estimated} estimated, {reused:picture} reused from the store at no cost",
        measured=dollars(total.measured_usd),
        estimated=dollars(total.estimated_usd),
        reused=total.reused,
    )


def placeholders(total: Figures) -> str:
    """What must not be overlooked; "" when every picture is a real one."""
    if not total.placeholders:
        return ""
    return t(
        "{placeholders:,} of {kept:,} pictures are placeholders from the offline emulator; "
        "they cost nothing and are not in the cost of a picture",
        placeholders=total.placeholders,
        kept=total.kept,
    )


def newest(report: Report) -> str:
    """When the newest row was made, by the local clock; "" without rows."""
    if not report.newest:
        return ""
    moment = datetime.strptime(report.newest, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    return t("The newest row is of {date}.", date=clock.minute(moment.isoformat()))


def without(report: Report) -> str:
    """Whose rows are missing; "" when all could be read."""
    if not report.without:
        return ""
    return t("without the rows of {places}, which cannot be read", places=", ".join(report.without))


def undated(report: Report) -> str:
    """What a period cannot hold; "" when every row has its day."""
    if not report.undated:
        return ""
    if report.selection.since or report.selection.until:
        return t("{undated:row has|rows have} no date: left out", undated=report.undated)
    return t("{undated:row has|rows have} no date: counted, but on no day", undated=report.undated)
