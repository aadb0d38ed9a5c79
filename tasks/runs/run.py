"""One run under our lock: its prompts, its manifest, its results; the only writer of the last two."""

import hashlib
import os
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import orjson

from ..catalog.catalog import Catalog
from ..catalog.pricing import estimate
from ..errors import BadInput
from ..files import atomic, regular, schema
from ..files.problem import Problem
from ..pictures import picture
from ..pictures.picture import Facts
from ..pictures.store import Record, Store, StorePictureDamaged
from ..project.all_paths import paths_of
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import reading_notes, takes_file
from ..prompts.request import Request
from ..prompts.selection import Candidates, select
from ..prompts.takes import Takes
from ..providers.answer import FailureClass
from ..text.sentences import t
from . import found_pictures, ownership, places, results
from . import manifest as manifests
from .asked_again import held_as, rule_of
from .found_pictures import USUAL_BYTES, FoundPictures
from .index import Index, counts_everywhere
from .manifest import Kept, Manifest, State, Submission, digits_of
from .other_machines import OtherMachines
from .results import Cause, Result, asked_before
from .spoiled import SpoiledManifest, spoiled
from .their_job import TheirJob, their_job
from .todo import Known, Todo, classify, latest_of


@dataclass
class Run:
    """A run while one command works on it. Every change goes to disk before it is believed here.

    blind: why nobody knows what is wanted; then `wanted` is empty and pictures go to the store only.
    takes: of the prompts with several. numbers: which take each digest of theirs is. index: of what all places
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
    machines: OtherMachines | None = None

    @property
    def worklist(self) -> Todo:
        """What is there, comes, or is missing, by the files as they are now."""
        known = Known(
            self.history,
            self.is_coming,
            self.has_picture,
            self.in_store,
            self.is_coming_elsewhere,
            self.is_yours,
            lambda request: self.finished(request) is not None,
            self.lost_elsewhere,
            self.is_pointer,
        )
        return classify(self.wanted, known, self.most_attempts, self.settings.retry)

    @property
    def yours(self) -> list[str]:
        """Prompts whose picture a person put there, in place of one that did not come or that nobody bought."""
        return [each.prompt_id for each in self.wanted if not self.is_coming(each) and self.is_yours_there(each)]

    def is_yours_there(self, request: Request) -> bool:
        """Whether what lies there is a person's own picture, of whatever kind."""
        line = self.shown.get(request.prompt_id)
        return self.is_yours(request) or (line is not None and line.is_yours and self.has_picture(line))

    @property
    def owed(self) -> bool:
        """Whether anything is left to send, to fetch, to take from the store or, damaged there, to be mended.

        What another place lost is looked at each time: it may come to light there.
        """
        try:
            todo = self.worklist
        except StorePictureDamaged:
            return True
        return bool(todo.pointers) or self._is_owed(todo)

    def _is_owed(self, todo: Todo) -> bool:
        is_lost_elsewhere = any(self.lost_elsewhere(request) for request, _ in todo.held)
        left = todo.send or todo.waiting or todo.restore
        return bool(left or self.manifest.open() or is_lost_elsewhere)

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do and the manifest says so: then nothing of this run will be written."""
        if not self.manifest.complete or any(its.unshown for its in self.takes.values()):
            return False
        try:
            todo = self.worklist
        except StorePictureDamaged:
            return False
        is_plain = not (self.settings.slot or self.settings.retry)
        return not self._is_owed(todo) and (not is_plain or self.kept(todo) == self.manifest.kept)

    def kept(self, todo: Todo) -> Kept:
        """What waits for a person: changed pictures, and what RETRY=changed costs; what Git LFS has not fetched."""
        return Kept(len(todo.kept), round(sum(map(self.estimate, todo.kept)), 6), len(todo.pointers))

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
        return estimate(request.choice, request.text, references=len(request.references))

    def request(self, key: str) -> Request | None:
        """The wanted request of that key; None when the prompt was edited or removed since."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Request]:
        former = {key: request for request in self.wanted for key in request.keys[1:]}
        return former | {request.key: request for request in self.wanted}

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

    @cached_property
    def shown(self) -> dict[str, Result]:
        """For each prompt id, the line whose picture lies in images/. Made once, until a line is added."""
        return results.shown(self.history)

    @cached_property
    def last(self) -> dict[str, Result]:
        """For each key, and each digest under whatever key, its last line. Made once, until a line is added."""
        return {name: result for result in self.history for name in (result.key, result.digest)}

    @cached_property
    def pictures(self) -> dict[tuple[str | None, str], Result]:
        """For each submission and key, the line of the picture that came. Made once, until a line is added."""
        return {line.sent_as: line for line in reversed(self.history) if line.is_picture}

    def picture_tokens(self, key: str | None) -> int:
        """What a picture is billed at least, in image tokens, for answers that report none."""
        request = self.request(key) if key else None
        return request.choice.image_tokens if request else 0

    def buys_again(self, request: Request) -> bool:
        """Whether sending it surely pays once more for a picture that was paid for, and did not come to be seen."""
        line = self.lost_elsewhere(request) or self.last.get(request.digest) or self.last.get(request.key)
        rule = rule_of(line) if line else None
        return rule is not None and rule.buys_again

    def lost_elsewhere(self, request: Request) -> Result | None:
        """The answer that another place paid for and could not have or read, if none of ours is younger.

        A failure of ours that would be asked for again hides nothing. Its reason names the place.
        """
        found = self._lost_elsewhere(request)
        if found is None:
            return None
        (place, line), ours = found, latest_of(self.last, request)
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
        if self.is_theirs_open and self.found(request) is None:
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
        return [name for name in names if not self._found.is_whole(self.paths.image(name), None)]

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

    def stored(self, request: Request) -> Record | None:
        """The request's paid picture: the one that this prompt had before, when several were bought."""
        found = (self._stored(request.prompt_id, digest) for digest in self._shown_first(request))
        return next((record for record in found if record), None)

    def _stored(self, prompt_id: str, digest: str) -> Record | None:
        return self.store.find(digest, self._sources.get((prompt_id, digest), ""))

    def _shown_first(self, request: Request) -> list[str]:
        """Its digests; that of the picture which this prompt had before comes first."""
        return sorted(request.digests, key=lambda digest: (request.prompt_id, digest) not in self._sources)

    def latest(self, request: Request) -> Result | None:
        """What became of a request last, also when it was asked for under another prompt id; None when it never was."""
        return latest_of(self.last, request)

    def sent(self, request: Request) -> Result | None:
        """What became of it last under its own prompt id."""
        return next((line for key in request.keys if (line := self.last.get(key))), None)

    @cached_property
    def _sources(self) -> dict[tuple[str, str], str]:
        # What lies in images/ comes last: of two pictures for one request it is the one that this prompt shows.
        results = sorted(self.history, key=lambda result: bool(result.image))
        return {(each.prompt_id, each.digest): each.source_sha256 for each in results if each.source_sha256}

    def has_picture(self, line: Result) -> bool:
        """Whether images/ holds the picture of that line, or one that a person put in its place."""
        path = self.paths.folder / line.picture
        try:
            if path.stat().st_size == line.image_bytes:
                return True
        except regular.NOT_THERE:
            return False
        return intact(path)

    def is_yours(self, request: Request) -> bool:
        """Whether a person put a whole picture of their own in place of one that did not come, or before any was sent.

        Where a picture of ours was, or another one was ordered since, only a file that came after the failure is.
        """
        if self.found(request):
            return True
        failed = self.last.get(request.digest) or self.last.get(request.key)
        if failed is None or failed.failure is None:
            return False
        path, ours = self.paths.image(request.prompt_id), self.shown.get(request.prompt_id)
        try:
            about = path.stat()
        except OSError:
            return False
        if ours and about.st_size == ours.image_bytes:
            return False
        if (ours or request.prompt_id in self.takes) and not _came_after(about, failed):
            return False
        # What lay there before it was sent did not come in place of it: a placeholder, a picture that is too small.
        size = None if ours or _came_after(about, failed) else request.choice.output_size
        return self._found.is_whole(path, size) and not self._is_stored(path, request)

    def found(self, request: Request) -> Facts | None:
        """What the picture is that lay there before any was sent for its prompt; None when it is not to be kept."""
        if request.prompt_id in self._known_ids:
            return None
        path = self.paths.image(request.prompt_id)
        facts = self._found.own(path, request.choice.output_size)
        return None if facts is None or self._is_stored(path, request) else facts

    @cached_property
    def _found(self) -> FoundPictures:
        preset, paths = self.catalog.presets.get(self.paths.channel), self.catalog.paths
        records = paths.in_work_folders(self.paths.results.name)
        usual = USUAL_BYTES if self.paths.is_foreign and not isinstance(self.paths, ThumbnailPaths) else 0
        return FoundPictures((preset and preset.image_min_bytes) or usual, records)

    @cached_property
    def _known_ids(self) -> frozenset[str]:
        """Prompts for which anything was ever sent or found."""
        sent = (item.prompt_id for each in self.manifest.submissions for item in each.requests)
        return frozenset((*sent, *(line.prompt_id for line in self.history)))

    def is_pointer(self, request: Request) -> bool:
        """Whether a pointer of Git LFS lies in place of the picture."""
        return found_pictures.is_pointer(self.paths.image(request.prompt_id))

    def finished(self, request: Request) -> Path | None:
        """The thumbnail that another program finished, where it lies there, and none of ours was made or ordered since.

        Nobody looks into it: what is there is that program's.
        """
        if not isinstance(self.paths, ThumbnailPaths) or not self.paths.is_foreign:
            return None
        if request.prompt_id in self.takes or request.prompt_id in self.shown:
            return None
        files = self.paths.finished(request.prompt_id)
        return next((path for path in files if path.is_file() and path.stat().st_size), None)

    def set_aside(self, request: Request) -> None:
        """Move what is not ours out of the way, before our picture takes the name: a person's in place of ours, or
        whatever lay there before we made any."""
        path, ours = self.paths.image(request.prompt_id), self.shown.get(request.prompt_id)
        self._keep_take(request, path, ours)
        bought = ours if ours and not ours.is_yours else None
        if not path.is_file() or (bought and path.stat().st_size == bought.image_bytes):
            return
        if (bought and not intact(path)) or self._is_stored(path, request):
            return
        sha256 = hashlib.sha256(regular.read(path)).hexdigest()
        kept = self.paths.images / "_kept" / f"{request.prompt_id}.{sha256[:8]}.png"
        atomic.make_folder(kept.parent)
        path.replace(kept)
        atomic.sync_folder(kept.parent)

    def _keep_take(self, request: Request, path: Path, ours: Result | None) -> None:
        """Copy our picture of another take to images/_takes/, where it stays beside the one that takes its place."""
        takes = self.takes.get(request.prompt_id)
        if not takes or not ours or ours.digest in request.digests or not path.is_file():
            return
        data = regular.read(path)
        if hashlib.sha256(data).hexdigest() == ours.image_sha256:
            kept = self.take_file(request.prompt_id, self.numbers.get(ours.digest, 1))
            if kept.is_file() and regular.read(kept) != data:
                kept = kept.with_stem(f"{kept.stem}.{ours.image_sha256[:8]}")
            atomic.write_if_new(kept, data)

    def take_file(self, prompt_id: str, number: int) -> Path:
        """Where the picture of a take lies while another one is in its place."""
        return self.paths.images / "_takes" / prompt_id / f"{number}.png"

    def made(self, request: Request) -> bool:
        """Whether the request's picture was ever made."""
        lines = (line for line in self.history if line.digest in request.digests)
        return any(map(self.in_store, request.digests)) or any(line.is_picture and not line.is_yours for line in lines)

    def is_known(self, request: Request) -> bool:
        """Whether the request's picture was made, or may still come."""
        return self.is_coming(request) or self.made(request) or self.is_coming_elsewhere(request)

    def _is_stored(self, path: Path, request: Request) -> bool:
        """Whether the file is the request's paid picture, put there by a command that was killed before it said so."""
        record = self.stored(request)
        if record is None:
            return False
        try:
            return picture.to_png(self.store.read(record), request.choice.output_size) == regular.read(path)
        except (StorePictureDamaged, picture.BrokenPicture):
            return False

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
            if (line := self._answers.get((submission.id, item.key)))
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

    @cached_property
    def _answers(self) -> dict[tuple[str | None, str], Result]:
        return {line.sent_as: line for line in self.history}

    def keep(self, manifest: Manifest) -> None:
        if self.theirs:
            self.theirs.manifest.set_aside()
            self.theirs = None
        manifests.save(self.paths.manifest, manifest)
        self.manifest = manifest

    def mark_complete(self) -> None:
        """Note in the manifest whether anything is left to do, for the quick look of the next command."""
        if self.is_theirs_open:
            return
        complete, kept = self._left_next_time()
        seen = {name: [about.st_size, about.st_mtime_ns] for name, about in self._reference_stats()}
        before = self.manifest
        if (complete, kept, seen) != (before.complete, before.kept, before.references):
            read_at = self.catalog.read_at
            self.keep(replace(before, complete=complete, kept=kept, references=seen, read_at=read_at))

    def _left_next_time(self) -> tuple[bool, Kept]:
        """(whether nothing is left to do, what RETRY=changed would make) for the next command, which has no SLOT=."""
        try:
            run = self._as_plain()
            todo = run.worklist
        except (BadInput, StorePictureDamaged):
            return False, Kept()
        return not run._is_owed(todo), run.kept(todo)

    def _as_plain(self) -> "Run":
        """The run as a command sees it that has no SLOT= and no RETRY=: both hold for one command."""
        if not (self.settings.slot or self.settings.retry):
            return self
        plain = replace(self.settings, slot=None, retry=frozenset())
        return read_run(self.paths, self.catalog.paths, self.catalog, plain, index=self.index)

    def _reference_stats(self) -> Iterator[tuple[str, os.stat_result]]:
        paths = {reference.path for request in self.wanted for reference in request.references}
        paths |= {finished for request in self.wanted if (finished := self.finished(request))}
        for path in sorted(paths):
            yield os.path.relpath(path, self.paths.folder), path.stat()

    def add(self, lines: list[Result]) -> None:
        """Put result lines on record; durable when it returns."""
        merged = results.merged(self.history, lines)
        results.save(self.paths.results, merged)
        self.history = merged
        for index in ("shown", "last", "pictures", "_sources", "_answers", "_forgotten", "_known_ids"):
            self.__dict__.pop(index, None)


