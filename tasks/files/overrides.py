"""A config in two layers, the base and one's own file over it: read as one, with the file and line of each value.

As in JSON Merge Patch (RFC 7396): mappings are merged key by key, anything else in one's own file replaces what the
base says, and null takes the key away. A null for a key that neither the base has nor the format knows is a mistake:
misspelt, it would leave in force what was to be taken away. A full copy of any base that was ever shipped says nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..project.layers import Layers, layers
from ..project.paths import Paths
from ..text.sentences import t
from . import bases, document, old_studio, regular, schema
from .problem import CHANGE, NotADocument, Problem, Steps, bad_input, pointer, short, shown
from .schema import Mistake


def load(path: Path, schema_name: str) -> Any:
    """Data of the config `path` in both layers, valid by the schema of that name; BadInput names every mistake."""
    data, found = problems(path, schema_name)
    if found:
        raise bad_input(found)
    return data


def problems(path: Path, schema_name: str) -> tuple[Any, list[Problem]]:
    """(merged data, []) of right files, (None, every mistake, each at the file and line of its value) of others."""
    data, found = _read(path, schema_name)
    return (None, found) if found else (data, [])


def by_channel(path: Path, schema_name: str) -> tuple[Any, list[Problem], dict[str, list[Problem]]]:
    """As `schema.by_channel`, of a config in both layers."""
    data, found = _read(path, schema_name)
    return schema.without_wrong(data, found, schema_name)


def in_force(paths: Paths) -> list[Path]:
    """One's own files that say anything, or that cannot be read."""
    return [own for config, own in _own_files(paths) if _says_anything(own, config.stem)]


def _own_files(paths: Paths) -> list[tuple[Path, Path]]:
    configs = (paths.models, paths.slots, paths.presets, paths.budget, paths.sources)
    return [(config, own) for config in configs if (own := layers(config).own) and regular.there(own)]


def _says_anything(own: Path, schema_name: str) -> bool:
    try:
        return bool(_differences(own, schema_name))
    except NotADocument:
        return True


def _differences(own: Path, schema_name: str) -> Any:
    """What one's own file says; {} for a full copy of a base, or for comments alone."""
    raw = document.read(own)
    if own.suffix == ".yaml" and raw and all(line.lstrip()[:1] in (b"", b"#") for line in raw.splitlines()):
        return {}  # without loading PyYAML: a workspace begins with such files
    over = document.parse(own, raw)
    return {} if over is None or bases.shipped_on(schema_name, over) else over


def _read(path: Path, schema_name: str) -> tuple[Any, list[Problem]]:
    """(merged data, what is wrong with it); (None, …) where that cannot even be said of single values."""
    layer = layers(path)
    if layer.own is None or not regular.there(layer.own):
        return schema.with_problems(layer.base, schema_name)
    try:
        base, over = document.parse(layer.base, document.read(layer.base)), _differences(layer.own, schema_name)
        found = _not_ours(layer, base, over, schema_name)
    except NotADocument as error:
        found = error.problems
    if found:
        return None, found
    data = merged(base, over)
    kept = merged(base, over, keep=True)
    mistakes = schema.find_mistakes(data, schema_name) or schema.idle_nulls(kept, schema_name)
    own = set(schema.find_mistakes(base, schema_name)) if mistakes else set()
    return data, [_problem(layer, mistake, mistake in own) for mistake in mistakes]


def _not_ours(layer: Layers, base: Any, over: Any, schema_name: str) -> list[Problem]:
    """What there is to say of layers that cannot be laid over each other."""
    assert layer.own
    for path, data in ((layer.base, base), (layer.own, over)):
        if other := old_studio.problem(path, data, schema_name):
            return [other]
    if not isinstance(over, dict):
        message = t("found {over}, expected the keys that differ from {path}", over=shown(over), path=layer.base.name)
        return [Problem(layer.own, 1, "", message)]
    if layer.beside and regular.there(layer.beside) and _says_anything(layer.beside, schema_name):
        message = t("says something beside {own}: one's own settings stand in one file", own=layer.own.name)
        do = t("move what differs into {beside} and remove {own}", beside=short(layer.beside), own=short(layer.own))
        return [Problem(layer.beside, None, "", message, do)]
    return []


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
    """(file, line) that has the last word about the value at `steps`; the base where one's own file says nothing."""
    layer = layers(path)
    if layer.own and regular.there(layer.own) and (line := schema.line_of(layer.own, steps)):
        return layer.own, line
    return layer.base, schema.line_of(layer.base, steps)


def _problem(layer: Layers, mistake: Mistake, in_base: bool) -> Problem:
    """A mistake that the base has by itself stands there; any other came with one's own file."""
    assert layer.own
    file, line = layer.base, schema.line_of(layer.base, mistake.steps)
    if not in_base or line is None:
        file, line = layer.own, _nearest(layer.own, mistake.steps)
    return Problem(file, line, pointer(mistake.steps), mistake.message, mistake.do)


def _nearest(local: Path, steps: Steps) -> int | None:
    """Line of the value at `steps`, or of the innermost mapping around it that the file has."""
    around = (steps[:length] for length in range(len(steps), 0, -1))
    return next((line for each in around if (line := schema.line_of(local, each))), 1)
