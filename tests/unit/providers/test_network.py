"""Proxies and certificates: one reading of the environment, tried with real proxies and a real certificate."""

import datetime
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tasks.providers.failures import Unavailable
from tasks.providers.gemini.client import Gemini
from tasks.providers.network import Network, Proxy
from tasks.text.errors import Stop

HOST = "gemini.example"
URL = f"https://{HOST}/v1beta"
BODY = b'{"name": "batches/x", "file": {"name": "files/x"}}'
ANSWER = (
    f"HTTP/1.1 200 OK\r\nX-Goog-Upload-URL: https://{HOST}/upload/1\r\nX-Goog-Upload-Status: final\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY
"""To everything: a list without jobs, where to upload, a file, a job."""
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "requests_ca_bundle")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ({"https_proxy": "p:3128"}, "http://p:3128"),
        ({"https_proxy": "http://small", "HTTPS_PROXY": "http://large"}, "http://small:80"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://large"}, "http://large:80"),
        ({"ALL_PROXY": "https://p"}, "https://p:443"),
        ({"HTTPS_PROXY": "http://p", "ALL_PROXY": "http://q"}, "http://p:80"),
        ({"HTTP_PROXY": "http://p"}, None),
        ({"HTTPS_PROXY": "http://[::1]:8080/"}, "http://[::1]:8080"),
    ],
)
def test_a_proxy_is_named_by_the_environment(environment: dict[str, str], url: str | None) -> None:
    """The scheme's own variable, else ALL_PROXY; small letters first; with or without a scheme."""
    proxy = Network(environment).proxy(URL)
    assert (proxy.url if proxy else None) == url


@pytest.mark.parametrize(
    ("exceptions", "url", "covered"),
    [
        ("*", URL, True),
        ("gemini.example", URL, True),
        ("GEMINI.example", URL, True),
        (".gemini.example", URL, True),
        ("example", URL, True),
        ("*.example", URL, True),
        ("mini.example", URL, False),
        ("other, example", URL, True),
        ("other example", URL, True),
        ("gemini.example:443", URL, True),
        ("gemini.example:8443", URL, False),
        ("gemini.example:8443", f"https://{HOST}:8443/", True),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.0.0.0/8", URL, False),
        ("10.1.2.3", "https://10.1.2.3/", True),
        ("10.1.2.3:443", "https://10.1.2.3/", True),
        ("10.1.2.3:80", "https://10.1.2.3/", False),
        ("fd00::/8", "https://[fd00::1]/", True),
        ("[fd00::1]:443", "https://[fd00::1]/", True),
        ("", URL, False),
        (",", URL, False),
        (".", URL, False),
    ],
)
def test_an_exception_is_a_name_an_address_or_a_network(exceptions: str, url: str, covered: bool) -> None:
    """NO_PROXY: names with all below them, addresses, networks, "*", each with or without a port."""
    assert (Network({"HTTPS_PROXY": "http://p", "NO_PROXY": exceptions}).proxy(url) is None) is covered


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://localhost/", "https://[::1]/", "http://127.8.8.8/"])
def test_this_machine_is_never_asked_by_a_proxy(url: str) -> None:
    """A proxy would look for the offline API on its own machine."""
    assert Network({"ALL_PROXY": "http://p", "HTTP_PROXY": "http://p"}).proxy(url) is None


@pytest.mark.parametrize("value", ["socks5://p:1080", "http://", "http://p:port", "ftp://p", "http://[broken"])
def test_what_is_no_proxy_is_said_without_its_value(value: str) -> None:
    """The variable is named; what stands in it may hold a password."""
    with pytest.raises(Stop, match="HTTPS_PROXY names no proxy"):
        Network({"HTTPS_PROXY": value}).proxy(URL)


def test_the_login_is_apart() -> None:
    """What is said of a proxy never holds its password."""
    proxy = Network({"HTTPS_PROXY": "http://me:p%40ss@p:3128"}).proxy(URL)
    assert proxy == Proxy("http://p:3128", "me:p@ss")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_file_of_certificates_has_to_be_one(tmp_path: Path, name: str) -> None:
    """What is not there, or no certificate, is said with its variable before anything is sent."""
    (tmp_path / "ca.pem").write_text("nothing")
    for path in (tmp_path / "ca.pem", tmp_path / "none.pem"):
        with pytest.raises(Stop, match=f"{name}=.* names no readable file of certificates"):
            Network({name: str(path)})


