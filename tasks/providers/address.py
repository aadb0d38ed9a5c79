"""Where a provider is reached, and whether that is this very machine."""

import ipaddress
import os
from urllib.parse import urlsplit

from ..catalog.model import Provider
from ..text.errors import BadInput, NoAddress
from ..text.redaction import one_line

LOOPBACK = "loopback"
"""The origin of pictures that come from this very machine."""


def base_url(provider: Provider) -> str:
    """The provider's address: its own client's variable, else the configured one. BadInput when it is unsafe.

    Of a server of one's own, NoAddress when nobody said where it is; plain http is allowed there, and nowhere else.
    """
    url = os.environ.get(provider.base_url_env, "").strip() or provider.base_url
    if provider.self_hosted and not url:
        raise NoAddress(provider.key, provider.base_url_env)
    if is_safe(url) or (provider.self_hosted and _is_http(url)):
        return url
    if provider.self_hosted:
        raise BadInput(
            "{base_url_env}={shown} is no address of a server",
            "set {base_url_env} to one like http://192.168.1.20:1234/v1",
            base_url_env=provider.base_url_env,
            shown=one_line(url, 60),
        )
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


def _is_http(url: str) -> bool:
    """Whether that is an http address with a host, and neither a user nor a query."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port != 0 and not (parts.query or "@" in url)
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(provider: Provider) -> str:
    """ "loopback" when pictures of a real provider's model would come from this machine, else "".

    Such pictures are an emulator's: they must never be taken for bought ones, so their requests have other digests. A
    server of one's own is a real one wherever it stands.
    """
    return LOOPBACK if provider.base_url and not provider.self_hosted and is_loopback(base_url(provider)) else ""