def _came_after(about: os.stat_result, line: Result) -> bool:
    """Whether a file was put there, or changed, after that answer; a moved file keeps the older of its two times."""
    answered = datetime.fromisoformat(line.finished_at or line.submitted_at or "9999-01-01T00:00:00Z")
    return max(about.st_mtime, about.st_ctime) > answered.timestamp()


def intact(path: Path) -> bool:
    """Whether the file is a whole picture."""
    try:
        picture.inspect(regular.read(path))
    except (picture.BrokenPicture, OSError):
        return False
    return True


def read_run(
    run_paths: RunPaths,
    paths: Paths,
    catalog: Catalog,
    settings: Settings,
    insist: Collection[str] = (),
    index: Index | None = None,
) -> Run:
    """Read and check everything a run consists of. Raises BadInput or SpoiledManifest before anything is written.

    insist: see `select`. index: of what others have on their way; None where that makes no difference.
    """
    manifest, theirs = _told(run_paths)
    history = results.read(run_paths.results)
    orders = Candidates(run_paths, catalog, settings.slot, asked_before(manifest, history))
    run = Run(
        paths=run_paths,
        catalog=catalog,
        settings=settings,
        wanted=list(orders.plain.values()),
        manifest=manifest,
        history=history,
        store=Store(paths.store),
        takes={name: takes for name, takes in takes_file.read(run_paths.folder).items() if name in orders.plain},
        index=index,
        theirs=theirs,
    )
    if run.takes:
        found = select(orders, run.takes, run.is_known, insist)
        run.wanted, run.numbers = found.requests, found.numbers
    return run


