"""`doit plan SLOTS=`: the same pictures on several slots, what each would cost and what it would refuse. Sends nothing.

Of every run all pictures are taken, whatever lies there: what was bought on a slot before costs nothing there.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ..catalog.catalog import Catalog, load_catalog
from ..catalog.lifecycle import farewell, licensed, unknown
from ..catalog.model import TIERS, Lane, Model, Price
from ..catalog.pricing import estimate, prompt_tokens
from ..pictures.store import Store
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..providers.port import JobTraits
from ..providers.registry import api
from ..requests.request import PromptSpec, Request, requests
from ..requests.resolve import Unfit
from ..requests.sources import each_on
from ..runs.left_out import LeftOut
from ..text.errors import BadInput
from .plan import say_left_out, stop_without


@dataclass(frozen=True)
class SlotRefusal:
    """A picture that a slot would not make. what: why, without its place; do: what a person could change."""

    run: str
    id: str
    what: str
    do: str


@dataclass(frozen=True)
class SlotPlan:
    """One slot and all the pictures. Costs in US dollars.

    pictures: would be bought, for cost_usd. there: bought before, for nothing. forms: ratio, size and quality of what
    it makes. image_tokens, input_tokens: of those that would be bought. price: the tier that they are counted by.
    life_hours, kept_hours: how long a job lives, and for how long its results can be had; None without jobs.
    """

    slot: str
    model_key: str
    model_name: str
    provider: str
    lane: Lane
    forms: tuple[str, ...]
    pictures: int
    there: int
    cost_usd: float
    image_tokens: int
    input_tokens: int
    price: Price | None
    prices_checked: str | None
    life_hours: float | None
    kept_hours: float | None
    status: str
    ends_on: str | None
    warning: str | None
    license: str | None
    refused: tuple[SlotRefusal, ...]


@dataclass(frozen=True)
class SideBySide:
    """The rows of all slots, in the order in which they were named, and the runs that cannot be read."""

    rows: list[SlotPlan]
    left_out: LeftOut

    def conclude(self) -> None:
        """Say which runs are left out; raises Stop when any is."""
        say_left_out(self.left_out)
        stop_without(self.left_out)


def side_by_side(paths: Paths, runs: Sequence[RunPaths], slots: Sequence[str], today: date) -> SideBySide:
    """`runs` on each of `slots`. Raises BadInput for a slot that there is not, and when no run can be read."""
    catalog, left_out = load_catalog(paths), LeftOut()
    for code in slots:
        if code not in catalog.slots and code not in catalog.models:
            what, do = unknown(catalog, code)
            raise BadInput("SLOTS= on the command line: {what}", "{do}", what=what, do=do)
    rows = [_row(paths, catalog, list(left_out.each(runs, _reader(catalog, code))), code, today) for code in slots]
    if left_out.why and len(left_out.why) == len(runs):
        raise left_out.refusal()
    return SideBySide(rows, left_out)


_Read = tuple[str, list[tuple[str, PromptSpec | BadInput]]]


def _reader(catalog: Catalog, code: str) -> Callable[[RunPaths], _Read]:
    def read(paths: RunPaths) -> _Read:
        return paths.name, list(each_on(paths, catalog, code))

    return read


def _row(paths: Paths, catalog: Catalog, found: list[_Read], code: str, today: date) -> SlotPlan:
    model, lane = _model(catalog, code)
    made = [each for _, ways in found for each in requests([way for _, way in ways if isinstance(way, PromptSpec)])]
    store, known = Store(paths.store), set[str]()
    buying = [each for each in made if not _is_there(store, each, known)]
    traits = _traits(model, lane)
    refused = [_refusal(run, name, way) for run, ways in found for name, way in ways if isinstance(way, BadInput)]
    return SlotPlan(
        slot=code,
        model_key=model.key,
        model_name=model.name,
        provider=model.provider,
        lane=lane,
        forms=tuple(dict.fromkeys(each.choice.form for each in made)),
        pictures=len(buying),
        there=len(made) - len(buying),
        cost_usd=round(sum(estimate(each.choice, each.text, each.references) for each in buying), 6),
        image_tokens=sum(each.choice.image_tokens for each in buying),
        input_tokens=sum(_input(each) for each in buying),
        price=model.prices.get(TIERS[lane]),
        prices_checked=model.prices_checked,
        life_hours=traits.life_hours if traits else None,
        kept_hours=traits.kept_hours if traits else None,
        status=model.status,
        ends_on=model.ended_on,
        warning=farewell(model, today),
        license=licensed(model),
        refused=tuple(refused),
    )


def _model(catalog: Catalog, code: str) -> tuple[Model, Lane]:
    if slot := catalog.slots.get(code):
        return catalog.models[slot.model_key], slot.lane
    model = catalog.models[code]
    return model, model.default_lane or Lane.BATCH


def _traits(model: Model, lane: Lane) -> JobTraits | None:
    return api(model.api).traits if lane is Lane.BATCH else None


def _is_there(store: Store, request: Request, known: set[str]) -> bool:
    """Whether nothing is bought for it: it is in the store, or wanted before by a run that stands earlier."""
    if any(digest in known or store.has(digest) for digest in request.digests):
        return True
    known.update(request.digests)
    return False


def _input(request: Request) -> int:
    return prompt_tokens(request.text) + request.choice.model.reference_tokens(request.references)


def _refusal(run: str, name: str, stop: BadInput) -> SlotRefusal:
    return SlotRefusal(run, name, stop.problem.message if isinstance(stop, Unfit) else stop.what, stop.do)


def as_data(made: SideBySide) -> dict[str, Any]:
    """The object that FORMAT=json prints."""
    left = [{"run": name, "what": stop.what, "do": stop.do} for name, stop in made.left_out.why.items()]
    return {"slots": [asdict(row) for row in made.rows], "left_out": left}
