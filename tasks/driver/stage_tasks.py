"""The stages of a selection as doit tasks: which files they read, which they write, and when they have nothing to do.

One task per stage and selection, not one per picture (docs/decisions.md, D-003). Each function returns one task as doit
wants it; `more` are further files that it depends on.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from doit.tools import config_changed

from ..commands.visual import Stages
from ..project.run_paths import RunPaths
from .action import action

Task = dict[str, Any]


def request(stages: Stages, name: str, doc: str, *more: Path) -> Task:
    """Prompts and configs -> batch_request.jsonl."""

    def needs(paths: RunPaths) -> Iterable[Path]:
        return [*paths.prompt_files(), *paths.folder.glob("revisions.json"), *stages.paths.configs, *more]

    return _task(stages, stages.request, name, doc, needs, lambda paths: paths.request) | {"clean": True}


def submit(stages: Stages, name: str, doc: str) -> Task:
    """batch_request.jsonl -> manifest.json."""
    return _task(stages, stages.submit, name, doc, lambda paths: [paths.request], lambda paths: paths.manifest)


def fetch(stages: Stages, name: str, doc: str) -> Task:
    """manifest.json -> images, results.jsonl."""
    return _task(stages, stages.fetch, name, doc, lambda paths: [paths.manifest], lambda paths: paths.results)


def usage(stages: Stages, name: str, doc: str) -> Task:
    """results.jsonl -> usage.csv."""
    task = _task(stages, stages.usage, name, doc, lambda paths: [paths.results], lambda paths: paths.usage)
    return task | {"clean": True, "uptodate": [*task["uptodate"], lambda: stages.usage_is_told()]}


def gallery(stages: Stages, name: str, doc: str, *more: Path, also: Sequence[str] = ()) -> Task:
    """results.jsonl and a person's verdicts -> gallery.html. also: further pages that are drawn with them."""

    def needs(paths: RunPaths) -> Iterable[Path]:
        own = (path for names in ("review.json", "takes.json", "revisions.json") for path in paths.folder.glob(names))
        return [paths.results, *paths.prompt_files(), stages.paths.presets, *more, *own]

    task = _task(stages, stages.gallery, name, doc, needs, lambda paths: paths.gallery)
    return task | {"targets": [*task["targets"], *also], "clean": True}


def outcome(stages: Stages, *after: str) -> Task:
    """What there is now, said when the tasks `after` are done."""
    return {
        "name": "outcome",
        "actions": [action(stages.outcome, stages.paths)],
        "task_dep": after,
        "uptodate": [False],
    }


def troubles(stages: Stages, *after: str) -> Task:
    """What needs a person, said when the tasks `after` are done and no outcome follows."""
    return outcome(stages, *after) | {"name": "troubles", "actions": [action(stages.troubles, stages.paths)]}


def _untroubled(task: Any, values: dict[str, Any]) -> bool:  # noqa: ARG001 - doit hands them over by these names
    """Whether all could be read when the stage was done last: what could not was not done, whatever doit remembers."""
    return not values.get("troubled")


def _can_be_compared(paths: RunPaths, path: Path) -> bool:
    """Whether doit may take the file's hash: of a pipe it never ends. The stage that reads it says what it is."""
    made = (paths.request, paths.manifest, paths.results)
    return path.is_file() or (path in made and not os.path.lexists(path))


def _task(
    stages: Stages,
    work: Callable[[], None],
    name: str,
    doc: str,
    needs: Callable[[RunPaths], Iterable[Path]],
    makes: Callable[[RunPaths], Path],
) -> Task:
    """One stage: files in, files out, and no more to do than was done. `doit clean` keeps what it makes."""
    asked = {"slot": stages.settings.slot or "", "addresses": stages.addresses}
    return {
        "name": name,
        "doc": doc,
        "actions": [action(work, stages.paths), stages.noted],
        "file_dep": [str(path) for paths in stages.runs for path in needs(paths) if _can_be_compared(paths, path)],
        "targets": [str(makes(paths)) for paths in stages.runs],
        "uptodate": [stages.settled, _untroubled, config_changed(asked)],
        "clean": [],
    }
