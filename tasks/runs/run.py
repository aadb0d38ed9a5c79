"""One run under our lock: its prompts, its manifest, its results; the only writer of the last two."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import orjson

from ..catalog.catalog import Catalog
from ..catalog.pricing import estimate
from ..files.problem import Problem
from ..pictures.store import Store
from ..project.all_paths import paths_of
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..project.thumbnail_paths import ThumbnailPaths
from ..providers.answer import FailureClass
from ..requests import reading_notes
from ..requests.request import Request
from ..requests.takes import Takes
from ..text.sentences import t
from . import manifest as manifests
from . import results
from .asked_again import held_as, rule_of
from .found_pictures import USUAL_BYTES, FoundPictures
from .images import Images
from .index import Index, counts_everywhere
from .lines import Lines
from .manifest import Manifest, State, Submission, digits_of
from .other_machines import OtherMachines
from .results import Cause, Result
from .their_job import TheirJob
from .todo import Known, Todo, classify, with_takes


@dataclass
class Run:
    """A run while one command works on it. Every change goes to disk before it is believed here.

    blind: why nobody knows what is wanted; then `wanted` is empty and pictures go to the store only.
    takes: of the prompts with several. numbers: which take each digest of theirs is. beside: takes that nobody saw yet
    and that are made beside the wanted ones: their pictures lie in images/_takes/. index: of what all places
    have on their way; None where that makes no difference. theirs: what another program's manifest says, where one
    stands in place of ours. machines: those that share a store with this one; None where nothing is shared.
    """

    paths: RunPaths
    catalog: Catalog
    settings: Settings
    wanted: list[Request]
    manifest: Manifest
    history: list[Result]
    store: Store
    blind: str | None = None
    takes: dict[str, Takes] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    index: Index | None = None
    theirs: TheirJob | None = None
    beside: list[Request] = field(default_factory=list)
    machines: OtherMachines | None = None
    _size: int | None = field(default=None, init=False, repr=False, compare=False)
    """Bytes of results.jsonl as this process left it."""

    @property
    def worklist(self) -> Todo:
        """What is there, comes, or is missing, by the files as they are now."""
        images = self.images.at_once()
        known = Known(
            self.history,
            self.is_coming,
            images.has_picture,
            self.in_store,
            self.is_coming_elsewhere,
            images.is_yours,
            lambda request: images.finished(request) is not None,
            self.lost_elsewhere,
            images.is_pointer,
            images.is_tidied,
        )
        todo = classify(self.wanted, known, self.most_attempts, self.settings.retry)
        return with_takes(todo, self.beside, known, self.most_attempts, self.settings.retry) if self.beside else todo

    @property
    def yours(self) -> list[str]:
        """Prompts whose picture a person put there, in place of one that did not come or that nobody bought."""
        images = self.images.at_once()
        return [each.prompt_id for each in self.wanted if not self.is_coming(each) and images.is_yours_there(each)]

    @cached_property
    def lines(self) -> Lines:
        """What came of each request. Made once, until a line is added."""
        return Lines(self.history)

    @property
    def images(self) -> Images:
        """The pictures in images/ and in the store, as the results say now."""
        return Images(
            self.paths,
            self.store,
            self.lines,
            self.takes,
            self.numbers,
            self._found,
            self._was_sent,
            self.manifest.tidied,
        )

    def _was_sent(self, prompt_id: str) -> bool:
        return prompt_id in self._known_ids

    def notes(self) -> list[Problem]:
        """What a person should know of how its prompts are read, as warnings, before anything is paid for."""
        found = reading_notes.notes(self.paths, self.catalog)
        preset = self.catalog.presets.get(self.paths.channel)
        return found + (
            reading_notes.doubled(self.paths, preset, [each.prompt for each in self.wanted]) if preset else []
        )

    def most_attempts(self, request: Request) -> int:
        """How often a request is sent, on its lane, before a person must look."""
        return self.catalog.providers[request.choice.model.provider].max_attempts(request.choice.lane)

    def estimate(self, request: Request) -> float:
        """US dollars this picture will cost, about."""
        return estimate(request.choice, request.text, request.references)

    def request(self, key: str) -> Request | None:
        """The wanted request of that key; None when the prompt was edited or removed since."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Request]:
        asked = [*self.beside, *self.wanted]
        former = {key: request for request in asked for key in request.keys[1:]}
        return former | {request.key: request for request in asked}

    def is_beside(self, request: Request) -> bool:
        """Whether its picture is to lie in images/_takes/, beside that of the wanted take."""
        return request in self.beside

    @cached_property
    def _cancelled(self) -> frozenset[str]:
        try:
            return frozenset(self.paths.cancelled.read_text("utf-8", "replace").split())
        except OSError:
            return frozenset()

    def cancelled_by_you(self, line: Result) -> bool:
        """Whether a picture did not come because doit cancel stopped its job."""
        is_cancelled = line.cause is Cause.JOB_CANCELLED or "CANCELLED" in line.reason
        return is_cancelled and line.job in self._cancelled

    def picture_tokens(self, key: str | None) -> int:
        """What a picture is billed at least, in image tokens, for answers that report none."""
        request = self.request(key) if key else None
        return request.choice.image_tokens if request else 0

    def buys_again(self, request: Request) -> bool:
        """Whether sending it surely pays once more for a picture that was paid for, and did not come to be seen."""
        line = self.lost_elsewhere(request) or self.lines.last.get(request.digest) or self.lines.last.get(request.key)
        rule = rule_of(line) if line else None
        return rule is not None and rule.buys_again

    def lost_elsewhere(self, request: Request) -> Result | None:
        """The answer that another place paid for and could not have or read, if none of ours is younger.

        A failure of ours that would be asked for again hides nothing. Its reason names the place.
        """
        found = self._lost_elsewhere(request)
        if found is None:
            return None
        (place, line), ours = found, self.lines.latest(request)
        is_passing = ours is not None and ours.failure is FailureClass.RETRYABLE  # the clocks of two lanes may differ
        if ours and not is_passing and (ours.submitted_at or "") > (line.submitted_at or ""):
            return None
        return replace(line, reason=t("{place}: {reason}", place=place, reason=line.reason))

    def _lost_elsewhere(self, request: Request) -> tuple[str, Result] | None:
        """That answer, with its place, of another run here; else of another machine."""
        if found := self.index.lost(request.digests, self.paths.folder) if self.index else None:
            return paths_of(self.catalog.paths, self.catalog.paths.workspaces / found[0]).name, found[1]
        told = self.machines.lost(request.digests) if self.machines else None
        return told if told and counts_everywhere(told[1]) else None

    def is_coming(self, request: Request) -> bool:
        """Whether a job may still bring the picture, also when it was asked for under another prompt id.

        Until a job of another program is answered, the whole run waits for it.
        """
        if self.is_theirs_open and self.images.found(request) is None:
            return True
        digests, keys = self.manifest.coming(), self.manifest.in_flight()
        return not (digests.isdisjoint(request.digests) and keys.isdisjoint(request.keys))

    @property
    def is_theirs_open(self) -> bool:
        """Whether another program's job may still bring a picture that is not here."""
        return bool(self.theirs and self.theirs.job and self.theirs_missing)

    @property
    def theirs_missing(self) -> list[str]:
        """Prompts of that job whose whole picture is not here."""
        names = self.theirs.requests.values() if self.theirs else ()
        places = {name: [self.paths.at(place) for place in self.paths.image_names(name)] for name in names}
        return [name for name in names if not any(self._found.is_whole(place, None) for place in places[name])]

    @cached_property
    def _found(self) -> FoundPictures:
        preset, paths = self.catalog.presets.get(self.paths.channel), self.catalog.paths
        usual = USUAL_BYTES if self.paths.is_foreign and not isinstance(self.paths, ThumbnailPaths) else 0
        least = (preset and preset.image_min_bytes) or usual
        return FoundPictures(least, lambda: paths.in_work_folders(self.paths.results.name))

    @cached_property
    def _known_ids(self) -> frozenset[str]:
        """Prompts for which anything was ever sent or found."""
        sent = (item.prompt_id for each in self.manifest.submissions for item in each.requests)
        return frozenset((*sent, *(line.prompt_id for line in self.history)))

    def is_coming_elsewhere(self, request: Request) -> bool:
        """Whether another place has the same picture on its way: it is waited for and not bought twice."""
        return bool(self.places_elsewhere(request) or self._on_machines(request))

    def _on_machines(self, request: Request) -> str:
        """Which other machine has it on its way, for a person; "" for none."""
        return self.machines.holder(request.digests) if self.machines else ""

    def is_taken(self, request: Request) -> bool:
        """Whether another place has the picture on its way, bought it, or holds it back as paid for and lost."""
        if self.is_coming_elsewhere(request) or any(map(self.in_store, request.digests)):
            return True
        line = self.lost_elsewhere(request)
        return line is not None and held_as(line, self.most_attempts(request)) not in self.settings.retry

    def places_elsewhere(self, request: Request) -> list[Path]:
        """The folders of other places that have the picture on its way, as the index last saw them."""
        if self.index is None:
            return []
        return [place for digest in request.digests for place in self.index.coming(digest, self.paths.folder)]

    def elsewhere(self, todo: Todo) -> dict[str, list[Request]]:
        """What `todo` waits for because other places have it on its way, by the name of the first of them."""
        found: dict[str, list[Request]] = {}
        for request in todo.waiting:
            if not self.is_coming(request):
                places = self.places_elsewhere(request)
                name = paths_of(self.catalog.paths, places[0]).name if places else self._on_machines(request)
                found.setdefault(name, []).append(request)
        return found

    def in_store(self, digest: str) -> bool:
        return self.store.has(digest)

    def made(self, request: Request) -> bool:
        """Whether the request's picture was ever made."""
        lines = (line for line in self.history if line.digest in request.digests)
        return any(map(self.in_store, request.digests)) or any(line.is_picture and not line.is_yours for line in lines)

    def is_known(self, request: Request) -> bool:
        """Whether the request's picture was made, or may still come."""
        return self.is_coming(request) or self.made(request) or self.is_coming_elsewhere(request)

    def record(self, submission: Submission) -> None:
        """Write one submission's new state; durable when it returns."""
        told = self._with_failures(submission)
        self.keep(self.manifest.with_(told))
        if self.machines:
            self.machines.recorded(self, told)

    def _with_failures(self, submission: Submission) -> Submission:
        """With the lines of those of its requests that are answered and brought no picture."""
        if submission.state not in (State.FINISHED, State.COLLECTED):
            return submission
        items = [
            replace(item, failed=None if line.is_picture else orjson.loads(line.to_json()))
            if (line := self.lines.answers.get((submission.id, item.key)))
            else item
            for item in submission.requests
        ]
        return replace(submission, requests=tuple(items))

    def attempt(self, submission: Submission, key: str) -> int:
        """How many times the request of `key` had been sent when that submission was, itself included; also by
        submissions of a manifest that was lost, of which only the results tell."""
        began = submission.submitted_at or submission.intent_at
        return self.manifest.attempt(submission.id, key) + bisect_left(self._forgotten[digits_of(key)], began)

    @cached_property
    def _forgotten(self) -> defaultdict[str, list[str]]:
        """When each request was sent by submissions that the manifest does not know, ascending."""
        known, jobs = {each.id for each in self.manifest.submissions}, self.manifest.jobs()
        found = defaultdict[str, list[str]](list)
        for line in {line.sent_as: line for line in self.history}.values():
            if line.submission and line.submission not in known and line.job not in jobs:
                insort(found[digits_of(line.key)], line.submitted_at or "")
        return found

    def keep(self, manifest: Manifest) -> None:
        if self.theirs:
            self.theirs.manifest.set_aside()
            self.theirs = None
        manifests.save(self.paths.manifest, manifest)
        self.manifest = manifest

    def add(self, lines: list[Result]) -> None:
        """Put result lines on record; durable when it returns."""
        merged = results.merged(self.history, lines)
        size = results.size_of(self.history) if self._size is None else self._size
        self._size = None  # should the disk refuse half of it
        self._size = results.extend(self.paths.results, self.history, merged, size)
        self.history = merged
        for index in ("lines", "_forgotten", "_known_ids"):
            self.__dict__.pop(index, None)
