"""What a person should know of how the prompts of a place are read: in which encoding, which sheet, what is not."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..catalog.catalog import Catalog
from ..catalog.presets import Preset
from ..files.problem import NotADocument, Problem, shown
from ..project.run_paths import RunPaths, prompt_files, unread_files
from ..project.thumbnail_paths import ThumbnailPaths
from ..prompts import foreign_prompts, foreign_subjects, run_prompts, table
from ..text.sentences import t
from . import thumbnail_rows

_MOST_NAMED = 4
_LEAST_TELLING = 6
"""Characters from which on a style in a prompt is no chance."""


def notes(paths: RunPaths, catalog: Catalog) -> list[Problem]:
    """All of it as warnings, of a place whose prompts can be read."""
    changed = _changed(paths, catalog)
    if paths.is_foreign and type(paths) is RunPaths:
        return changed + foreign_prompts.notes(paths, catalog.sources)
    if paths.is_foreign:
        return changed + foreign_subjects.notes(paths, catalog.sources)
    folder, found = paths.folder, prompt_files(paths.folder)
    try:
        said = [each for path in found if path.suffix.lower() != ".json" for each in table.notes(path)]
    except NotADocument:
        said = []  # it was changed since, and is read again before anything is sent
    return [*changed, *said, *(_unread(folder) if found else ())]


def _changed(paths: RunPaths, catalog: Catalog) -> list[Problem]:
    """Of what a person rewrote on the page, that which is not applied any more."""
    if isinstance(paths, ThumbnailPaths):
        return thumbnail_rows.notes(paths, catalog)
    return run_prompts.notes(paths, catalog) if type(paths) is RunPaths else []


def doubled(paths: RunPaths, preset: Preset, texts: Sequence[str]) -> list[Problem]:
    """That prompts hold what the channel adds to each of them, so that it would be sent twice: before it is paid for.

    texts: the prompts as they are written. Another program's have nothing added, and thumbnails say all themselves.
    """
    if type(paths) is not RunPaths or paths.is_foreign or not texts:
        return []
    found = []
    for key, part in (("style", preset.style.strip()), ("prompt_suffix", preset.prompt_suffix.strip())):
        count = sum(part in text for text in texts) if len(part) >= _LEAST_TELLING else 0
        if count:
            message = t(
                "{count} of {total:prompt holds|prompts hold} the {key} of {channel} already: it is sent twice",
                count=count,
                total=len(texts),
                key=key,
                channel=preset.channel,
            )
            do = t(
                "take it out of the prompts, or out of {channel} in configs/channel_presets.json",
                channel=preset.channel,
            )
            found.append(Problem(paths.prompt_files()[0], None, "", message, do, warning=True))
    return found


def _unread(folder: Path) -> Iterator[Problem]:
    if names := unread_files(folder):
        there = ", ".join(shown(name) for name in names[:_MOST_NAMED]) + (
            t(" and others") if names[_MOST_NAMED:] else ""
        )
        do = t("save it as .csv or .xlsx in place of the prompts file, or move it away")
        yield Problem(folder, None, "", t("{there} there is not read", there=there), do, warning=True)
