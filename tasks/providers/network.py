"""How this machine reaches the providers: one reading of the environment, for every client.

Proxies by HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, exceptions by NO_PROXY, in small letters or capitals (small ones
first, as curl has it); certificates by SSL_CERT_FILE or REQUESTS_CA_BUNDLE. Libraries differ in how they read these, so
that one reaches what another does not: hence no library is asked.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from ..text.errors import Stop
from ..text.redaction import one_line
from .address import is_loopback

if TYPE_CHECKING:
    import ssl

_PORTS = {"http": 80, "https": 443}
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Proxy:
    """Where calls go instead. url: without user and password; login: "user:password", or ""."""

    url: str
    login: str = ""


class Network:
    """What the environment says of proxies and certificates. Raises Stop, naming the variable, for what cannot be."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._exceptions = re.split(r"[\s,]+", self._variable("no_proxy")[1].lower())
        self._ca_file = self._readable_ca_file()

    def proxy(self, url: str) -> Proxy | None:
        """The proxy through which `url` is asked; None for none. An address on this machine never has one."""
        parts = urlsplit(url)
        name, value = self._variable(f"{parts.scheme}_proxy", "all_proxy")
        if not value or is_loopback(url) or any(_covers(each, parts) for each in self._exceptions if each):
            return None
        return _proxy(name, value)

    def certificates(self) -> "ssl.SSLContext":
        """Whom to believe over https: the system's authorities, and those of the named file."""
        import ssl

        context = ssl.create_default_context()
        if self._ca_file:
            context.load_verify_locations(**_place(self._ca_file))
        return context

    def _variable(self, *names: str) -> tuple[str, str]:
        """(name, value) of the first variable that says something, else two times ""."""
        spelt = [spelling for name in names for spelling in (name, name.upper())]
        found = ((name, self._environment.get(name, "").strip()) for name in spelt)
        return next((each for each in found if each[1]), ("", ""))

    def _readable_ca_file(self) -> str:
        """The file or folder that one of the variables names; "" for none."""
        for name in _CA_VARIABLES:
            value = self._environment.get(name, "")
            if not value:
                continue
            import ssl

            try:
                ssl.create_default_context(**_place(value))
            except (OSError, ValueError) as error:
                raise Stop(
                    "{name}={value} names no readable file of certificates ({error})",
                    "unset {name}, or set it to a PEM file, then run the same command again",
                    name=name,
                    value=one_line(value, 80),
                    error=type(error).__name__,
                ) from None
            return value
        return ""


def _place(path: str) -> Mapping[str, Any]:
    return {"capath": path} if Path(path).is_dir() else {"cafile": path}


def _proxy(name: str, value: str) -> Proxy:
    """The proxy that variable `name` names, with or without "http://" before it."""
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in _PORTS:
        raise Stop(
            "{name} names no proxy that can be used: it must be like http://proxy.example:3128",
            "set {name} to an http:// or https:// address, or unset it, then run the same command again",
            name=name,
        )
    host = f"[{host}]" if ":" in host else host
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(f"{parts.scheme}://{host}:{port or _PORTS[parts.scheme]}", login)


def _covers(exception: str, url: SplitResult) -> bool:
    """Whether an entry of NO_PROXY names that host: "*", a name and all below, an address, a network; with a port."""
    if exception == "*":
        return True
    host, port = (url.hostname or "").rstrip("."), url.port or _PORTS.get(url.scheme)
    if network := _network(exception):
        address = _network(host)
        return address is not None and address.version == network.version and address.subnet_of(network)  # type: ignore[arg-type]
    name, _, wanted = exception.rpartition(":") if re.search(r":\d+$", exception) else (exception, "", "")
    if wanted and int(wanted) != port:
        return False
    if wanted and _network(name.strip("[]")):
        return host == name.strip("[]")
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None