@pytest.mark.parametrize(
    ("url", "proxy", "read"),
    [
        ("http://127.0.0.1:9", "", 0),
        ("http://gemini.example", "http://127.0.0.1:9", 0),
        ("http://gemini.example", "https://127.0.0.1:9", 1),
        ("https://gemini.example", "http://127.0.0.1:9", 1),
        ("https://127.0.0.1:9", "", 1),
    ],
)
def test_authorities_are_read_for_https_alone(monkeypatch: pytest.MonkeyPatch, url: str, proxy: str, read: int) -> None:
    """Once, where the provider or the proxy is asked over https: reading them takes longer than all else."""
    made: list[ssl.SSLContext] = []
    certificates = Network.certificates
    monkeypatch.setattr(Network, "certificates", lambda self: made.append(certificates(self)) or made[-1])
    monkeypatch.setenv(f"{url.partition(':')[0]}_proxy", proxy)
    client = Gemini(url, "v1beta", "key", timeout=2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            client.status("batches/x")
    assert len(made) == read


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST, its own authority, with its key in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("ca") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


class Tunnel:
    """A proxy that leads whatever is asked for to one https server behind it; answer: what it says to CONNECT."""

    def __init__(self, certificate: Path, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.heads: list[bytes] = []
        self.requests: list[bytes] = []

    def __enter__(self) -> "Tunnel":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
                connection.settimeout(10)
                self._serve(connection)
            except OSError:
                if self._server.fileno() < 0:
                    return

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            self.heads.append(connection.recv(65536))
            connection.sendall(self._answer)
            if b" 200 " not in self._answer:
                return
            with self._context.wrap_socket(connection, server_side=True) as inside:
                while data := inside.recv(65536):
                    self.requests.append(data)
                    if b"\r\n\r\n" in data:
                        inside.sendall(ANSWER)


@pytest.fixture
def tunnel(certificate: Path) -> Iterator[Tunnel]:
    with Tunnel(certificate) as proxy:
        yield proxy


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_every_call_goes_by_the_proxy(
    tunnel: Tunnel, certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """List, upload, create, purchase, download: all by way of the proxy, with its login, and the key inside only."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass@{tunnel.address}")
    monkeypatch.setenv(name, str(certificate))
    client = Gemini(f"https://{HOST}", "v1beta", "the-key", timeout=5)
    assert client.listing() == []
    assert client.upload(b"{}\n", "input") == "files/x"
    assert client.create("model", "files/x", "name") == "batches/x"
    with pytest.raises(Unavailable):
        client.status("batches/x")
    client.generate("model", {})
    assert list(client.download("files/x")) == [BODY, b"\n"]
    lines = re.findall(rb"(\w+) (\S+) HTTP/1.1\r\n", b"".join(tunnel.requests))
    assert [(method, path.partition(b"?")[0]) for method, path in lines] == [
        (b"GET", b"/v1beta/batches"),
        (b"POST", b"/upload/v1beta/files"),
        (b"POST", b"/upload/1"),
        (b"POST", b"/v1beta/models/model:batchGenerateContent"),
        (b"GET", b"/v1beta/batches/x"),
        (b"POST", b"/v1beta/models/model:generateContent"),
        (b"GET", b"/v1beta/files/x:download"),
    ]
    assert all(head.startswith(b"CONNECT gemini.example:443") for head in tunnel.heads)
    assert all(b"Proxy-Authorization: Basic bWU6cGFzcw==" in each for each in map(_titled, tunnel.heads))
    assert all(b"the-key" not in head for head in tunnel.heads)


def _titled(head: bytes) -> bytes:
    return head.replace(b"proxy-authorization: basic", b"Proxy-Authorization: Basic").replace(
        b"proxy-authorization", b"Proxy-Authorization"
    )


def test_a_certificate_nobody_vouches_for_buys_nothing(tunnel: Tunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the file that names it the connection is not used, and it is certain that nothing was sent."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://{tunnel.address}")
    with pytest.raises(Unavailable, match=r"certificate of gemini\.example by way of the proxy http://127"):
        Gemini(f"https://{HOST}", "v1beta", "the-key", timeout=5).create("model", "files/x", "name")
    assert tunnel.requests == []


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Login\r\n\r\n", b"HTTP/1.1 403 No\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n", b"", b"\0\xff"]
)
def test_a_proxy_that_says_no_buys_nothing(certificate: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    """A create and a purchase that the proxy does not let through certainly did not leave."""
    with Tunnel(certificate, answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{proxy.address}")
        client = Gemini(f"https://{HOST}", "v1beta", "the-key", timeout=2)
        for buy in (lambda: client.create("model", "files/x", "name"), lambda: client.generate("model", {})):
            with pytest.raises(Unavailable) as caught:
                buy()
            assert "no connection to gemini.example by way of the proxy" in caught.value.reason
            assert "secret" not in caught.value.reason and caught.value.code is None


def test_no_proxy_at_all_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is not there: said in words, and nothing was sent."""
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="is the network up"):
        Gemini(f"https://{HOST}", "v1beta", "the-key", timeout=2).create("model", "files/x", "name")
