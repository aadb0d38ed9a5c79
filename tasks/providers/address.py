"""Where a provider is reached, and whether that is this very machine."""

import ipaddress
import os
from urllib.parse import urlsplit

from ..catalog.model import Provider
from ..text.errors import BadInput
from ..text.redaction import one_line

LOOPBACK = "loopback"
"""The origin of pictures that come from this very machine."""


def base_url(provider: Provider) -> str:
    """The provider's address: its own client's variable, else the configured one. BadInput when it is unsafe."""
    url = os.environ.get(provider.base_url_env, "").strip() or provider.base_url
    if is_safe(url):
        return url
    shown = one_line(url, 60)
    raise BadInput(
        "{base_url_env}={shown} cannot be used: keys travel only over https, or within this machine",
        "unset {base_url_env}, or set it to an https:// address",
        base_url_env=provider.base_url_env,
        shown=shown,
    )


def is_safe(url: str) -> bool:
    """Whether a secret may travel there: over https, or within this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(provider: Provider) -> str:
    """ "loopback" when pictures of a real provider's model would come from this machine, else "".

    Such pictures are an emulator's: they must never be taken for bought ones, so their requests have other digests.
    """
    return LOOPBACK if provider.base_url and is_loopback(base_url(provider)) else ""
