"""The Fireworks API as this pipeline uses it: FLUX.1 at once, FLUX.1 Kontext by submit and poll (P-28).

Submitting and generating cost money and are done once. Asking for a result may be repeated.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from ...text.redaction import one_line, without
from ...text.sentences import later, t
from ..address import is_loopback
from ..answer import Reply, Unreadable
from ..bounds import Patience
from ..connected import Connected
from ..failures import Ambiguous, Refused, Unavailable
from ..http import Whole
from ..picture_kind import kind_of
from .answers import PictureAddress, from_data, from_picture, read_image, read_result, request_id

_MEANING = {
    401: later("the key was refused"),
    402: later("the account has an unpaid bill"),
    403: later("the account is suspended or may not use this model"),
    404: later("no such model"),
    412: later("the account is suspended or over its spending limit"),
}
"""What the provider's statuses say about the account; docs.fireworks.ai/guides/inference-error-codes."""


class Fireworks(Connected):
    """One account at one address.

    base_url: "https://host/inference". timeout: seconds without a byte. May be shared by threads.
    """

    def __init__(self, base_url: str, key: str, timeout: float, patience: Patience | None = None) -> None:
        super().__init__(base_url, key, "Authorization", "Bearer ", timeout, patience)
        self._asks_by = "POST"

    def reach(self) -> None:
        """Ask for something that is free: whether it can be asked at all. Raises Unavailable, Refused for the account.

        The list of models is not in the documents that we read: any answer to it but one about the account will do.
        """
        try:
            self._http.ask("GET", f"{self._base}/v1/models")
        except Refused as refusal:
            if refusal.code in _MEANING and refusal.code != 404:
                raise self._plain(refusal) from refusal

    def generate(self, model_name: str, body: Mapping[str, Any]) -> Reply:
        """One picture of a model that answers at once. model_name: "accounts/fireworks/models/…".

        Raises Refused or Unavailable when nothing was billed, Ambiguous when no clear answer came back.
        """
        answer = self._buy(f"{model_name}/text_to_image", body)
        try:
            return read_image(answer.headers, answer.body)
        except Unreadable as error:
            raise Ambiguous(f"200, but {error}") from error

    def submit(self, model_name: str, body: Mapping[str, Any]) -> str:
        """Order one picture of a Kontext model, once; returns the id to ask for it with. Raises as `generate`."""
        answer = self._buy(model_name, body)
        try:
            return request_id(answer.body)
        except Unreadable as error:
            raise Ambiguous(f"200, but {error}") from error

    def result(self, model_name: str, request_id: str) -> Reply | None:
        """What became of an order; None while it is pending. May be asked again at any time.

        Raises Unavailable (ask later) or Refused (404: the provider does not know the order; it may be too young).
        """
        body = self._ask_result(f"{self._url(model_name)}/get_result", request_id)
        try:
            found = read_result(body)
        except Unreadable as error:
            if b"task not found" in body.lower():
                raise Refused(404, f"404 Task not found: {request_id}") from error
            raise Unavailable(t("unreadable result: {key}", key=without(self._key, str(error))), code=200) from error
        return self._collected(found) if isinstance(found, PictureAddress) else found

    def _ask_result(self, url: str, request_id: str) -> bytes:
        """The answer of get_result by POST, or by GET where POST is answered with 405: the docs name both."""
        body = orjson.dumps({"id": request_id})
        try:
            if self._asks_by == "POST":
                return self._http.ask("POST", url, body).body
        except Refused as refusal:
            if refusal.code != 405:
                raise self._plain(refusal) from refusal
            self._asks_by = "GET"
        try:
            return self._http.ask("GET", f"{url}?id={quote(request_id, safe='')}", body).body
        except Refused as refusal:
            raise self._plain(refusal) from refusal

    def _collected(self, address: PictureAddress) -> Reply:
        if "://" not in address.data[:12]:
            return from_data(address.data, id=address.id)
        try:
            url = urlsplit(address.data)
        except ValueError as error:
            raise Unavailable(t("the picture's address cannot be read: {error}", error=error), code=200) from error
        if url.scheme != "https" and not (
            url.scheme == "http" and is_loopback(address.data) and is_loopback(self._base)
        ):
            said = one_line(without(self._key, address.data), 80)
            raise Unavailable(t("the picture is said to be at {said}, which is not https", said=said), code=200)
        ours = (url.scheme, url.netloc) == urlsplit(self._base)[:2]
        try:
            found = self._http.picture(address.data, with_key=ours)
            picture, label = found.body, found.headers.get("Content-Type", "")
        except Refused as refusal:  # the link has ended; asking for the result again gives a new one
            raise Unavailable(
                t("the picture's address answered {reason}", reason=refusal.reason), code=refusal.code
            ) from refusal
        if label.startswith("text/") and not kind_of(picture):  # a page that stands in the way of the picture
            raise Unavailable(t("the picture's address answered with a page"), code=200)
        return from_picture(picture, address.id)

    def _buy(self, path: str, body: Mapping[str, Any]) -> Whole:
        try:
            return self._http.buy(self._url(path), orjson.dumps(body))
        except Refused as refusal:
            raise self._plain(refusal) from refusal

    def _url(self, path: str) -> str:
        return f"{self._base}/v1/workflows/{quote(path)}"

    def _plain(self, refusal: Refused) -> Refused:
        """The refusal with what it says about the account first."""
        meaning = _MEANING.get(refusal.code)
        said = refusal.reason
        told = t("{meaning}: {said}", meaning=t(meaning), said=said) if meaning else said
        return Refused(refusal.code, told, refusal.retry_after, refusal.trouble)
