"""Pictures that the store gives back for nothing make room on the disk, and come back when somebody wants them.

That they are gone is noted in the manifest before the first is removed: wherever a command is killed, what is missing
counts as there, and nothing is bought for it.
"""

import contextlib
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..files import faultpoint, regular
from ..files.problem import Problem, short
from ..pictures import picture, preview
from ..pictures.store import Record, Store, StorePictureDamaged
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..runs import glimpse, results
from ..runs.glimpse import UNREADABLE
from ..runs.results import Result
from ..runs.run import Run
from ..session.session import Session
from ..text.sentences import t


@dataclass
class Tidied:
    """What becomes of a run's pictures. going: the lines of those that the store gives back. bytes: of their files,
    previews too. stays: prompt id and why, of the others."""

    run: Run
    going: list[Result] = field(default_factory=list)
    stays: list[tuple[str, str]] = field(default_factory=list)
    bytes: int = 0


def sorted_out(run: Run, used: Collection[Path], *, verify: bool) -> Tidied:
    """What of a run's pictures can go. used: files that prompts of any place refer to.

    verify: read each picture, and its twin in the store, to the last byte; without it their sizes tell.
    """
    found = Tidied(run)
    for line in sorted(run.lines.shown.values(), key=lambda each: each.prompt_id):
        path = run.paths.at(line.picture)
        if not path.is_file():
            continue
        why = _why_it_stays(run, line, path, verify) if path not in used else t("a prompt refers to it")
        if why:
            found.stays.append((line.prompt_id, why))
        else:
            found.going.append(line)
            found.bytes += sum(each.stat().st_size for each in _files(run, line))
    return found


def _why_it_stays(run: Run, line: Result, path: Path, verify: bool) -> str:
    """ "" when it can go."""
    if line.is_yours:
        return t("nobody bought it")
    if path.stat().st_size != line.image_bytes or (verify and _sha256(path) != line.image_sha256):
        return t("it was changed since it came")
    request = next((each for each in run.wanted if each.prompt_id == line.prompt_id), None)
    if request is None or line.digest not in request.digests:
        return t("its prompt asks for another picture by now")
    record = run.images.stored(request)
    if record is None or record.purchase is None or record.sha256 != line.source_sha256:
        return t("the store does not have it")
    return _what_is_wrong(run, record, verify)


def _what_is_wrong(run: Run, record: Record, verify: bool) -> str:
    try:
        if verify:
            picture.read(run.store.read(record))
        elif record.path.stat().st_size != record.bytes:
            return t("the paid picture {path} is not what was stored", path=record.path)
    except StorePictureDamaged as damage:
        return damage.what
    except (OSError, picture.BrokenPicture) as error:
        return t("the paid picture {path} cannot be used: {error}", path=record.path, error=error)
    return ""


def _sha256(path: Path) -> str:
    with regular.opened(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(run: Run, line: Result) -> Iterator[Path]:
    """The picture and its preview, as far as they are there."""
    path = run.paths.at(line.picture)
    places = (path, *preview.places_of(run.paths.images, path, line.image_sha256 or ""))
    yield from (each for each in places if each.is_file())


def remove(found: Tidied) -> None:
    """Note that they are in the store only, durably, then remove them. The run is locked by this process."""
    run, names = found.run, {line.picture: str(line.image_sha256) for line in found.going}
    run.keep(replace(run.manifest, tidied={**run.manifest.tidied, **names}))
    faultpoint.reached("tidy-noted")
    for line in found.going:
        for path in list(_files(run, line)):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        faultpoint.reached("mid-tidy")


def bring_back(session: Session, runs: Sequence[RunPaths]) -> None:
    """Count what was tidied away there as missing again: the stages that follow take it from the store."""
    for run in session.runs.own(runs):
        if run.manifest.tidied:
            run.keep(replace(run.manifest, tidied={}, complete=False))


def lost(place: RunPaths, paths: Paths) -> Iterator[Problem]:
    """Pictures of a place that were removed since the store had them, and it has them no more."""
    store = Store(paths.store)
    try:
        noted = glimpse.peek(place.manifest).tidied
        lines = results.shown(results.peek(place.results)).values() if noted else ()
        for line in lines:
            path = place.at(line.image or "")
            is_away = noted.get(line.image or "") == line.image_sha256 and not path.exists()
            if is_away and not any(each.path.is_file() for each in store.records(line.digest)):
                do = t("restore {folder} from a backup", folder=short(store.folder(line.digest)))
                yield Problem(path, None, "", t("was tidied away, and the store has it no more"), do)
    except UNREADABLE:
        return
