"""Downloads that break: no broken picture, no lost picture, and the same command ends with all of them."""

import re
import sys
import urllib.request

import pytest

from tasks.pictures import picture
from tests.support import runner
from tests.support.emulator_process import ROOT
from tests.support.studio import Studio, story

pytestmark = pytest.mark.parametrize("shrunk", [1])  # a download is as long as its pictures


def cost(studio: Studio) -> float:
    return sum(float(row["cost_usd"]) for row in studio.usage())


def finished(studio: Studio, count: int) -> int:
    """A job of that many pictures is done and nobody fetched it yet; the bytes of its result file."""
    assert studio.emulator
    studio.prompts(story(count))
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    studio.emulator.advance(60)
    job = studio.manifest()["submissions"][0]["job"].removeprefix("batches/")
    url = f"{studio.emulator.url}/v1beta/files/batch-{job}:download?alt=media"
    asked = urllib.request.Request(url, headers={"x-goog-api-key": studio.emulator.key})
    with urllib.request.urlopen(asked, timeout=60) as reply:
        return len(reply.read())


@pytest.mark.parametrize("fault", ["cut", "cut_silently"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999999])
def test_a_cut_download_converges(studio: Studio, fault: str, share: float) -> None:
    """Cut at any byte, announced length or not: what came is whole; the run ends with every picture, billed once."""
    assert studio.emulator
    size = finished(studio, 3)
    studio.emulator.fault(fault, value=min(int(size * share), size - 2), times=1)
    studio.visual()
    assert studio.emulator.ledger()["requests"]["download"] == 3 and len(studio.images()) == 3
    for path in (studio.run() / "images").glob("*.png"):
        assert picture.inspect(path.read_bytes()).format == "PNG"
    assert (studio.jobs_created, studio.billed) == (1, 3)
    assert studio.leftovers() == []


@pytest.mark.parametrize("fault", ["cut", "cut_silently"])
def test_a_download_that_always_breaks_keeps_the_job(studio: Studio, fault: str) -> None:
    """While every download breaks nothing is marked failed, and it is said; later the same job is collected."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault(fault, value=50_000)
    assert "have not come" in studio.visual("WAIT=0", expect=1)
    assert studio.images() == {}
    assert studio.manifest()["submissions"][0]["state"] == "finished"
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


@pytest.mark.parametrize("fault", ["chunked", "redirect"])
def test_other_ways_to_send_a_file(studio: Studio, fault: str) -> None:
    """Chunked answers and redirects are followed."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault(fault)
    studio.visual()
    assert len(studio.images()) == 2


def test_results_that_vanished_are_held_and_bought_again_only_when_a_person_says_so(studio: Studio) -> None:
    """Collected too late: said with the hours and held; with RETRY=missing bought, at a price said before."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    studio.emulator.advance(51 * 3600)
    said = studio.visual(expect=1)
    assert "results gone" in said and "48 h" in said and "RETRY=missing" in said
    assert cost(studio) == pytest.approx(studio.emulator.ledger()["usd"], abs=0.001)
    studio.emulator.job_seconds(0)
    studio.visual(expect=1)
    assert studio.jobs_created == 1
    said = studio.visual("RETRY=missing")
    assert "2 of these pictures were paid for before" in said and "sent again, that costs about $0.0" in said
    assert (studio.jobs_created, len(studio.images())) == (2, 2)


def test_a_refusal_before_48_hours_is_not_believed(studio: Studio) -> None:
    """403 for results that should still be there: nothing is marked lost, nothing is sent again."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.fault("output_403")
    for _ in range(2):
        assert "refuses" in studio.visual("WAIT=0", expect=1)
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, len(studio.images())) == (1, 2)


@pytest.mark.parametrize("code", [401, 400])
def test_another_refusal_never_means_that_results_are_gone(studio: Studio, code: int) -> None:
    """47.5 h after the end a download is refused for another reason than the file's: nothing is lost or sent again."""
    assert studio.emulator
    studio.prompts(story(2))
    studio.emulator.job_seconds(60)
    studio.visual("WAIT=0")
    studio.emulator.advance(60 + 47.5 * 3600)
    studio.emulator.fault("refuse", value=code, on="download")
    for _ in range(2):
        assert "refuses to say more" in studio.visual("WAIT=0", expect=1)
    assert studio.manifest()["submissions"][0]["state"] == "finished"
    studio.emulator.clear_faults()
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)


@pytest.mark.parametrize("fault", ["cut", "cut_silently"])
def test_a_download_is_begun_again_twice(studio: Studio, fault: str) -> None:
    """Two cuts in one look: it says how much is safe, downloads again each time, and has every picture in the end."""
    assert studio.emulator
    studio.emulator.fault(fault, value=finished(studio, 12) - 2, times=2)
    said = studio.visual("WAIT=0")
    assert said.count("are safe, downloading again") == 2
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 12, 12)


def test_what_came_before_the_results_vanished_is_kept_and_paid_once(studio: Studio) -> None:
    """Killed when pictures were safe, run again when results are gone: nothing is bought again, the cost stands."""
    assert studio.emulator
    studio.emulator.job_seconds(60)
    studio.prompts(story(2))
    studio.visual("WAIT=0")
    studio.emulator.advance(60)
    studio.killed("before-results")
    studio.emulator.advance(50 * 3600)
    studio.visual()
    assert (studio.jobs_created, studio.billed, len(studio.images())) == (1, 2, 2)
    assert sum(float(row["cost_usd"]) for row in studio.usage()) == pytest.approx(
        studio.emulator.ledger()["usd"], abs=1e-5
    )


def on_screen(studio: Studio, *words: str) -> str:
    """What `doit words` shows on a terminal, without colours and what moves the cursor."""
    from tests.support import terminal

    env = studio.environment(TERM="xterm-256color", COLUMNS="120", LINES="40")
    command = studio.command(*words)
    process, shown = terminal.shown(lambda end: runner.start(command, env, ROOT, stdin=end, stdout=end))
    assert process.wait(60) == 0, shown
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())


@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
def test_a_long_download_is_seen_to_go_on(studio: Studio) -> None:
    """On a terminal: one of three is here after a second, so the others take two or more; none has failed."""
    assert studio.emulator
    studio.prompts(story(3))
    studio.emulator.fault("slow", value=1, on="download")
    shown = on_screen(studio, "visual", "CH=CH01")
    found = re.search(r"CH01-001 +fetching +1 / 3 +0 s +\S+ +about (\d+) s", shown)
    assert found and int(found[1]) >= 2 and len(studio.images()) == 3
