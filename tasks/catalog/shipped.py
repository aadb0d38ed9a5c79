"""Which base the models, prices, slots and caps of a command come from, in one sentence."""

from pathlib import Path

from ..files import bases, document, overrides
from ..files.problem import NotADocument
from ..project.layers import layers
from ..project.paths import Paths
from ..text.sentences import t


def said(paths: Paths) -> str:
    """The base by its day, and what is laid over it. A base that was changed in place has no day."""
    read = (paths.models, paths.slots, paths.budget)
    days = {layers(config).base: _day(layers(config).base) for config in read}
    edited = ", ".join(base.name for base, day in days.items() if day is None)
    own = ", ".join(path.name for path in overrides.in_force(paths) if not path.name.startswith(paths.presets.stem))
    over = t(", changed by {own}", own=own) if own else ""
    if edited:
        words = t("models, prices and slots: {edited} as changed here, no base that was ever shipped", edited=edited)
        return words + over
    return t("models, prices and slots: base of {day}{over}", day=max(map(str, days.values())), over=over)


def _day(base: Path) -> str | None:
    try:
        return bases.shipped_on(base.stem, document.parse(base, document.read(base)))
    except NotADocument:
        return None
