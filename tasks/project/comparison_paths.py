"""Where a comparison lies: `workspaces/compare/<NAME>/` with a folder for each slot, a place like any other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..text.sentences import t
from .paths import Paths
from .run_paths import RunPaths


@dataclass(frozen=True)
class ComparisonPaths(RunPaths):
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
    def plain_command(self) -> str:
        return t("doit compare NAME={comparison}", comparison=self.comparison)

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


def folder(paths: Paths, name: str) -> Path:
    """The folder of a comparison."""
    return paths.workspaces / "compare" / name


def index_is_behind(where: Path, slots: Sequence[str]) -> bool:
    """Whether pictures or verdicts came after the comparison's page was written: a command was stopped between them."""
    told = (path for slot in slots for name in ("results.jsonl", "review.json") for path in (where / slot).glob(name))
    newest = max((path.stat().st_mtime_ns for path in told), default=0)
    index = where / "index.html"
    return not index.is_file() or index.stat().st_mtime_ns < newest
