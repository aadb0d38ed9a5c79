"""Models live and die at the provider: what to tell about one that is going or gone, and which slots would do."""

from collections.abc import Iterable
from datetime import date

from ..text.sentences import counted, t
from .catalog import Catalog
from .model import Lane, Model, Slot


def obituary(model: Model) -> str:
    """What became of a retired model, in one sentence with date and source."""
    ended = f"was shut down by the provider on {model.ended_on}" if model.ended_on else "is not offered any more"
    return t(
        "{model_label} ({model}) {ended} (source: {source})",
        model_label=model.label,
        model=model.name,
        ended=ended,
        source=model.source,
    )


def would_do(catalog: Catalog, model: Model, lane: Lane | None) -> str:
    """The provider's recommendation, followed as far as it was retired too, and the slots that would do."""
    named = model.replacement
    advice = f"the provider recommends {named}; " if named else ""
    by_name = {each.name: each for each in catalog.models.values()}
    while named in by_name and by_name[named].status != "live" and by_name[named].replacement:
        named = by_name[named].replacement
        advice = advice.removesuffix("; ") + f", which gave way to {named}; "
    slots = able(catalog, name=named) or able(catalog, lane=lane) or able(catalog)
    return t("{advice}name one of these slots instead: {listed}", advice=advice, listed=listed(slots))


def able(catalog: Catalog, name: str | None = None, lane: Lane | None = None) -> list[Slot]:
    """Slots whose model is live, of that model name and lane where given; placeholders are no successors."""
    return [
        slot
        for code, slot in catalog.slots.items()
        if code == slot.code
        and (model := catalog.models[slot.model_key]).status == "live"
        and name in (None, model.name)
        and lane in (None, slot.lane)
        and ((name is None and lane is None) or model.provider != "emulator")
    ]


def listed(slots: Iterable[Slot]) -> str:
    """Slots as a message names them."""
    return ", ".join(f"{slot.code} ({slot.model_key}, {slot.lane})" for slot in slots)


def farewell(model: Model, today: date) -> str | None:
    """What to tell about a deprecated model, with the days it has left; None for a live one."""
    if model.status != "deprecated":
        return None
    successor = f"; the provider recommends {model.replacement}" if model.replacement else ""
    if not model.ended_on:
        return t(
            "{model_key} ({model}) is deprecated, its last day is not announced{successor}",
            model_key=model.key,
            model=model.name,
            successor=successor,
        )
    days = (date.fromisoformat(model.ended_on) - today).days
    left = f"{counted(days, 'day')} left" if days >= 0 else f"{counted(-days, 'day')} ago: it may refuse"
    return t(
        "{model_key} ({model}) is deprecated, its announced last day is {ended_on} ({left}){successor}",
        model_key=model.key,
        model=model.name,
        ended_on=model.ended_on,
        left=left,
        successor=successor,
    )