def _told(paths: RunPaths) -> tuple[Manifest, TheirJob | None]:
    """The manifest; an empty one where another program's stands in its place in a run of that program."""
    try:
        return read_manifest(paths), None
    except SpoiledManifest as found:
        if theirs := their_job(paths, found):
            return Manifest(paths.name), theirs
        raise


def open_damaged(run_paths: RunPaths, paths: Paths, catalog: Catalog, settings: Settings) -> Run:
    """The same for bringing paid results home: prompts or store records that are gone or broken only make it blind."""
    try:
        places.check(run_paths, paths)
        return read_run(run_paths, paths, catalog, settings)
    except (BadInput, StorePictureDamaged) as error:
        manifest, history = read_manifest(run_paths), results.read(run_paths.results)
        return Run(run_paths, catalog, settings, [], manifest, history, Store(paths.store), error.what)


def read_manifest(paths: RunPaths) -> Manifest:
    """The run's manifest, checked; an empty one when there is none.

    Raises SpoiledManifest for what cannot be read, BadInput for the manifest of another run.
    """
    data, problems = schema.problems(paths.manifest, "manifest")
    if problems:
        if found := spoiled(paths):
            raise found
        return Manifest(paths.name)
    ownership.check(paths, data["run"])
    return manifests.decode(paths.name, data)
