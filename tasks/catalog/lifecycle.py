"""Models live and die at the provider: what to tell about one that is going or gone, and which slots would do."""

import difflib
from collections.abc import Sequence
from datetime import date

from ..files.problem import shown
from ..text import clock
from ..text.sentences import t
from .catalog import Catalog
from .model import Announced, Lane, Model, Slot


def obituary(model: Model) -> str:
    """What became of a retired model, or is about to, in one sentence with date and source."""
    facts = {"label": model.label, "model": model.name, "day": model.ended_on, "source": model.source}
    if model.ended_on is None:
        return t("{label} ({model}) is not offered any more (source: {source})", **facts)
    if model.ended_on > clock.today().isoformat():
        return t(
            "{label} ({model}) will be shut down by the provider on {day}, so nothing is begun with it"
            " (source: {source})",
            **facts,
        )
    return t("{label} ({model}) was shut down by the provider on {day} (source: {source})", **facts)


def would_do(catalog: Catalog, model: Model, lane: Lane | None) -> str:
    """The provider's recommendation, followed as far as it was retired too, and the slots that would do."""
    named = model.replacement
    first, last = named, ""
    by_name = {each.name: each for each in catalog.models.values()}
    while named in by_name and by_name[named].status != "live" and by_name[named].replacement:
        named = by_name[named].replacement
        last += t(", which gave way to {model}", model=named)
    slots = able(catalog)
    same = [slot for slot in slots if catalog.models[slot.model_key].name == named]
    advice = t("the provider recommends {model}{more}; ", model=first, more=last) if first else ""
    listed = _successors(catalog, same or [slot for slot in slots if slot.lane == lane] or slots)
    return t("{advice}name one of these slots instead: {listed}", advice=advice, listed=listed)


def unknown(catalog: Catalog, code: str) -> tuple[str, str]:
    """(what is wrong, what to do) with a code that is neither a slot nor a model key. No retired one is suggested."""
    if code.casefold().startswith("openrouter"):
        what = t("found {code}, a key of OpenRouter: there is no such supplier here", code=shown(code))
        return what, t("name one of these slots instead: {listed}", listed=_successors(catalog, able(catalog)))
    named = [each for each in catalog.models.values() if each.name == code]
    if gone := next((each for each in named if each.status == "retired"), None):
        return t("found {code}: {obituary}", code=shown(code), obituary=obituary(gone)), would_do(catalog, gone, None)
    living = [each.key for each in catalog.models.values() if each.status == "live"]
    codes = [code for code, slot in catalog.slots.items() if slot.model_key in living]
    near = [each.key for each in named] or difflib.get_close_matches(code, [*codes, *living], 1)
    what = t("found {code}, which is neither a slot nor a model key", code=shown(code))
    meant = t("did you mean {near}? ", near=near[0]) if near else ""
    there = ", ".join(slot.code for slot in able(catalog))
    return what, t("{meant}there are {there} (configs/image_model_slots.yaml)", meant=meant, there=there)


def able(catalog: Catalog) -> list[Slot]:
    """Slots whose model is live."""
    return [
        slot
        for code, slot in catalog.slots.items()
        if code == slot.code and catalog.models[slot.model_key].status == "live"
    ]


def _successors(catalog: Catalog, slots: Sequence[Slot]) -> str:
    """Slots as a message names them; placeholders are no successors where there is any other."""
    real = [slot for slot in slots if catalog.models[slot.model_key].provider != "emulator"]
    return ", ".join(f"{slot.code} ({slot.model_key}, {slot.lane})" for slot in real or slots)


def licensed(model: Model) -> str | None:
    """Under which license a model is run by oneself, and how that is known; None for models of others."""
    if not model.license:
        return None
    return t(
        "license of {model_key} ({model}): {license}", model_key=model.key, model=model.name, license=model.license
    )


def disputed(model: Model) -> str | None:
    """The last days that sources name for a model at its provider, where they differ, each with its source."""
    own = Announced(model.ended_on, model.source)
    others = [each for each in model.announced if each.day != own.day]
    if not others:
        return None
    first = t(
        "sources differ on the last day of {model_key} ({model}) at {provider}; the first counts here:",
        model_key=model.key,
        model=model.name,
        provider=model.provider,
    )
    return "\n".join([first, *(f"  {_told(each)}" for each in (own, *others))])


def _told(said: Announced) -> str:
    if said.day is None:
        return t("no day announced: {source}", source=said.source)
    return t("{day}: {source}", day=said.day, source=said.source)


def farewell(model: Model, today: date) -> str | None:
    """What to tell about a deprecated model, with the days it has left; None for a live one."""
    if model.status != "deprecated":
        return None
    successor = t("; the provider recommends {model}", model=model.replacement) if model.replacement else ""
    if not model.ended_on:
        return t(
            "{model_key} ({model}) is deprecated, its last day is not announced{successor}",
            model_key=model.key,
            model=model.name,
            successor=successor,
        )
    days = (date.fromisoformat(model.ended_on) - today).days
    left = t("{days:day} left", days=days) if days >= 0 else t("{days:day} ago: it may refuse", days=-days)
    return t(
        "{model_key} ({model}) is deprecated, its announced last day is {ended_on} ({left}){successor}",
        model_key=model.key,
        model=model.name,
        ended_on=model.ended_on,
        left=left,
        successor=successor,
    )
