"""`doit review` as a process of its own for tests, over a workspace that is written here; and a client that posts."""

import hashlib
import http.client
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Self

from tasks.catalog.model import Lane
from tasks.catalog.pricing import CostBasis
from tasks.emulator.placeholder.painter import paint
from tasks.providers.answer import FailureClass, Status
from tasks.views.pages import channel_page, compare_page, gallery
from tasks.views.pages.channel_page import RunCard, Shelf
from tasks.views.pages.compare_page import Cell, ComparisonPage, PromptRow, SlotColumn
from tasks.views.pages.gallery import Card, Page
from tests.support import runner
from tests.support.emulator_process import ROOT


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture(place: Path, name: str) -> Path:
    path = place / "images" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(paint(f"月夜の海 {place.name} {name}", 344, 192, "image/png", name))
    (place / "results.jsonl").touch()
    return path


def card(place: Path, name: str, **changes: object) -> Card:
    facts = {
        "prompt_id": name,
        "prompt": f"月夜の海に浮かぶ小舟、その{int(name)}",
        "image": f"images/{name}.png",
        "sha256": sha256(picture(place, name)),
        "status": Status.OK,
        "reason": "",
        "model_name": "gemini-nano-banana-2.1",
        "slot": "g-1",
        "lane": Lane.BATCH,
        "cost_usd": 0.0168,
        "cost_basis": CostBasis.MEASURED,
        "width": 344,
        "height": 192,
        "placeholder": False,
    }
    return Card(**{**facts, **changes})  # type: ignore[arg-type]


def workspace(project: Path) -> Path:
    """CH01-251 with pictures 1, 3, 4, a refused 2 and a waiting 5; comparison `duel`, 2 x 2; returns the run."""
    run = project / "workspaces" / "video" / "runs" / "CH01-251"
    cards = [card(run, name) for name in ("0001", "0003", "0004")]
    refused = card(
        run, "0002", image=None, sha256="", status=Status.BLOCKED, reason="SAFETY", failure=FailureClass.REFUSED
    )
    waiting = card(run, "0005", image=None, sha256="", status=None)
    cards = [cards[0], refused, *cards[1:], waiting]
    page = Page("月あかり", "CH01", "CH01-251", tuple(cards), "2026-11-23", retake="doit retake CH=CH01 RUN=251")
    (run / "gallery.html").write_bytes(gallery.render(page))
    (run / "prompts.json").write_text('{"prompts": [{"id": "0001", "prompt": "月"}]}')
    shelf = Shelf("CH01", (RunCard("CH01-251", "runs/CH01-251/gallery.html"),))
    (run.parents[1] / "CH01.html").write_bytes(channel_page.render("CH01", (shelf,)))
    _duel(project / "workspaces" / "compare" / "duel")
    return run


def _duel(folder: Path) -> None:
    columns = []
    for slot in ("g-1", "i-1"):
        cells = []
        for name in ("0001", "0002"):
            path = picture(folder / slot, name)
            cells.append(Cell(f"{slot}/images/{name}.png", Status.OK, sha256=sha256(path), width=344, height=192))
        columns.append(SlotColumn(slot, "k", "m", Lane.BATCH, tuple(cells)))
    rows = (PromptRow("0001", "霧の中の赤い鳥居"), PromptRow("0002", "桜の下で眠る三毛猫"))
    (folder / "index.html").write_bytes(compare_page.render(ComparisonPage("duel", rows, tuple(columns), "2026-11-23")))


class ReviewProcess:
    """`doit review PORT=0 …` in `project`; `url` is what it says."""

    def __init__(self, project: Path, *words: str) -> None:
        self.project = project
        command = ["-m", "doit", "-f", str(ROOT / "dodo.py"), "-d", str(project), "review", "PORT=0", *words]
        self.process = runner.start([sys.executable, *command], os.environ, ROOT)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        found = re.match(r"http://127\.0\.0\.1:(\d+)/", self.url)
        if not found:
            raise RuntimeError(self.url + self.rest())
        self.port = int(found[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            # At once, unless it has to note first which lines it ran.
            (self.process.terminate if runner.LINES in os.environ else self.process.kill)()
        self.rest()

    def rest(self) -> str:
        """What it still says until it has ended."""
        assert self.process.stdout
        said = "" if self.process.stdout.closed else self.process.stdout.read()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        return said

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Stop it as a person would; its exit status and last words."""
        self.process.send_signal(how)
        said = self.rest()
        return self.process.returncode, said

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, bytes]:
        """One request; header names with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = None if body is None else json.dumps(body).encode()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        named = {"Host": f"127.0.0.1:{self.port}"} | {name.replace("_", "-"): each for name, each in headers.items()}
        for name, value in named.items():
            connection.putheader(name, value)
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def token(self, page: str = "/video/runs/CH01-251/gallery.html") -> str:
        found = re.search(rb'<meta name="review" content="([^"]+)">', self.ask(page)[1])
        assert found
        return found[1].decode()

    def judge(self, name: str, verdict: str | None, note: str = "", **changes: str) -> tuple[int, bytes]:
        """Post a verdict the way a page does; headers can be changed, or left out with ""."""
        body = {"id": name, "sha256": "a" * 64, "verdict": verdict, "note": note}
        return self.post("/video/runs/CH01-251", "review.json", body, **changes)

    def post(self, place: str, name: str, body: object, **changes: str) -> tuple[int, bytes]:
        """What the page of a place posts there; headers can be changed, or left out with ""."""
        headers = {
            "Content_Type": "application/json",
            "X_Kamishibai_Review": changes.pop("token", "") or self.token(f"{place}/gallery.html"),
            "Origin": f"http://127.0.0.1:{self.port}",
            "Sec_Fetch_Site": "same-origin",
        }
        headers = {key: value for key, value in (headers | changes).items() if value}
        return self.ask(f"{place}/{name}", "POST", body, **headers)
