"""The stages of a selection as doit tasks: which files they read, which they write, and when they have nothing to do.

One task per stage and selection, not one per picture (docs/decisions.md, D-003). Each function returns one task as doit
wants it; `more` are further files that it depends on.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from doit.tools import config_changed

from ..project.run_paths import RunPaths
from .visual import Stages

Task = dict[str, Any]


def request(stages: Stages, name: str, doc: str, *more: Path) -> Task:
    """Prompts and configs -> batch_request.jsonl."""

    def needs(paths: RunPaths) -> Iterable[Path]:
        return [*paths.prompt_files(), *stages.paths.configs, *more]

    task = _task(stages, name, doc, needs, lambda paths: paths.request)
    return task | {"actions": [stages.request], "clean": True}


def submit(stages: Stages, name: str, doc: str) -> Task:
    """batch_request.jsonl -> manifest.json."""
    task = _task(stages, name, doc, lambda paths: [paths.request], lambda paths: paths.manifest)
    return task | {"actions": [stages.submit], "clean": []}


def fetch(stages: Stages, name: str, doc: str) -> Task:
    """manifest.json -> images, results.jsonl."""
    task = _task(stages, name, doc, lambda paths: [paths.manifest], lambda paths: paths.results)
    return task | {"actions": [stages.collect], "clean": []}


def usage(stages: Stages, name: str, doc: str) -> Task:
    """results.jsonl -> usage.csv."""
    task = _task(stages, name, doc, lambda paths: [paths.results], lambda paths: paths.usage)
    return task | {"actions": [stages.usage], "clean": True}


def gallery(stages: Stages, name: str, doc: str, *more: Path, also: Sequence[str] = ()) -> Task:
    """results.jsonl and a person's verdicts -> gallery.html. also: further pages that are drawn with them."""

    def needs(paths: RunPaths) -> Iterable[Path]:
        own = (path for names in ("review.json", "takes.json") for path in paths.folder.glob(names))
        return [paths.results, *paths.prompt_files(), stages.paths.presets, *more, *own]

    task = _task(stages, name, doc, needs, lambda paths: paths.gallery)
    return task | {"targets": [*task["targets"], *also], "actions": [stages.gallery], "clean": True}


def _task(
    stages: Stages,
    name: str,
    doc: str,
    needs: Callable[[RunPaths], Iterable[Path]],
    makes: Callable[[RunPaths], Path],
) -> Task:
    """One stage: files in, files out, and no more to do than was done."""
    asked = {"slot": stages.settings.slot or "", "address": os.environ.get("GOOGLE_GEMINI_BASE_URL", "")}
    return {
        "name": name,
        "doc": doc,
        "file_dep": [str(path) for paths in stages.runs for path in needs(paths)],
        "targets": [str(makes(paths)) for paths in stages.runs],
        "uptodate": [stages.settled, config_changed(asked)],
    }
