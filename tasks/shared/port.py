"""What a store that several machines share must be able to do, whatever it is made of.

Two promises carry everything that is built on it: `put_new` has one winner, and `swap` changes only what was read.
A name is a path with slashes and no dots in front: "claims/0a/0a1b….json".
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from ..text.errors import Stop
from ..text.redaction import redacted
from ..text.sentences import english, later, t


class Put(Enum):
    """What came of `put_new`."""

    NEW = "new"
    EXISTS = "exists"


class Swap(Enum):
    """What came of `swap`."""

    DONE = "done"
    CHANGED = "changed"


@dataclass(frozen=True)
class Version:
    """Which content of a name was read. tag: only its own store understands it."""

    tag: str


@dataclass(frozen=True)
class Content:
    """The bytes of a name, and which content that is."""

    data: bytes
    version: Version


class SharedStore(Protocol):
    """Each call raises StoreFails when the store cannot be asked or does not answer; then nobody knows what came of it.

    where: how messages call it.
    """

    where: str

    def put_new(self, name: str, data: bytes) -> Put:
        """Durable under `name` if nothing was there; else nothing is changed. Of several at once one is NEW."""
        ...

    def get(self, name: str) -> Content | None:
        """What is there; None when nothing is."""
        ...

    def list(self, prefix: str) -> list[str]:
        """Every name that begins with the folder `prefix`, which ends in "/"; in order."""
        ...

    def swap(self, name: str, version: Version, data: bytes) -> Swap:
        """Durable in place of what `get` gave with that version; CHANGED when something else is there by now."""
        ...


class StoreFails(Stop):
    """The shared store cannot be asked. Without it nobody knows what other machines have on their way."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            later("the shared store {where} {why}"),
            later(
                "mend that, then run the same command again: nothing is sent without it, and what is on its way stays "
                "safe"
            ),
            where=where,
            why=why if redacted(why) == why else redacted(english(why)),
        )


class StoreUnfit(Stop):
    """The store does not do what its port promises: two machines could buy the same picture."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(
            later("the shared store {where} cannot keep machines apart: {what}; nothing was sent"),
            later(
                "use another one: a bucket with conditional writes (AWS S3, MinIO, Cloudflare R2), or a folder on a "
                "disk with locks"
            ),
            where=where,
            what=what,
        )


def probe(store: SharedStore, name: str) -> None:
    """Raise StoreUnfit when `store` does not keep its two promises. name: this machine's own, for its few bytes."""
    store.put_new(name, b"0")
    again, kept = store.put_new(name, b"another"), store.get(name)
    if kept is None:
        raise StoreUnfit(store.where, t("what was written is not there"))
    if again is not Put.EXISTS or not kept.data.isdigit():
        raise StoreUnfit(store.where, t("it lets a second writer create what exists already"))
    if store.swap(name, kept.version, b"%d" % (int(kept.data) + 1)) is not Swap.DONE:
        return  # a second command of this machine is at it as well: that is what a swap is for
    if store.swap(name, kept.version, b"stale") is not Swap.CHANGED:
        raise StoreUnfit(store.where, t("it lets a writer replace what it has not read"))
