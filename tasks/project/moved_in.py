"""Runs and subjects of another program's files: bought only once a person took them in, one run an episode.

`workspaces/.imported.json` says which channels were taken in: {"version": 1, "channels": {"CH51": {"at": "…Z"}}}.
Nothing else counts, whatever was made of their files before.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..text.errors import BadInput
from ..text.sentences import t
from . import foreign_files
from .foreign_files import Preference
from .run_paths import RunPaths

if TYPE_CHECKING:
    from .paths import Paths


class Sorted(NamedTuple):
    """Runs by what is done with them. worked: made when their channel is. waiting: of channels that nobody took in.

    passed_over: further ones of an episode, and finished ones, which are made only when RUN= names them.
    lines: what is said of the last two.
    """

    worked: list[RunPaths]
    waiting: list[RunPaths]
    passed_over: list[RunPaths]
    lines: tuple[str, ...] = ()


class PassedOver(BadInput):
    """All that is asked for is passed over on purpose: there is nothing to do. lines: what a person should know."""

    def __init__(self, lines: Sequence[str]) -> None:
        what, _, do = "\n".join(lines).rpartition(": ")
        super().__init__("{what}", "{do}", what=what, do=do)
        self.lines = tuple(lines)


def channels(paths: "Paths") -> frozenset[str]:
    """Those whose prompts in other programs' files may be bought; none where the note is missing or cannot be read."""
    try:
        found = note(paths)
    except OSError:
        return frozenset()
    return frozenset(found["channels"]) if found else frozenset()


def note(paths: "Paths") -> dict[str, Any] | None:
    """The note as it stands there, one of no channels where there is none; None for anything else. Raises OSError."""
    if not paths.imported.is_file():
        return {"version": 1, "channels": {}}
    try:
        data = json.loads(paths.imported.read_text("utf-8"))
    except (ValueError, RecursionError):
        return None
    is_note = isinstance(data, dict) and data.get("version") == 1 and isinstance(data.get("channels"), dict)
    return data if is_note else None


def sort(paths: "Paths", runs: Sequence[RunPaths]) -> Sorted:
    """What is done with each of them, in their order. Those with prompts files of ours are all worked."""
    foreign = [run for run in runs if run.is_foreign]
    if not foreign:
        return Sorted(list(runs), [], [])
    known = channels(paths)
    ours = {_episode(run) for run in runs if not run.is_foreign}
    best = {run.name for run in _best(paths, [run for run in foreign if _episode(run) not in ours])}
    passed_over = [run for run in foreign if run.name not in best]
    waiting = [run for run in foreign if run.name in best and run.channel not in known]
    worked = [run for run in runs if not run.is_foreign or (run.name in best and run.channel in known)]
    strangers = dict.fromkeys(run.channel for run in foreign if run.channel not in known)
    left = Counter(run.channel for run in passed_over if run.channel in known)
    lines = (*map(waiting_line, strangers), *(_passed_over_line(*each) for each in left.items()))
    return Sorted(worked, waiting, passed_over, lines)


def named(paths: "Paths", runs: Sequence[RunPaths]) -> Sorted:
    """The same of runs that a person named: also further ones of an episode, and finished ones."""
    known = channels(paths) if any(run.is_foreign for run in runs) else frozenset[str]()
    waiting = [run for run in runs if run.is_foreign and run.channel not in known]
    lines = tuple(waiting_line(run.channel) for run in waiting)
    return Sorted([run for run in runs if run not in waiting], waiting, [], lines)


def waiting_line(channel: str) -> str:
    """What is said in place of buying what another program's files want."""
    return t(
        "{channel} holds runs of another program: doit import CH={channel} shows what would be bought", channel=channel
    )


def _passed_over_line(channel: str, count: int) -> str:
    return t(
        "{channel}: {count:run} of another program passed over, since one of an episode is made,"
        " and none that is finished: doit visual CH={channel} RUN=… makes one all the same",
        channel=channel,
        count=count,
    )


def _episode(run: RunPaths) -> tuple[str, str]:
    """CH51-002_capcut_v1 and CH51-002 are of one episode."""
    return run.channel, run.run_name.number.partition("_")[0]


def _best(paths: "Paths", runs: Iterable[RunPaths]) -> list[RunPaths]:
    """One of each episode that is not finished: the one that was begun here, else a preferred one, else the newest."""
    episodes: dict[tuple[str, str], list[RunPaths]] = {}
    for run in runs:
        episodes.setdefault(_episode(run), []).append(run)
    about = foreign_files.preference(paths.workspaces)
    open_ones = (found for found in episodes.values() if not any(_is_finished(run, about) for run in found))
    return [max(found, key=lambda run: _rank(run, about)) for found in open_ones]


def _is_finished(run: RunPaths, about: Preference) -> bool:
    """Also by a link that leads nowhere here: what it led to was made from the run's pictures on another machine."""
    return any(os.path.lexists(run.folder / name) for name in about.drafts)


def _rank(run: RunPaths, about: Preference) -> tuple[bool, int, int, str]:
    begun = run.request.exists() or run.results.exists()
    place = next((number for number, part in enumerate(about.preferred) if part in run.name), len(about.preferred))
    try:
        changed = run.prompt_files()[0].stat().st_mtime_ns
    except OSError:
        changed = 0
    return begun, -place, changed, run.name
