"""The ways that are compared, each run in a process of its own: `python -m tests.bench.ways WAY URL FOLDER COUNT`.

Prints one JSON object: seconds of the work alone (no imports, no interpreter start), by the clock and of the processor,
peak MiB, how much was made.
"""

import base64
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench import material
from tests.bench.measure import peak_mib

NAME = "files/batch-bench"
CHANNEL = "CH90"
Work = Callable[[], int]


def raw(url: str, _: Path, __: int) -> Work:
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


def ours(url: str, folder: Path, count: int) -> Work:
    """The project's own download and deposit: durable pictures in the store and in images/."""
    from tasks.pictures.ingest import Plan, ingest
    from tasks.pictures.ingest_one import Destination, KeptAs
    from tasks.pictures.store import Store
    from tasks.providers.answer import Status
    from tasks.providers.gemini.client import Gemini
    from tasks.providers.gemini.responses import open_line
    from tests.support.facts import origin

    images, kept = folder / "run" / "images", KeptAs(folder / "run" / "kept", "kept")
    wanted = {
        material.key(number): Destination(
            origin(material.key(number), material.digest(number)), "bench", images / f"{number:04}.png", kept
        )
        for number in range(1, count + 1)
    }
    plan = Plan(wanted, Store(folder / "store"), "bench", open_line)
    client = Gemini(url, "v1beta", "bench", timeout=60)

    def work() -> int:
        outcome = ingest(client.download(NAME), plan)
        return sum(each.answer.status is Status.OK for each in outcome.answers.values())

    return work


def cookbook(url: str, folder: Path, _: int) -> Work:
    """As the provider's cookbook does it: the whole file in memory, split, parsed, decoded, written, not durable."""
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


def disk(_: str, folder: Path, count: int) -> Work:
    """Write the pictures' bytes twice, as ours must, flush, and nothing else: what the disk alone takes."""
    from tasks.files import atomic
    from tasks.pictures import bulk_write
    from tasks.pictures.ingest import WAITING, cores

    pictures = [material.noise_png() for _ in range(4)]

    def one(number: int) -> Path:
        return bulk_write.write(folder / f"{number}", pictures[number % 4])

    def work() -> int:
        with ThreadPoolExecutor(cores() + WAITING) as pool, atomic.GroupSync(folder) as synced:
            for start in range(0, 2 * count, 100):
                synced.sync(pool.map(one, range(start, min(start + 100, 2 * count))))
        return count

    return work


def convert(_: str, folder: Path, count: int) -> Work:
    """Decode and encode the same JPEG pictures on all cores, with nothing else."""
    from tasks.pictures.picture import to_png

    pictures = [material.painting(seed) for seed in range(material.DISTINCT)]
    return _on_all_cores(lambda number: to_png(pictures[number % len(pictures)]), count)


def decode(_: str, folder: Path, count: int) -> Work:
    """Decode the same PNG pictures once, on all cores, with nothing else."""
    import io

    from PIL import Image

    pictures = [material.painted_png(seed) for seed in range(material.DISTINCT)]
    return _on_all_cores(lambda number: Image.open(io.BytesIO(pictures[number % len(pictures)])).load(), count)


def _on_all_cores(one: Callable[[int], object], count: int) -> Work:
    from tasks.pictures.ingest import cores

    numbers = iter(range(count))

    def some() -> None:
        for number in numbers:
            one(number)

    def work() -> int:
        threads = [threading.Thread(target=some) for _ in range(cores())]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return count

    return work


def requests(_: str, folder: Path, count: int) -> Work:
    """The project's own request stage: configs and prompts checked, digests, store and results asked, file durable."""
    from tasks.project.paths import Paths
    from tasks.project.settings import Settings
    from tasks.session.session import Session
    from tasks.stages.request import write_requests

    places = Paths(folder)

    def work() -> int:
        write_requests(Session(places, Settings(channel=CHANNEL)), places.selection(CHANNEL, None))
        return _lines(folder / "workspaces/video/runs/CH90-001/batch_request.jsonl")

    return work


def sheet(_: str, folder: Path, count: int) -> Work:
    """The contact sheet of that many pictures: cards to HTML to a durable file."""
    from tasks.catalog.model import Lane
    from tasks.catalog.pricing import CostBasis
    from tasks.files import atomic
    from tasks.providers.answer import Status
    from tasks.views.pages.gallery import Card, Page, render

    facts = {
        "status": Status.OK,
        "reason": "",
        "model_name": "gemini-nano-banana-2.1",
        "slot": "g-1",
        "lane": Lane.BATCH,
    }
    more = {"cost_usd": 0.0168, "cost_basis": CostBasis.MEASURED, "width": 1376, "height": 768, "placeholder": True}
    cards = tuple(
        Card(f"{number:05}", f"雪の山道を登る老僧の後ろ姿、その{number}", f"images/{number:05}.png", **facts, **more)  # type: ignore[arg-type]
        for number in range(1, count + 1)
    )

    def work() -> int:
        atomic.write(folder / "gallery.html", render(Page("測る", "CH90", "CH90-001", cards, "2026-11-24")))
        return count

    return work


def plain_json(_: str, folder: Path, count: int) -> Work:
    """The same request lines with the json module, without checks, digests or durability."""

    def work() -> int:
        prompts = json.loads((folder / "workspaces/video/runs/CH90-001/prompts.json").read_text())["prompts"]
        config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"}}
        with (folder / "plain.jsonl").open("w") as stream:
            for entry in prompts:
                contents = [{"role": "user", "parts": [{"text": entry["prompt"]}]}]
                body = {"key": entry["id"], "request": {"contents": contents, "generationConfig": config}}
                stream.write(json.dumps(body, ensure_ascii=False) + "\n")
        return _lines(folder / "plain.jsonl")

    return work


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def main() -> None:
    way, url, folder, count = sys.argv[1:5]
    ways = {each.__name__: each for each in (raw, ours, cookbook, disk, convert, decode, requests, plain_json, sheet)}
    work = ways[way](url, Path(folder), int(count))
    begin, used = time.perf_counter(), time.process_time()
    made = work()
    seconds, cpu = time.perf_counter() - begin, time.process_time() - used
    print(json.dumps({"seconds": seconds, "mib": peak_mib(), "made": made, "cpu": cpu}))


if __name__ == "__main__":
    main()
