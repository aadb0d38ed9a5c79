"""The prompts of a run, whoever wrote them: a prompts file of ours, or else the file of another program."""

from ..catalog.catalog import Catalog
from ..catalog.presets import Preset
from ..files.problem import Problem, bad_input
from ..project.run_paths import RunPaths
from . import foreign_prompts
from .prompts import RunPrompts, check_prompts


def read(paths: RunPaths, catalog: Catalog, preset: Preset) -> RunPrompts:
    """The prompts of a run folder. Raises BadInput with every mistake of the file."""
    run, problems = check(paths, catalog, preset)
    if run is None:
        raise bad_input(problems)
    return run


def check(paths: RunPaths, catalog: Catalog, preset: Preset) -> tuple[RunPrompts | None, list[Problem]]:
    """(prompts, []) of a right run folder, (None, every mistake) of any other."""
    if paths.is_foreign:
        return foreign_prompts.check(paths, catalog.sources)
    return check_prompts(paths, preset)
