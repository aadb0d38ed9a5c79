"""Places that cannot be worked on, while the others are: what is bad stops itself only."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ..pictures.store import StorePictureDamaged
from ..project.run_paths import RunPaths
from ..text.errors import BadInput, Stop
from ..text.sentences import t
from .spoiled import SpoiledManifest

Made = TypeVar("Made")
BAD = (BadInput, StorePictureDamaged, SpoiledManifest)
"""What is wrong with one place; anything else that stops (no key, a lock, a full disk) concerns the command."""


@dataclass
class LeftOut:
    """The places that a command leaves out, by name, and why."""

    why: dict[str, Stop] = field(default_factory=dict)

    def each(self, places: Iterable[RunPaths], work: Callable[[RunPaths], Made]) -> Iterator[Made]:
        """What `work` makes of every place that is not left out, and does not have to be."""
        for paths in places:
            if paths.name in self.why:
                continue
            try:
                made = work(paths)
            except BAD as stop:
                self.why[paths.name] = stop
            else:
                yield made

    def told(self, since: int = 0) -> list[tuple[str, Stop]]:
        """(where, why) of those after the first `since`; places that one thing stops are told together."""
        names: dict[str, list[str]] = {}
        stops = dict[str, Stop]()
        for name, stop in list(self.why.items())[since:]:
            names.setdefault(stop.what, []).append(name)
            stops.setdefault(stop.what, stop)
        return [(_named(found), stops[what]) for what, found in names.items()]

    def refusal(self) -> Stop:
        """The one error for a command of which nothing is left: every reason once, with what to do about each."""
        stops = [stop for _, stop in self.told()]
        kind = BadInput if all(isinstance(stop, BadInput) for stop in stops) else Stop
        what = "\n".join([*map(str, stops[:-1]), stops[-1].what])
        return kind("{what}", "{do}", what=what, do=stops[-1].do)


def _named(names: list[str]) -> str:
    return names[0] if len(names) == 1 else t("{name} and {count:,} more", name=names[0], count=len(names) - 1)
