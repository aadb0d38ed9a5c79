"""A run read from its files, each checked before anything is written."""

from collections.abc import Collection

from ..catalog.catalog import Catalog
from ..files import schema
from ..pictures.store import Store, StorePictureDamaged
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..requests import takes_file
from ..requests.selection import Candidates, select
from ..text.errors import BadInput
from . import manifest as manifests
from . import ownership, places, results
from .index import Index
from .manifest import Manifest
from .results import asked_before
from .run import Run
from .spoiled import SpoiledManifest, spoiled
from .their_job import TheirJob, their_job


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
        run.wanted, run.numbers, run.beside = found.requests, found.numbers, found.beside
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
