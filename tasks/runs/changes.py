"""Whose change it is, where a finished picture is no longer what its row and channel ask for: pure.

A change for a whole channel buys no finished picture again unasked; what a person says for the picture itself does.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property

from ..providers.address import LOOPBACK
from ..requests.request import Request
from .results import Result

EMULATOR = "emulator"
"""The provider of placeholder pictures: none of them is a finished one."""
MOST_REWRITTEN, FEWEST = 1 / 5, 10
"""More than this part of so many finished pictures, rewritten at once, is asked about first: a program may have."""


class Change(Enum):
    """What differs between a finished picture's request and that of today."""

    CHANNEL = "channel"
    ROW = "row"


class Changes:
    """Looks at one run. shown: by prompt id, the line whose picture lies in images/. history: all of its lines."""

    def __init__(self, wanted: Sequence[Request], shown: Mapping[str, Result], history: Sequence[Result]) -> None:
        self._wanted = wanted
        self._shown = shown
        self._history = history

    @cached_property
    def _places(self) -> Mapping[int, int]:
        """Where each line stands in the history."""
        return {id(line): place for place, line in enumerate(self._history)}

    @cached_property
    def _failed(self) -> Mapping[str, int]:
        """By key and digest, where the last line stands of a request that brought no picture."""
        failed = ((place, line) for place, line in enumerate(self._history) if not line.is_picture)
        return {name: place for place, line in failed for name in (line.key, line.digest)}

    @cached_property
    def _kept(self) -> frozenset[str]:
        """Kinds of rows of which one is sent the text that it was sent: what its channel adds is what it was."""
        pairs = ((each, self._shown.get(each.prompt_id)) for each in self._wanted)
        return frozenset(_kin(each) for each, line in pairs if line and _same_text(each, line))

    def of(self, request: Request) -> Change | None:
        """Of a request whose finished picture is another one; None: it is sent as if there was none.

        So it is when a person asks for this very picture, by SLOT=, a further take or an attempt since it was made.
        SLOT= says nothing of pictures that no model made.
        """
        line, own = self._shown[request.prompt_id], request.own
        if line.provider == EMULATOR or self._was_sent_since(request, line):
            return None
        if own and (own.is_asked or (own.typed and not line.is_yours)):
            return None
        if own is None or not line.own_sha256:
            return self._guess(request, line)
        values = line.own_values or {}
        if not own.origin and line.own_sha256 == own._replace(typed="", origin=LOOPBACK).as_sent:
            return None  # a placeholder from an emulator in the real provider's place
        is_filled_alike = all(values.get(name, text) == text for name, text in own.values)
        is_same = is_filled_alike and line.own_sha256 in (own.sha256, own._replace(typed="").as_sent)
        return Change.CHANNEL if is_same else Change.ROW

    def _was_sent_since(self, request: Request, line: Result) -> bool:
        place = self._places[id(line)]
        return any(self._failed.get(name, -1) > place for name in (*request.digests, *request.keys))

    def _guess(self, request: Request, line: Result) -> Change:
        """Of a line that an older version wrote: it says of the row no more than which text was sent in the end."""
        if _same_text(request, line):
            slot = request.own and request.own.slot
            return Change.ROW if slot and line.slot and slot != line.slot else Change.CHANNEL
        return Change.ROW if _kin(request) in self._kept else Change.CHANNEL


def _same_text(request: Request, line: Result) -> bool:
    return line.digest in request.digests or line.prompt_sha256 == request.prompt_sha256


def _kin(request: Request) -> str:
    return request.own.kin if request.own else ""


def is_much(rewritten: int, finished: int) -> bool:
    """Whether so many rewritten rows of so many finished pictures are asked about before any is bought."""
    return finished >= FEWEST and rewritten > finished * MOST_REWRITTEN
