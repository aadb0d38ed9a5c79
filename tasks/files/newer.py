"""What an older Kamishibai does with the files of a newer one: unknown keys do no harm, another format is refused."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..text.sentences import t
from .problem import Problem

OURS = frozenset({"compare", "manifest", "orders", "review", "revisions", "takes"})
"""Schemas of the files with a version that only our own code writes."""


def problem(path: Path, data: Any, schema: Mapping[str, Any]) -> Problem | None:
    """The one thing to say of a file whose format is newer than its schema here; None when it is not."""
    found, known = data.get("version") if isinstance(data, dict) else None, schema["properties"]["version"]["const"]
    if type(found) is not int or found <= known:
        return None
    message = t("was written by a newer Kamishibai (version {found}); this one knows {known}", found=found, known=known)
    return Problem(path, None, "", message, t("update this Kamishibai, or go on with the newer one; nothing is lost"))


def known(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says of the fields of the dataclass `kind`; the keys of newer versions are left out."""
    return {name: record[name] for name in kind.__dataclass_fields__ if name in record}


def added(record: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """What a newer version added to a record of which this one knows `names`: kept as it is."""
    return {name: value for name, value in record.items() if name not in names}
