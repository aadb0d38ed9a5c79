"""A picture server of one's own, as this pipeline uses it: one picture a request, no money, any shape of error.

Which servers speak it, and in what they differ: docs/provider.md, S-01 to S-06. No redirect leaves its host, no proxy
is asked, and a key is sent only where one is set.
"""

import hashlib
import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from ...catalog.sizes import pixels_of
from ...text.redaction import one_line, without
from ...text.sentences import t
from ..address import is_loopback
from ..answer import Reply, Unreadable
from ..bounds import Patience
from ..connected import Connected
from ..failure_class import AccountTrouble
from ..failures import Ambiguous, Refused, Unavailable, http_error
from ..network import Network
from ..protojson import items, message, read_object, text
from .answers import Told, made, read

NAMELESS = "sd-cpp-local"
"""What stable-diffusion.cpp calls every model (S-04)."""
_NO_LIST = frozenset({404, 405, 501})
_NOT_NOW = 503
_NOT_TAKEN = 429
"""The code by which the lane knows that a request was not taken, and can be offered again in its place."""
_SEEDS = 2**31


class OwnServer(Connected):
    """One server at one address.

    base_url: with its "/v1", or a host alone. key: "" for none. timeout: seconds for one picture. May be shared by
    threads.
    """

    def __init__(self, base_url: str, key: str, timeout: float, patience: Patience | None = None) -> None:
        base = base_url.rstrip("/")
        base = base if urlsplit(base).path.strip("/") else f"{base}/v1"
        network = Network({**os.environ, "no_proxy": "*"})
        super().__init__(base, key, "Authorization", "Bearer ", timeout, patience, network)
        self._listed: list[str] | None = None

    def reach(self) -> None:
        """Ask for the list of models: whether it is there at all. Raises Unavailable, Refused for the key."""
        self._models()

    def ends_on(self, model: str) -> str | None:
        """None: no model ends here. Raises Refused (404) when the server lists others and not this one."""
        self._name(model)
        return None

    def seeded(self, body: Mapping[str, Any], key: str, /) -> dict[str, Any]:
        """The body with the seed of a request's key: the same for the same key, another one for every take."""
        return {**body, "seed": int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % _SEEDS}

    def generate(self, model: str, body: Mapping[str, Any], /) -> Reply:
        """One picture, asked for once.

        Raises Refused for what this request cannot be, or the server cannot do; Unavailable when it did not take it,
        with the code 429 where it can be offered again in its place (a full queue, a model that is being loaded);
        Ambiguous when no clear answer came, which costs nothing.
        """
        name, began = self._name(model), time.monotonic()
        try:
            answer = self._http.buy(f"{self._base}/images/generations", _sent(body, name), failure=http_error)
        except Unavailable as error:
            raise self._not_now(error) from error
        except Refused as refusal:
            raise self._plain(refusal) from refusal
        try:
            told = read(answer.body)
        except Unreadable as error:
            raise Ambiguous(f"200, but {error}") from error
        told = self._fetched(told) if told.address else told
        seconds = round(time.monotonic() - began, 2)
        return Reply(lambda: made(told, pixels_of(text(body.get("size"))), seconds), seed=body.get("seed"))

    def _fetched(self, told: Told) -> Told:
        """The picture at the address that the answer named, where that is this very server (S-02).

        Any other address stays one: it is kept for a person, and nothing is asked there. Raises Ambiguous.
        """
        try:
            place = urljoin(f"{self._base}/", told.address)
            url, base = urlsplit(place), urlsplit(self._base)
        except ValueError:
            return Told(told.address.encode())
        if url.hostname != base.hostname and not (is_loopback(place) and is_loopback(self._base)):
            return Told(told.address.encode())
        where = url._replace(scheme=base.scheme, netloc=base.netloc).geturl()
        try:
            return Told(self._http.picture(where, with_key=True).body)
        except (Refused, Unavailable) as error:
            raise Ambiguous(t("the picture's address answered {reason}", reason=error.reason)) from error

    def _name(self, model: str) -> str:
        """What the server calls that model: its own spelling, with whatever stands before the last slash (S-04).

        Raises Refused when it has others only, Unavailable when it does not say.
        """
        listed = self._models() if self._listed is None else self._listed
        if found := next((each for each in listed if _last(each) == _last(model)), None):
            return found
        if not listed or NAMELESS in listed:
            return NAMELESS if NAMELESS in listed else model
        reason = t(
            "the server at {host} has {names}, not {model}; load it there, or let `name` of the model be what the"
            " server calls it (configs/image_models.local.yaml)",
            host=self.endpoint,
            names=one_line(", ".join(listed[:5]), 120),
            model=model,
        )
        raise Refused(404, reason, trouble=AccountTrouble.ACCOUNT)

    def _models(self) -> list[str]:
        """The ids that GET /v1/models lists; none where the server has no such list. Raises Unavailable, Refused."""
        try:
            found = read_object(self._http.ask("GET", f"{self._base}/models").body)
        except Unavailable as error:
            raise self._not_now(error) from error
        except Refused as refusal:
            if refusal.code not in _NO_LIST:
                raise
            found = {}
        except ValueError:
            found = {}
        self._listed = [name for each in items(found.get("data")) if (name := text(message(each).get("id")))]
        return self._listed

    def _not_now(self, error: Unavailable) -> Unavailable | Refused:
        """The failure as the lane is to take it: who loads a model or has a full queue did not take the request.

        Too little memory is a matter of this request: asked again it would be too little again (S-05).
        """
        if error.code == _NOT_NOW:
            return Unavailable(error.reason, error.retry_after, _NOT_TAKEN)
        if error.code and "out of memory" in error.reason.lower():
            return Refused(error.code, error.reason)
        if error.code is None:
            reason = t("no picture server answers at {url}: {reason}", url=self._shown_base, reason=error.reason)
            return type(error)(reason)
        return error

    def _plain(self, refusal: Refused) -> Refused:
        """The refusal with what a 404 means first: there is no such address at that server."""
        if refusal.code != 404:
            return refusal
        reason = t("{url} makes no pictures: {reason}", url=self._shown_base, reason=refusal.reason)
        return Refused(404, reason, trouble=AccountTrouble.ACCOUNT)

    @property
    def _shown_base(self) -> str:
        return one_line(without(self._key, self._base), 80)


def _sent(body: Mapping[str, Any], name: str) -> bytes:
    """The body as it leaves: stable-diffusion.cpp reads a seed only out of the text (S-03)."""
    asked = {**body, "model": name}
    if name == NAMELESS and "seed" in asked:
        asked["prompt"] += f' <sd_cpp_extra_args>{{"seed":{asked["seed"]}}}</sd_cpp_extra_args>'
    return orjson.dumps(asked)


def _last(name: str) -> str:
    return name.rpartition("/")[2].casefold()
