"""What a person should know of how the prompts of a place are read: in which encoding, which sheet, what is not."""

from collections.abc import Iterator
from pathlib import Path

from ..files import table
from ..files.problem import NotADocument, Problem, shown
from ..project.run_paths import prompt_files, unread_files
from ..text.sentences import t

_MOST_NAMED = 4


def notes(folder: Path) -> list[Problem]:
    """All of it as warnings, of a folder whose prompts can be read."""
    found = prompt_files(folder)
    try:
        said = [each for path in found if path.suffix.lower() != ".json" for each in table.notes(path)]
    except NotADocument:
        said = []  # it was changed since, and is read again before anything is sent
    return [*said, *(_unread(folder) if found else ())]


def _unread(folder: Path) -> Iterator[Problem]:
    if names := unread_files(folder):
        there = ", ".join(shown(name) for name in names[:_MOST_NAMED]) + (" and others" if names[_MOST_NAMED:] else "")
        do = t("save it as .csv or .xlsx in place of the prompts file, or move it away")
        yield Problem(folder, None, "", t("{there} there is not read", there=there), do, warning=True)
