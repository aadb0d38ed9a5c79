"""The pages while pictures still arrive: the first soon after the first picture, the next ones not too often.

What a page shows then is what lies in images/ by now, also before its line is in results.jsonl: that is written when
all of a job is here. The gallery stage draws every page anew at the end, makes what is missing and tells what is wrong.
"""

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from ..files import atomic, system
from ..pictures.ingest import Came
from ..project.comparison_paths import ComparisonPaths
from ..runs.answers import result_of
from ..runs.awaited import Awaited
from ..runs.manifest import Submission
from ..runs.results import Result, merged
from ..runs.run import Run
from ..session.session import Session
from ..text.errors import BadInput, Stop
from ..views.pages import channel_index, gallery
from ..views.pages.gallery_data import glanced_at, page

FIRST = 2.5
"""Seconds from the first answer to the first page: by then the first group of pictures is in its place."""
LEAST = 5.0
"""Seconds between two pages, at least."""
SHARE = 20
"""A page that took a second is followed by none for so many: drawing early takes a twentieth of the time at most."""


class EarlyPages:
    """Galleries and channel pages of the runs that a poll loop brings home."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._due: float | None = None
        self._runs: dict[str, Run] = {}

    def arriving(self, run: Run, submission: Submission, came: Came) -> None:
        """An answer arrived; the rest of its job is still under way."""
        self.answered(run, submission, lambda: {key: result_of(got) for key, got in came().items()})

    def answered(self, run: Run, submission: Submission, came: Callable[[], Mapping[str, Result]]) -> None:
        """The same on either lane. came: the lines of the answers so far, by key."""
        if not self._is_due() or not _has_page(run):
            return
        answers = {key: line for key, line in came().items() if _is_in_its_place(run, line)}
        if answers:
            self._runs[run.paths.name] = _so_far(run, submission, answers)
            self._draw()

    def came(self, run: Run) -> None:
        """A job was brought home, and its lines are in results.jsonl."""
        if _has_page(run):
            self._runs[run.paths.name] = run
            self.draw_what_is_due()

    def draw_what_is_due(self) -> None:
        """What came since the last page, if that is long enough ago."""
        if self._runs and self._is_due():
            self._draw()

    def seconds_left(self) -> float:
        """Until what came is drawn; infinite when everything is."""
        return max(0.0, self._due - time.monotonic()) if self._runs and self._due is not None else math.inf

    def _is_due(self) -> bool:
        if self._due is None:
            self._due = time.monotonic() + FIRST
        return time.monotonic() >= self._due

    def _draw(self) -> None:
        began = time.monotonic()
        runs, self._runs = list(self._runs.values()), {}
        with contextlib.suppress(BadInput, Stop, OSError):  # the gallery stage tells it
            for run in runs:
                atomic.write_if_new(run.paths.gallery, gallery.render(glanced_at(run, page(run))))
            for channel in {run.paths.channel for run in runs if run.paths.index}:
                name = channel_index.name_of(self._session.catalog, channel)
                channel_index.write(self._session.paths, channel, name)
        system.give_memory_back()  # the pictures that are still coming take it
        now = time.monotonic()
        self._due = now + max(LEAST, SHARE * (now - began))


def _has_page(run: Run) -> bool:
    """Whether the run has a page of its own that can be drawn: a comparison has one over all its slots."""
    return run.blind is None and not isinstance(run.paths, ComparisonPaths)


def _is_in_its_place(run: Run, line: Result) -> bool:
    try:
        return line.image is not None and run.paths.at(line.image).stat().st_size == line.image_bytes
    except OSError:
        return False


def _so_far(run: Run, submission: Submission, answers: Mapping[str, Result]) -> Run:
    """The run as if only these answers of the submission had come; to look at, never to write."""
    keys = tuple(item.key for item in submission.owed if item.key not in answers)
    rest = replace(submission, awaited=Awaited(keys, 0, submission.intent_at))
    return replace(run, history=merged(run.history, list(answers.values())), manifest=run.manifest.with_(rest))
