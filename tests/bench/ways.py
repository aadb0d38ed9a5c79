"""The ways that are compared, each run in a process of its own: `python -m tests.bench.ways WAY URL FOLDER COUNT`.

Prints one JSON object: seconds of the work alone (no imports, no interpreter start), peak MiB, pictures written.
"""

import base64
import http.client
import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench import material

NAME = "files/batch-bench"


def raw(url: str, _: Path, __: int) -> Callable[[], int]:
    """Read the bytes over plain HTTP and throw them away."""
    address, buffer = urlsplit(url), memoryview(bytearray(1 << 20))

    def work() -> int:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        connection.request("GET", "/")
        response = connection.getresponse()
        while response.readinto(buffer):
            pass
        connection.close()
        return 0

    return work


def ours(url: str, folder: Path, count: int) -> Callable[[], int]:
    """The project's download and deposit: durable pictures in the store and in images/."""
    from tasks.deposit import Plan, Wanted, deposit
    from tasks.gemini import Gemini
    from tasks.store import Store

    numbers = range(1, count + 1)
    images = folder / "run" / "images"
    wanted = {
        material.key(n): Wanted(f"{n:04}", material.digest(n), images / f"{n:04}.png", record={"attempt": 1})
        for n in numbers
    }
    plan = Plan(wanted, Store(folder / "store"), "bench")
    client = Gemini(url, "v1beta", "bench", timeout=60)

    def work() -> int:
        outcome = deposit(client.download(NAME), plan)
        return sum(each.answer.status == "ok" for each in outcome.answers.values())

    return work


def cookbook(url: str, folder: Path, _: int) -> Callable[[], int]:
    """As the provider's cookbook does it: the whole file in memory, split, parsed, decoded, written."""
    from google import genai

    options = genai.types.HttpOptions(base_url=url, api_version="v1beta")
    client = genai.Client(api_key="bench", http_options=options)

    def work() -> int:
        content = client.files.download(file=NAME).decode()
        written = 0
        for line in content.splitlines():
            result = json.loads(line)
            for part in result["response"]["candidates"][0]["content"]["parts"]:
                if part.get("inlineData"):
                    (folder / f"{result['key']}.png").write_bytes(base64.b64decode(part["inlineData"]["data"]))
                    written += 1
        return written

    return work


def convert(_: str, folder: Path, count: int) -> Callable[[], int]:
    """Decode and encode the same JPEG pictures on all cores, with nothing else."""
    from tasks.deposit import _cores
    from tasks.picture import to_png

    pictures = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
    numbers = iter(range(count))

    def one() -> None:
        for number in numbers:
            to_png(pictures[number % len(pictures)])

    def work() -> int:
        threads = [threading.Thread(target=one) for _ in range(_cores())]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return count

    return work


def peak_mib() -> float:
    """Peak resident memory of this process. ru_maxrss would count the parent's too, as of before exec."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # bytes on macOS


def main() -> None:
    way, url, folder, count = sys.argv[1:5]
    ways: dict[str, Any] = {"raw": raw, "ours": ours, "cookbook": cookbook, "convert": convert}
    work = ways[way](url, Path(folder), int(count))
    begin = time.perf_counter()
    pictures = work()
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "mib": peak_mib(), "pictures": pictures}))


if __name__ == "__main__":
    main()
