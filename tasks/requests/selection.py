"""Which picture of each prompt is wanted: the plain one, or the take that a person picked."""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..catalog.catalog import Catalog
from ..project.run_paths import RunPaths
from ..text.errors import BadInput
from ..text.sentences import t
from .folding import folded
from .own import OwnFacts
from .request import MOST_TWINS, Had, PromptSpec, Request, requests, retaken
from .sources import prompt_specs
from .takes import Take, Takes

Known = Callable[[Request], bool]
"""Whether a request's picture is there, or may still come."""


@dataclass(frozen=True)
class Selection:
    """The wanted requests of a place in their order. numbers: which take each digest is, of prompts with several.

    beside: further takes that nobody saw yet, and that are on their way, there, or being ordered.
    """

    requests: list[Request]
    numbers: Mapping[str, int] = field(default_factory=dict)
    beside: list[Request] = field(default_factory=list)


class Candidates:
    """The requests of a place's prompts, plain and as any take. had: as in `requests`. Raises BadInput."""

    def __init__(self, paths: RunPaths, catalog: Catalog, slot: str | None, had: Had) -> None:
        self.paths = paths
        self.catalog = catalog
        self.slot = slot
        self._wishes = {wish.prompt_id: wish for wish in prompt_specs(paths, catalog, slot)}
        self.plain = {request.prompt_id: request for request in requests(self._wishes.values(), had)}

    def request(self, name: str, take: Take) -> Request:
        """A take as it is on record, also when prompts with the same text came or went since.

        It is another one when the prompt itself was changed. Raises BadInput when its slot cannot be meant any more.
        """
        found = self._request(name, take)
        return found if take.number == 1 else replace(found, own=self._asked(name))

    def _request(self, name: str, take: Take) -> Request:
        wish = self._wish(name, take.number, take.slot)
        now = self.plain[name] if take.number == 1 else retaken(wish, take.number, self._before(name))
        if take.digest in now.digests or take.digest in self._plain_digests:
            return now
        twins = (retaken(wish, take.number, before) for before in range(MOST_TWINS))
        return next((twin for twin in twins if take.digest in twin.digests), now)

    def new(self, name: str, number: int, slot: str | None, ordered: Collection[str]) -> Request:
        """Take `number` of a prompt, to be ordered by `slot`; none of the digests `ordered` of other takes is its."""
        wish, before = self._wish(name, number, slot), self._before(name)
        made = (retaken(wish, number, each) for each in itertools.count(before))
        return replace(next(each for each in made if each.digest not in ordered), own=self._asked(name))

    def as_ordered(self, name: str, take: Take) -> Request:
        """A take with its prompt as it was changed when it was ordered, whatever was changed since."""
        changes = {name: take.revision} if take.revision else {}
        wish = prompt_specs(self.paths, self.catalog, self.slot or take.slot, [name], changes)[0]
        if take.number > 1:
            made = [retaken(wish, take.number, before) for before in range(MOST_TWINS)]
        else:
            made = requests([wish] * MOST_TWINS)
        return next((each for each in made if take.digest in each.digests), made[0])

    def _asked(self, name: str) -> OwnFacts | None:
        """What the row says, whatever the take's slot; a person asks for the picture."""
        said = self.plain[name].own
        return said and said._replace(is_asked=True)

    @cached_property
    def _plain_digests(self) -> frozenset[str]:
        return frozenset(digest for request in self.plain.values() for digest in request.digests)

    def _wish(self, name: str, number: int, slot: str | None) -> PromptSpec:
        """slot: by which the take was ordered; that of the command line comes before it."""
        return self._by_slot(name, number, slot) if slot and not self.slot else self._wishes[name]

    def _by_slot(self, name: str, number: int, slot: str) -> PromptSpec:
        try:
            return prompt_specs(self.paths, self.catalog, slot, [name])[0]
        except BadInput as error:
            where = t("{file} take {number} of {name}", file=self.paths.folder / "takes.json", number=number, name=name)
            raise BadInput(
                "{where}: {what}",
                "{retake} IDS={name} PICK=1, or {do}",
                where=where,
                what=error.what,
                retake=self.paths.retake,
                name=name,
                do=error.do,
            ) from None

    def _before(self, name: str) -> int:
        """How many earlier prompts have the same text: two of them are two pictures, whichever models make them."""
        seen: Counter[str] = Counter()
        for other, wish in self._wishes.items():
            if other == name:
                break
            seen[folded(wish.text)] += 1
        return seen[folded(self._wishes[name].text)]


def select(orders: Candidates, takes: Mapping[str, Takes], known: Known, insist: Collection[str] = ()) -> Selection:
    """A take that is neither there nor on its way leaves the one before it in its place.

    insist: prompts whose picked take, and the others of the last order, are wanted in any case: they are being ordered.
    """
    made: list[Request] = []
    beside: list[Request] = []
    numbers: dict[str, int] = {}
    for name, plain in orders.plain.items():
        if name not in takes:
            made.append(plain)
            continue
        numbers |= {each.digest: each.number for each in takes[name].ordered}
        take, request = _picked(orders, name, takes[name], known if name not in insist else _always)
        numbers[request.digest] = take.number
        made.append(request)
        for other in takes[name].all_unshown:
            further = orders.request(name, other) if other.number != take.number else None
            is_asked = name in insist and other in takes[name].last_order
            if further and (is_asked or known(further)):
                beside.append(further)
                numbers[further.digest] = other.number
    return Selection(made, numbers, beside)


def _always(_: Request) -> bool:
    return True


def _picked(orders: Candidates, name: str, takes: Takes, known: Known) -> tuple[Take, Request]:
    for take in takes.chain():
        request = orders.request(name, take)
        if take.number == 1 or known(request):
            return take, request
    raise BadInput(
        "{run}/takes.json: take {picked} of {name} is not among its takes",
        "restore the file, or move it aside: then the first pictures are wanted again, from the store",
        run=orders.paths.folder,
        picked=takes.picked,
        name=name,
    )
