"""Where a comparison lies: `workspaces/compare/<NAME>/` with a folder for each slot, a place like any other."""

from dataclasses import dataclass
from pathlib import Path

from tasks.places import Places, RunPlace


@dataclass(frozen=True)
class ComparePlace(RunPlace):
    """The files of one slot of a comparison."""

    @property
    def slot(self) -> str:
        return self.folder.name

    @property
    def comparison(self) -> str:
        return self.folder.parent.name

    @property
    def name(self) -> str:
        return f"compare-{self.comparison}-{self.slot}"

    @property
    def channel(self) -> str:
        """What the budget calls it: a comparison belongs to no channel."""
        return "comparisons"

    @property
    def task(self) -> str:
        return "compare"

    @property
    def command(self) -> str:
        return f"doit compare NAME={self.comparison}"

    @property
    def retake(self) -> str:
        return ""

    @property
    def index(self) -> str:
        return "../index.html"

    @property
    def gallery(self) -> Path:
        """The page over all slots."""
        return self.folder.parent / "index.html"

    def prompt_files(self) -> list[Path]:
        return [self.folder.parent / "compare.json"]


def folder(places: Places, name: str) -> Path:
    """The folder of a comparison."""
    return places.workspaces / "compare" / name
