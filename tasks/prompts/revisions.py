"""What a person changed of a prompt where its picture is seen: text, slot, references. The prompts file stays as it is.

A revision names what it takes the place of, and holds only as long as that stands in the file. When the row says
something else later, whoever wrote it is believed: the revision is said and not applied.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..files.problem import Problem, pointer
from ..text.sentences import t
from .prompts import Prompt

Value = TypeVar("Value")


@dataclass(frozen=True)
class Edit(Generic[Value]):
    """One key of a row. was: what the file says. now: what is asked for in its place."""

    was: Value
    now: Value


@dataclass(frozen=True)
class Revision:
    """The keys of one row that were changed; None for one that was not. at: when, UTC ISO 8601."""

    at: str
    prompt: Edit[str] | None = None
    slot: Edit[str | None] | None = None
    references: Edit[tuple[str, ...]] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the row, those that it changes."""
        return tuple(name for name in ("prompt", "slot", "references") if getattr(self, name) is not None)

    def stands(self, row: Prompt) -> bool:
        """Whether the file still says what every edit takes the place of."""
        return all(getattr(self, name).was == getattr(row, name) for name in self.keys)

    def applied(self, row: Prompt, path: Path) -> Prompt:
        """The row as it is asked for. path: of the file that says so."""
        changes = {name: getattr(self, name).now for name in self.keys}
        return row._replace(**changes, revised=self.keys, revisions=path)

    def same(self, other: "Revision | None") -> bool:
        """Whether the other one asks for the same, whenever it was made."""
        return other is not None and replace(self, at="") == replace(other, at="")


def of_row(row: Prompt, prompt: str, slot: str | None, references: Sequence[str], at: str) -> Revision | None:
    """What changes the row into this; None where it says just that."""
    now = {"prompt": prompt, "slot": slot, "references": tuple(references)}
    edits: dict[str, Any] = {
        name: Edit(was, value) for name, value in now.items() if (was := getattr(row, name)) != value
    }
    return Revision(at, **edits) if edits else None


def revised(rows: Sequence[Prompt], revisions: Mapping[str, Revision], path: Path) -> tuple[Prompt, ...]:
    """The rows as they are asked for. path: of the file of revisions."""
    return tuple(
        found.applied(row, path) if (found := revisions.get(row.id)) and found.stands(row) else row for row in rows
    )


def fallen(
    rows: Sequence[Prompt], revisions: Mapping[str, Revision], path: Path, is_templated: bool = False
) -> Iterator[Problem]:
    """A warning for each revision that is not applied any more. rows: as their files say them.

    is_templated: whether their texts are made by templates, which may have been changed too.
    """
    there = {row.id: row for row in rows}
    for name, revision in sorted(revisions.items()):
        row = there.get(name)
        if row is not None and revision.stands(row):
            continue
        if row is None:
            message = t(
                "the change to {name} of {at} is not applied: no such prompt is there now", name=name, at=revision.at
            )
        else:
            said = t("templates.json or {file}", file=row.file.name) if is_templated else row.file.name
            message = t(
                "the change to {name} of {at} is not applied: {file} says something else since",
                name=name,
                at=revision.at,
                file=said,
            )
        do = t("look at it in doit review: change it there once more, or take the change back")
        yield Problem(path, None, pointer(("revisions", name)), message, do, warning=True)


def decode(record: Mapping[str, Any]) -> Revision:
    """One revision from the data of a valid file."""
    edits: dict[str, Any] = {name: Edit(**_edit(record[name])) for name in ("prompt", "slot") if record.get(name)}
    if found := record.get("references"):
        edits["references"] = Edit(tuple(found["was"]), tuple(found["now"]))
    return Revision(record["at"], **edits)


def _edit(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"was": record["was"], "now": record["now"]}


def encode(revision: Revision) -> dict[str, Any]:
    """One revision as a file says it: what was not changed is not in it."""
    return {"at": revision.at} | {
        name: {"was": _plain(edit.was), "now": _plain(edit.now)}
        for name in revision.keys
        if (edit := getattr(revision, name))
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
