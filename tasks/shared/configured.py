"""Which store this project shares with other machines: one line in configs/store.yaml, or KAMISHIBAI_STORE.

Without either nothing is shared, and nothing of this folder but this module is imported.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..project.paths import Paths
from ..text.errors import BadInput

if TYPE_CHECKING:
    from .port import SharedStore

VARIABLE = "KAMISHIBAI_STORE"
S3 = "s3://"


@dataclass(frozen=True)
class Shared:
    """url: a folder or s3://bucket/prefix. account: whose caps hold together; "": those of each key."""

    url: str
    account: str = ""


def configured(paths: Paths) -> Shared | None:
    """What is shared; None for nobody to share with. The variable goes before the file. Raises BadInput."""
    url = os.environ.get(VARIABLE, "").strip()
    if not url and not os.path.lexists(paths.shared):
        return None
    said = _said(paths) if os.path.lexists(paths.shared) else Shared("")
    return Shared(_checked(paths, url or said.url), said.account)


def _said(paths: Paths) -> Shared:
    from ..files import schema

    data = schema.load(paths.shared, "store")
    return Shared(data["url"], data.get("account", ""))


def _checked(paths: Paths, url: str) -> str:
    """The address as it is meant everywhere: a folder's path from the root of the disk."""
    if url.startswith(S3):
        return url.rstrip("/")
    if "://" in url:
        raise BadInput(
            "the shared store {url} is neither a folder nor s3://bucket/prefix",
            "write one of these into {file} or {variable}",
            url=url,
            file=paths.shared,
            variable=VARIABLE,
        )
    return str((paths.root / Path(url).expanduser()).resolve())


def opened(shared: Shared) -> "SharedStore":
    """The store itself; nothing is asked yet. Raises Stop where the extra is missing, BadInput for a bad address."""
    if shared.url.startswith(S3):
        from .objects import ObjectStore

        return ObjectStore(shared.url)
    from .folder import FolderStore

    return FolderStore(Path(shared.url))
