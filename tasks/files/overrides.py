"""A config and the `*.local.yaml` beside it: read as one, with the file and the line where each value stands.

As in JSON Merge Patch (RFC 7396): mappings are merged key by key, anything else in the local file replaces what the
base says, and null takes the key away. A null for a key that neither the base has nor the format knows is a mistake:
misspelt, it would leave in force what was to be taken away.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..project.paths import local_override
from ..text.sentences import t
from . import document, old_studio, regular, schema
from .problem import CHANGE, NotADocument, Problem, Steps, bad_input, pointer, shown
from .schema import Mistake


def load(path: Path, schema_name: str) -> Any:
    """Data of the config `path` with its override, valid by the schema of that name; BadInput names every mistake."""
    data, found = problems(path, schema_name)
    if found:
        raise bad_input(found)
    return data


def problems(path: Path, schema_name: str) -> tuple[Any, list[Problem]]:
    """(merged data, []) of right files, (None, every mistake, each at the file and line of its value) of others."""
    local = local_override(path)
    if local == path or not regular.there(local):
        return schema.problems(path, schema_name)
    try:
        base, over = (document.parse(each, document.read(each)) for each in (path, local))
    except NotADocument as error:
        return None, error.problems
    if other := old_studio.problem(path, base, schema_name):
        return None, [other]
    if over is not None and not isinstance(over, dict):
        message = t("found {over}, expected the keys that differ from {path}", over=shown(over), path=path.name)
        return None, [Problem(local, 1, "", message)]
    data = merged(base, over or {})
    kept = merged(base, over or {}, keep=True)
    mistakes = schema.find_mistakes(data, schema_name) or schema.idle_nulls(kept, schema_name)
    if not mistakes:
        return data, []
    own = set(schema.find_mistakes(base, schema_name))
    return None, [_problem(path, local, mistake, mistake in own) for mistake in mistakes]


def merged(base: Any, over: Any, *, keep: bool = False) -> Any:
    """`base` as `over` changes it, by RFC 7396; neither argument is changed.

    keep: a null that takes nothing away stays in it.
    """
    if not isinstance(over, dict):
        return over
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in over.items():
        if value is not None:
            result[key] = merged(result.get(key), value, keep=keep)
        elif key in result:
            del result[key]
        elif keep:
            result[key] = None
    return result


def problem_at(path: Path, steps: Steps, message: str, do: str = CHANGE, *, warning: bool = False) -> Problem:
    """What is wrong with the value at `steps` of a config, at the file (base or override) that says it."""
    file, line = where(path, steps)
    return Problem(file, line, pointer(steps), message, do, warning)


def where(path: Path, steps: Sequence[str | int]) -> tuple[Path, int | None]:
    """(file, line) that has the last word about the value at `steps`; the base where the override says nothing."""
    local = local_override(path)
    if local != path and (line := schema.line_of(local, steps)):
        return local, line
    return path, schema.line_of(path, steps)


def _problem(path: Path, local: Path, mistake: Mistake, in_base: bool) -> Problem:
    """A mistake that the base has by itself stands there; any other came with the override."""
    file, line = path, schema.line_of(path, mistake.steps)
    if not in_base or line is None:
        file, line = local, _nearest(local, mistake.steps)
    return Problem(file, line, pointer(mistake.steps), mistake.message, mistake.do)


def _nearest(local: Path, steps: Steps) -> int | None:
    """Line of the value at `steps`, or of the innermost mapping around it that the file has."""
    around = (steps[:length] for length in range(len(steps), 0, -1))
    return next((line for each in around if (line := schema.line_of(local, each))), 1)
