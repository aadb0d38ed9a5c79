"""What the clients of all providers have alike: one account at one address, asked through one network stack."""

from collections.abc import Mapping
from types import MappingProxyType

from ..text.redaction import one_line, without
from .bounds import Patience
from .http import Http, fingerprint
from .network import Network


class Connected:
    """An account that is asked. base_url: as the provider's client says. timeout: seconds for one call.

    header, before: the header that carries the key, and what stands before it there; without a key it is not sent.
    network: how the account is reached, by the environment unless given. more: headers that say which part of the
    account is meant, sent where the key is: files and jobs of another part are another account's.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        header: str,
        before: str,
        timeout: float,
        patience: Patience | None,
        network: Network | None = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._base = base_url.rstrip("/")
        self._key = key
        self.fingerprint = fingerprint(" ".join([key, *(f"{name}={value}" for name, value in sorted(more.items()))]))
        headers = ({header: f"{before}{key}"} if key else {}) | dict(more)
        self._http = Http(self._base, headers, timeout, patience, network, secret=key)
        self.endpoint = self._http.endpoint

    @property
    def date(self) -> str | None:
        """The provider's clock, ISO 8601, by its last answer and the time since; None before the first."""
        return self._http.date

    def _shown(self, body: bytes) -> str:
        """The beginning of an answer, for a person; never the key."""
        return one_line(without(self._key, body[:2000].decode("utf-8", "replace")), 80)
