"""The accounts that one command talks to: address, key and connection of each provider, and what jobs they list."""

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ..catalog.model import Provider
from ..providers.address import base_url
from ..providers.bounds import Patience
from ..providers.failures import Refused, Unavailable
from ..providers.job_status import JobStatus
from ..providers.network import Network
from ..providers.port import BatchProvider, ImmediateProvider
from ..providers.registry import api
from ..text import clock
from ..text.errors import NoKey
from ..text.sentences import t
from . import emulator_process

_QUOTES = "\"'`“”‘’「」"


class Accounts:
    """Connections are made once per command. emulator: where the offline provider keeps its state.

    providers: reads the config when one is needed, so that asking for a clock works while a config is broken.
    """

    def __init__(
        self, providers: Callable[[], Mapping[str, Provider]], emulator: Path, wait: float | None = None
    ) -> None:
        self.patience = Patience(wait)
        self._providers = providers
        self._emulator = emulator
        self._clients: dict[str, BatchProvider] = {}
        self._immediate: dict[str, ImmediateProvider] = {}
        self._accounts: dict[str, tuple[str, str]] = {}
        self._listings: dict[BatchProvider, list[JobStatus] | Refused | Unavailable] = {}
        self._reached: dict[str, Refused | Unavailable | None] = {}

    def batch(self, name: str) -> BatchProvider:
        """The connection to a provider's batch lane. Raises Stop when its key is not set."""
        if name not in self._clients:
            about, (url, key) = self._providers()[name], self._account(name)
            make = api(about.api).batch
            assert make  # a provider that has limits for jobs has jobs: `about.batch` raises for the others
            self._clients[name] = make(about, url, key, about.batch.request_timeout_seconds, self.patience)
        return self._clients[name]

    def immediate(self, name: str) -> ImmediateProvider:
        """The connection to a provider's immediate lane. Raises Stop when its key is not set."""
        if name not in self._immediate:
            about, (url, key) = self._providers()[name], self._account(name)
            make, timeout = api(about.api).immediate, about.immediate.request_timeout_seconds
            assert make
            self._immediate[name] = make(about, url, key, timeout, self.patience)
        return self._immediate[name]

    def _account(self, name: str) -> tuple[str, str]:
        """(address, key) of a provider; the offline one is started when first needed."""
        if name not in self._accounts:
            if name == "emulator":
                self._accounts[name] = emulator_process.start(self._emulator), "emulator"
            else:
                self._accounts[name] = base_url(self._providers()[name]), self._key(name)
        return self._accounts[name]

    def _key(self, name: str) -> str:
        about = self._providers()[name]
        variable, key = about.key_env, os.environ.get(about.key_env, "")
        if not key.strip():
            if about.self_hosted:
                return ""
            raise NoKey(name, variable)
        if wrong := _wrong(key):
            raise NoKey(name, variable, wrong)
        return key

    def need_key(self, name: str) -> None:
        """Raise NoKey, also for a missing address, before anything is said, ordered or sent that would need it."""
        if name != "emulator":
            base_url(self._providers()[name])
            self._key(name)

    def proxy(self, name: str) -> str:
        """The address of the proxy by way of which a provider is asked, without its password; "" for none."""
        if name == "emulator" or self._providers()[name].self_hosted:
            return ""
        proxy = Network().proxy(base_url(self._providers()[name]))
        return proxy.url if proxy else ""

    def listing(self, client: BatchProvider, fresh: bool = False) -> list[JobStatus]:
        """All jobs of the account; asked once per command unless `fresh`. Raises Unavailable or Refused.

        The first answer shows also, before anything is bought, that what is bought could be fetched.
        """
        if fresh or client not in self._listings:
            try:
                self._listings[client] = client.listing()
            except (Refused, Unavailable) as error:
                self._listings[client] = error
        found = self._listings[client]
        if isinstance(found, list):
            return found
        raise found

    def reach(self, name: str) -> None:
        """Ask an immediate provider something free, once per command, before anything is bought of it.

        Raises Unavailable or Refused, also every time after it was raised.
        """
        if name not in self._reached:
            self._reached[name] = None
            try:
                self.immediate(name).reach()
            except (Refused, Unavailable) as error:
                self._reached[name] = error if stops(error) else None
        if refusal := self._reached[name]:
            raise refusal

    def find_job(self, client: BatchProvider, name: str, known: Collection[str], fresh: bool = False) -> str | None:
        """The oldest job of that display name that is not `known`; None when none is listed, which proves nothing."""
        jobs = self.listing(client, fresh)
        found = [listed.name for listed in jobs if listed.display_name == name and listed.name not in known]
        return found[-1] if found else None

    def clock(self, name: str) -> str:
        """The clock of a provider's batch lane once it told it in this command, else ours. UTC, ISO 8601."""
        client = self._clients.get(name)
        return (client.date if client else None) or clock.now()


def stops(error: Refused | Unavailable) -> bool:
    """Whether nothing should be bought after a free question was answered so: not at all, or with no for the account.

    Who is busy, or refuses that question only, can be asked again for what was bought.
    """
    return error.trouble is not None if isinstance(error, Refused) else error.code is None


def _wrong(key: str) -> str:
    """What a value has that no key has, in words; "" for nothing. Pasting brings it in, and no provider takes it."""
    if any(char.isspace() for char in key):
        return t("has a blank or a line end in it")
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        return t("has quotation marks in it")
    if not key.isascii():
        return t("has letters that no key has (not ASCII)")
    return "" if key.isprintable() else t("has control characters in it")
