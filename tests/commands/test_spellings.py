"""The same text, written otherwise by another program, is not bought again; nor what an older version bought."""

import os
from pathlib import Path

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.project.paths import Paths
from tasks.requests.request import Request
from tasks.requests.selection import Candidates
from tests.support import environment
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio

LF, CRLF = "\u96ea\u306e\n\u5c71\u9053\u304c", "\u96ea\u306e\r\n\u5c71\u9053\u304c"
NFD = "\u96ea\u306e\n\u5c71\u9053\u304b\u3099"
UNSEEN = "\u96ea\u306e\n\u5c71\u200b\u9053\u304c\ufeff"


def table(studio: Studio, text: str, end: str = "\n") -> None:
    studio.run().mkdir(parents=True, exist_ok=True)
    data = "".join(f"{row}{end}" for row in ("id,prompt", f'0001,"{text}"', f'0002,"{text}"', "0003,\u6d77"))
    (studio.run() / "prompts.csv").write_bytes(data.encode())


def wanted(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    environment.use(monkeypatch, studio.environment())
    paths = Paths(studio.folder)
    return list(Candidates(paths.run("CH01", "001"), load_catalog(paths), None, {}).plain.values())


def rewrite(root: Path, requests: list[Request]) -> None:
    """All files as an older version would have written them: each digest of today is the one it had before."""
    pairs = [(each.digest.encode(), each.digest_before.encode()) for each in requests if each.digest_before]
    for path in sorted(path for path in root.rglob("*") if path.is_file() and ".locks" not in path.parts):
        about, data, name = path.stat(), path.read_bytes(), path.name
        for now, before in pairs:
            data, name = data.replace(now, before), name.replace(now.decode(), before.decode())
            data = data.replace(b"-" + now[:16], b"-" + before[:16])
        target = path.with_name(name) if name == path.name else path.parent.parent / name[:2] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (data, target) != (path.read_bytes(), path):
            path.unlink()
            target.write_bytes(data)
            os.utime(target, ns=(about.st_atime_ns, about.st_mtime_ns))


@pytest.mark.parametrize("text", [CRLF, NFD, UNSEEN])
def test_another_spelling_is_not_bought_again(studio: Studio, text: str) -> None:
    """Three pictures are bought, two of them of one text; another program's table asks for the same three."""
    table(studio, LF)
    studio.visual()
    before = (studio.images(), (studio.run() / "results.jsonl").read_bytes())
    for each, end in ((text, "\r\n"), (LF, "\n"), (text, "\n")):
        table(studio, each, end)
        assert "0 of" not in studio.visual()
        assert studio.billed == 3
    assert (studio.images(), (studio.run() / "results.jsonl").read_bytes()) == before


def test_what_is_sent_stays_as_written(studio: Studio) -> None:
    """The model is told the text as the file has it."""
    table(studio, CRLF)
    studio.ask("request", "CH=CH01")
    assert "\u96ea\u306e\\r\\n" in (studio.run() / "batch_request.jsonl").read_text()


@pytest.mark.parametrize("text", [CRLF, NFD, UNSEEN])
def test_pictures_of_an_older_version_are_known(studio: Studio, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They lie in images/ under their old digest: nothing is sent, no line is rewritten, lost files come back."""
    table(studio, text)
    studio.visual()
    rewrite(studio.folder / "workspaces", wanted(studio, monkeypatch))
    lines, images = (studio.run() / "results.jsonl").read_bytes(), studio.images()
    assert "nothing would be sent" in studio.ask("plan", "CH=CH01")
    studio.visual()
    (studio.run() / "images" / "0002.png").unlink()
    studio.visual()
    assert (studio.billed, studio.images()) == (3, images)
    assert (studio.run() / "results.jsonl").read_bytes() == lines


def test_lost_results_of_an_older_version_come_back_with_their_cost(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store knows what each picture cost, by the digest it had."""
    table(studio, CRLF)
    studio.visual()
    rewrite(studio.folder / "workspaces", wanted(studio, monkeypatch))
    cost = sum(line["cost_usd"] for line in studio.results())
    (studio.run() / "results.jsonl").unlink()
    studio.visual()
    assert sum(line["cost_usd"] for line in studio.results()) == pytest.approx(cost)
    assert studio.billed == 3


def test_what_an_older_version_has_on_its_way_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was sent under old keys still brings the pictures that are wanted now."""
    with EmulatorProcess(tmp_path / "emulator", "--job-seconds", "3600", "--clock", "2026-11-23T00:00:00Z") as emulator:
        studio = Studio(tmp_path / "project", emulator)
        table(studio, CRLF)
        studio.visual("WAIT=0")
        requests = wanted(studio, monkeypatch)
        rewrite(studio.folder / "workspaces", requests)
        rewrite(tmp_path / "emulator", requests)
        assert "nothing would be sent" in studio.ask("plan", "CH=CH01")
        studio.visual("WAIT=0")
        assert studio.jobs_created == 1
        emulator.advance(3700)
        studio.visual()
        assert (sorted(studio.images()), studio.billed) == (["0001.png", "0002.png", "0003.png"], 3)


def test_takes_of_an_older_version_are_known(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second take, and the first one that is put back, are found under their old digests."""
    table(studio, CRLF)
    studio.visual()
    first = studio.images()
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=1")
    second = studio.images()
    paths = Paths(studio.folder)
    plain = wanted(studio, monkeypatch)
    orders = Candidates(paths.run("CH01", "001"), load_catalog(paths), None, {})
    rewrite(studio.folder / "workspaces", [*plain, orders.new("0001", 2, None, ())])
    studio.visual()
    assert studio.images() == second
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=1", "PICK=1")
    assert studio.images() == first
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=1", "PICK=2")
    assert (studio.images(), studio.billed) == (second, 4)


def test_a_comparison_goes_on_with_another_spelling(studio: Studio) -> None:
    """Prompts that say the same are the same prompts; no second comparison has to be begun."""
    table(studio, LF)
    studio.ask("compare", "NAME=duel", "SLOTS=g-1", "CH=CH01", "RUN=001")
    table(studio, CRLF)
    studio.ask("compare", "NAME=duel", "SLOTS=g-1", "CH=CH01", "RUN=001")
    assert studio.billed == 3
