"""`doit compare`: the same prompts on several slots, by the stages of every other picture.

Heavy modules are imported inside, so that a finished comparison is said to be so at once.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ..files import regular
from ..project.comparison_paths import ComparisonPaths, folder, index_is_behind
from ..project.paths import Paths
from ..project.settings import KEPT, Settings
from ..runs.index import Index
from ..runs.summary import Summaries, all_there, usage_is_behind
from ..text import clock
from ..text.errors import BadInput
from ..text.sentences import later, t

if TYPE_CHECKING:
    from ..session.session import Session


def run(paths: Paths, settings: Settings) -> None:
    """Make what is missing on every slot, then the page over all of them."""
    if settings.name is None:
        raise BadInput(
            "a comparison needs a name, and none is given",
            "doit compare NAME=first-look SLOTS=g-1,i-1,f-1 CH=CH01 RUN=251",
        )
    if settings.slot:
        raise BadInput("doit compare takes several slots", "SLOTS={slot},i-1 in place of SLOT=", slot=settings.slot)
    where = folder(paths, settings.name)
    slots = _slots(where)
    # A run that is named has to be compared with what the comparison holds, even when all pictures are there.
    asks_more = settings.channel or not set(settings.slots) <= set(slots)
    if asks_more or not _said_finished(paths, where, slots, settings):
        _make(paths, settings, where)


def _slots(where: Path) -> list[str]:
    """The slots of a comparison, at a glance; none when there is none, or it cannot be read."""
    try:
        return list(orjson.loads(regular.read(where / "compare.json"))["slots"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _said_finished(paths: Paths, where: Path, slots: Sequence[str], settings: Settings) -> bool:
    """Whether nothing is owed and the page is up to date; then that is said."""
    places = [ComparisonPaths(where / slot) for slot in slots]
    summaries = Summaries(places, Index(paths))
    is_told = not index_is_behind(where, slots) and not any(map(usage_is_behind, places))
    if settings.retry or not slots or not is_told or not summaries.nothing_owed():
        return False
    if any(each.failed for each in summaries.all()):
        return False
    print(f"{all_there(summaries.all(), later('{count:slot}'))}; {where / 'index.html'}")  # noqa: T201 - the person reads it
    return True


def _make(paths: Paths, settings: Settings, where: Path) -> None:
    from ..files import locks
    from ..requests.fix_comparison import fixed
    from ..session.session import Session

    held = locks.take(paths.lock(f"compare-{settings.name}"), t("the comparison {name}", name=settings.name))
    session = Session(paths, settings)
    found = fixed(paths, session.catalog, settings, clock.now())
    if not _said_finished(paths, where, [run_paths.slot for run_paths in found], settings):
        with session.log.heard():
            _go_through(session, where, found)
    held.release()


def _go_through(session: "Session", where: Path, found: list[ComparisonPaths]) -> None:
    from ..files import faultpoint
    from ..session import outcome
    from ..stages.make import make
    from ..views.pages import compare_index

    make(session, found)
    faultpoint.reached("before-index")
    compare_index.write(where, session.runs.open(found))
    outcome.tell(
        session,
        session.runs.open(found),
        t("doit compare") + session.settings.as_typed("NAME", "SLOTS", "CH", "RUN", "IDS", *KEPT),
    )
