"""The prompts of a run, whoever wrote them: a prompts file of ours, or else the file of another program."""

from collections.abc import Mapping
from dataclasses import replace

from ..catalog.catalog import Catalog
from ..catalog.presets import Preset
from ..files.problem import Problem, bad_input
from ..project.run_paths import RunPaths
from . import foreign_prompts, revisions, revisions_file
from .prompts import RunPrompts, check_prompts, mistakes, unfilled
from .revisions import Revision

Revisions = Mapping[str, Revision]


def read(paths: RunPaths, catalog: Catalog, preset: Preset, changes: Revisions | None = None) -> RunPrompts:
    """The prompts of a run folder as they are asked for. Raises BadInput with every mistake of its files.

    changes: revisions in place of those that lie there.
    """
    run, problems = check(paths, catalog, preset, changes)
    if run is None:
        raise bad_input(problems)
    return run


def check(
    paths: RunPaths, catalog: Catalog, preset: Preset, changes: Revisions | None = None
) -> tuple[RunPrompts | None, list[Problem]]:
    """(prompts, []) of a right run folder, (None, every mistake) of any other. changes: as in `read`."""
    run, problems = as_written(paths, catalog, preset)
    if run is None:
        return None, problems
    if changes is None:
        changes, problems = revisions_file.check(paths.folder)
        if problems:
            return None, problems
    return _revised(paths, preset, run, changes) if changes else (run, [])


def _revised(
    paths: RunPaths, preset: Preset, run: RunPrompts, changes: Revisions
) -> tuple[RunPrompts | None, list[Problem]]:
    prompts = revisions.revised(run.prompts, changes, paths.folder / revisions_file.NAME)
    new = [each for each in prompts if each.revised]
    problems = [*mistakes(new), *(() if paths.is_foreign else unfilled(new, preset))]
    return (None, problems) if problems else (replace(run, prompts=prompts), [])


def notes(paths: RunPaths, catalog: Catalog) -> list[Problem]:
    """As warnings, the changes that are not applied any more."""
    changes, _ = revisions_file.check(paths.folder)  # what is wrong is said where the prompts are read
    preset = catalog.presets.get(paths.channel) if changes else None
    run = as_written(paths, catalog, preset)[0] if preset else None
    return list(revisions.fallen(run.prompts, changes, paths.folder / revisions_file.NAME)) if run else []


def as_written(paths: RunPaths, catalog: Catalog, preset: Preset) -> tuple[RunPrompts | None, list[Problem]]:
    """The same, without what a person changed since."""
    if paths.is_foreign:
        return foreign_prompts.check(paths, catalog.sources)
    return check_prompts(paths, preset)
