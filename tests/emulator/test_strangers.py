"""What no client of ours sends: pages of other sites, bodies framed wrongly. The emulator goes on serving."""

import contextlib
import http.client
import re
import socket
import subprocess
import sys

import pytest

from tests.support.emulator_process import ROOT, EmulatorProcess

ORDER = b'{"job_seconds": 7}'


def send(emulator: EmulatorProcess, method: str, path: str, body: bytes | None, **headers: str) -> int:
    """The status of one request; header names with _ for -. Host is the emulator's own unless given."""
    port = int(emulator.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    named = {"Host": f"127.0.0.1:{port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in named.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    return status


def raw(port: int, data: bytes) -> bytes:
    """Everything that comes back for these bytes, after which the sender says no more."""
    came: list[bytes] = []
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(data)
        with contextlib.suppress(OSError):  # it answered and hung up already
            connection.shutdown(socket.SHUT_WR)
        came.extend(iter(lambda: connection.recv(65536), b""))
    return b"".join(came)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:8765"}, 421),
        ({"Host": "10.0.0.5:8765"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": ""}, 415),
    ],
)
def test_no_web_page_gives_orders(emulator: EmulatorProcess, headers: dict[str, str], status: int) -> None:
    """Another Host, Origin, site or type: refused, and nothing is changed."""
    before = emulator.clock()
    given = {"Content_Type": "application/json"} | headers
    given = {name: value for name, value in given.items() if value or name != "Content_Type"}
    for path, order in (("clock", ORDER), ("faults", b'{"fault": "no_image"}'), ("jobs/x", b'{"state": "FAILED"}')):
        assert send(emulator, "POST", f"/_emulator/{path}", order, **given) == status
    if status != 415:
        assert send(emulator, "DELETE", "/_emulator/faults", None, **given) == status
    assert (emulator.clock(), emulator.control("GET", "faults")) == (before, [])


def test_clients_of_this_machine_give_orders(emulator: EmulatorProcess) -> None:
    """localhost and 127.0.0.1, with and without a charset, from a page of the emulator's own address."""
    port = emulator.url.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST", "[::1]:8765"):
        assert send(emulator, "POST", "/_emulator/clock", ORDER, Host=host, Content_Type="application/json") == 200
    more = {"Origin": emulator.url, "Sec_Fetch_Site": "same-origin"}
    kind = "application/json; charset=utf-8"
    assert send(emulator, "POST", "/_emulator/clock", ORDER, Content_Type=kind, **more) == 200
    assert send(emulator, "GET", "/_emulator/ledger", None) == 200


PATHS = ("/_emulator/clock", "/v1beta/models/x:generateContent", "/upload/v1beta/files", "/x")
RUBBISH = (
    b"Content-Length: abc\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 1e3\r\n\r\n",
    b"Content-Length: +5\r\n\r\nhello",
    b"Content-Length: \xd9\xa3\r\n\r\nabc",
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"Content-Length: 99999999999999999999999999\r\n\r\n{}",
    b"Content-Length: 99999999999999\r\n\r\n{}",
    b"Transfer-Encoding: chunked\r\n\r\nrubbish\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    b"Transfer-Encoding: gzip\r\n\r\nhello",
)


def test_rubbish_is_400_and_the_next_request_is_served() -> None:
    """A length, a chunk, an address or an order that cannot be: 400, no traceback, and it goes on serving."""
    command = [sys.executable, "-m", "tasks.emulator", "--until-stdin-closes"]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdin and process.stdout
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        port = int(found[1])
        keys = "X-Goog-Api-Key: k\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
        answers = {}
        for path in PATHS:
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{keys}"
            answers |= {(path, rubbish[:60]): raw(port, head.encode() + rubbish) for rubbish in RUBBISH}
        for path in (b"http://[/_emulator/clock", b"/v1beta/files?pageSize=" + b"9" * 5000):
            answers[path, b""] = raw(port, b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n%b\r\n" % (path, keys.encode()))
        for path, order in (
            ("clock", b'{"advance": 1e300}'),
            ("clock", b'{"set": "0001-01-01T00:00:00+23:59"}'),
            ("clock", b'{"job_seconds": 1e300}'),
            ("clock", b'{"advance": "NaN"}'),
            ("faults", b'{"fault": "no_image", "match": 5}'),
            ("faults", b'{"fault": "refuse", "retry_after": {}}'),
            ("jobs/x", b"[]"),
        ):
            head = f"POST /_emulator/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{keys}Content-Length: {len(order)}\r\n\r\n"
            answers[path, order] = raw(port, head.encode() + order)
        assert {which: answer[:40] for which, answer in answers.items() if b" 400 " not in answer[:13]} == {}
        served = raw(port, b"GET /_emulator/clock HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert served.startswith(b"HTTP/1.1 200 ") and b'"now"' in served
        process.stdin.close()
        said = process.stdout.read()
    assert "Traceback" not in said and "Error" not in said
