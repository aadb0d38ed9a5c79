"""`doit review`: pages on this machine, verdicts to disk."""

import json
import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from tasks.views.pages import review_file
from tests.support import runner
from tests.support.browser import browser_page, needs_browser
from tests.support.review_process import ReviewProcess, sha256, workspace
from tests.support.studio import Studio


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one run and one comparison to look at."""
    Studio(tmp_path / "project", None)
    workspace(tmp_path / "project")
    return tmp_path / "project"


def run(project: Path) -> Path:
    return project / "workspaces" / "video" / "runs" / "CH01-251"


def test_pages_and_pictures_of_the_workspace(project: Path) -> None:
    """The overview, a channel's page, galleries, comparisons, pictures: all there, pages with the token."""
    with ReviewProcess(project) as review:
        status, page = review.ask("/")
        assert (status, b"video/runs/CH01-251/gallery.html" in page, b"compare/duel/index.html" in page) == (
            200,
            True,
            True,
        )
        assert review.ask("/video/CH01.html")[0] == 200
        assert review.ask("/video/runs/CH01-251/images/0001.png")[1] == (run(project) / "images/0001.png").read_bytes()
        assert review.token() == review.token("/compare/duel/index.html")
        assert review.ask("/compare/duel/g-1/review.json") == (200, b'{\n  "version": 1,\n  "verdicts": {}\n}\n')


@pytest.mark.parametrize(
    "path",
    [
        "/../configs/budget.yaml",
        "/%2e%2e/configs/budget.yaml",
        "/..%2fconfigs%2fbudget.yaml",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/video/../../outside.html",
        "/.store/secret.html",
        "/video/runs/CH01-251/_gemini_batch/manifest.json",
        "/video/runs/CH01-251/prompts.json",
        "/video/runs/CH01-251/link.html",
        "/video/runs/CH01-251/hidden.html",
        "/video/runs/CH01-251/a%00.html",
        "/video/runs",
    ],
)
def test_nothing_else_is_served(project: Path, path: str) -> None:
    """Nothing outside the workspace, nothing hidden, no links out of it, no other kinds of files."""
    (project / "outside.html").write_text("secret")
    store = project / "workspaces" / ".store"
    store.mkdir()
    (store / "secret.html").write_text("secret")
    (run(project) / "link.html").symlink_to(project / "outside.html")
    (run(project) / "hidden.html").symlink_to(store / "secret.html")
    with ReviewProcess(project) as review:
        status, body = review.ask(path)
        assert status == 404
        assert b"secret" not in body


def test_strangers_are_refused(project: Path) -> None:
    """Another Host, another Origin, another site, no token, a form instead of JSON: nothing is told, nothing saved."""
    with ReviewProcess(project) as review:
        assert review.ask("/", Host="evil.example")[0] == 421
        assert review.ask("/", Host=f"evil.example:{review.port}")[0] == 421
        assert review.ask("/video/runs/CH01-251/review.json", Origin="http://evil.example")[0] == 403
        assert review.judge("0001", "OK", Host="evil.example", token="x")[0] == 421
        token = review.token()
        assert review.judge("0001", "OK", Origin="http://evil.example", token=token)[0] == 403
        assert review.judge("0001", "OK", Origin="null", token=token)[0] == 403
        assert review.judge("0001", "OK", Sec_Fetch_Site="cross-site", token=token)[0] == 403
        assert review.judge("0001", "OK", Sec_Fetch_Site="same-site", token=token)[0] == 403
        assert review.judge("0001", "OK", token="wrong")[0] == 403
        assert review.judge("0001", "OK", Content_Type="text/plain", token=token)[0] == 400
        assert not (run(project) / "review.json").exists()
        assert review.ask("/", Host=f"localhost:{review.port}")[0] == 200
        assert review.judge("0001", "OK", Origin="", Sec_Fetch_Site="", token=token)[0] == 204


@pytest.mark.parametrize(
    "body",
    [
        {"id": "../x", "sha256": "a" * 64, "verdict": "OK", "note": ""},
        {"id": "0001", "sha256": "A", "verdict": "OK", "note": ""},
        {"id": "0001", "sha256": "a" * 64, "verdict": "fine", "note": ""},
        {"id": "0001", "sha256": "a" * 64, "verdict": "OK", "note": "x" * 2001},
        {"id": "0001", "sha256": "a" * 64, "verdict": "OK", "note": "x" * 100_000},
        {"id": 1, "sha256": "a" * 64, "verdict": "OK", "note": ""},
        ["OK"],
    ],
)
def test_nonsense_is_refused(project: Path, body: object) -> None:
    """What is no verdict on a picture changes no file."""
    with ReviewProcess(project) as review:
        headers = {"Content_Type": "application/json", "X_Kamishibai_Review": review.token()}
        place = "/video/runs/CH01-251/review.json"
        assert review.ask(place, "POST", body, **headers)[0] == 400
        assert review.ask("/video/runs/review.json", "POST", body, **headers)[0] == 400
        assert not list((project / "workspaces").rglob("review.json"))


def test_rubbish_is_refused_without_a_traceback(project: Path) -> None:
    """Over-long paths, odd escapes, methods, lengths, links to themselves: 4xx, nothing is said, and it goes on."""
    (run(project) / "loop.html").symlink_to("loop.html")
    long, japanese = "/" + "a" * 5000, "/video/runs/CH01-251/" + "%E3%81%82" * 200
    paths = [long, f"{long}/review.json", f"/video/{long}/a.html", f"{japanese}.html", f"{japanese}/review.json"]
    paths += ["/%", "/%zz", "/%ff%fe.html", "/%ed%a0%80/review.json", "/%0a%0d.html", "/%25", "/" + "%2e" * 2000, "*"]
    paths += ["/video/runs/CH01-251/loop.html", "/video/runs/CH01-251/images/0001.png/review.json"]
    with ReviewProcess(project) as review:
        asked = [(path, method) for path in paths for method in ("GET", "POST")]
        asked += [("/", method) for method in ("PUT", "BREW", "OPTIONS", "TRACE", "get")]
        found = {each: review.ask(*each)[0] for each in asked}
        found["long", "Host"] = review.ask("/", Host="x" * 5000)[0]
        found["length", ""] = review.ask("/video/runs/CH01-251/review.json", "POST", Content_Length="abc")[0]
        assert {each: status for each, status in found.items() if not 400 <= status < 500} == {}
        assert review.ask("/")[0] == 200
        _, said = review.end()
    assert "Traceback" not in said and "Error" not in said


def test_a_damaged_file_is_said_on_the_page(project: Path) -> None:
    """The answer names file and mistake; the file stays as it is."""
    (run(project) / "review.json").write_text("{")
    with ReviewProcess(project) as review:
        status, said = review.judge("0001", "OK")
        assert (status, b"review.json" in said) == (500, True)
    assert (run(project) / "review.json").read_text() == "{"


def test_killed_while_saving(project: Path) -> None:
    """SIGKILL among many posts: the file is whole and every verdict that was acknowledged is in it."""
    acknowledged: list[str] = []
    with ReviewProcess(project) as review:
        token, enough = review.token(), threading.Event()

        def tab(number: int) -> None:
            for count in range(10_000):
                name = f"{number}-{count}"
                try:
                    if review.judge(name, "NG", "手が六本", token=token)[0] != 204:
                        return
                except OSError:
                    return
                acknowledged.append(name)
                if len(acknowledged) >= 40:
                    enough.set()

        tabs = [threading.Thread(target=tab, args=(number,)) for number in range(4)]
        for each in tabs:
            each.start()
        assert enough.wait(60)
        os.kill(review.process.pid, signal.SIGKILL)
        for each in tabs:
            each.join()
    saved = review_file.read(run(project))
    assert len(acknowledged) >= 40
    assert set(acknowledged) <= set(saved)
    assert len(saved) <= len(acknowledged) + 4
    with ReviewProcess(project) as review:
        assert review.judge("after", "OK")[0] == 204


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_asked_to(project: Path, how: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end it in good order: exit status 0, a last word, no traceback."""
    with ReviewProcess(project, "CH=CH01") as review:
        assert review.url.endswith("/video/CH01.html")
        assert review.ask("/video/CH01.html")[0] == 200
        status, said = review.end(how)
    assert (status, "review ended" in said, "Traceback" in said) == (0, True, False), said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_good_order_before_anybody_looked(project: Path, how: signal.Signals) -> None:
    """Asked to end in the moment in which the address is said: no traceback, no waiting, exit 0."""
    command = Studio(project.parent / "other", None).command("review", "PORT=0")
    for _ in range(2):
        process = runner.start(command, os.environ, runner.ROOT)
        assert process.stdout.readline().startswith("http://")
        process.send_signal(how)
        said = process.communicate(timeout=20)[0]
        assert process.returncode == 0 and "Traceback" not in said and "review ended" in said, said


def test_a_taken_port_is_said_with_another_one(project: Path) -> None:
    """Exit status 1, which port, and a command that works."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = Studio(project.parent / "second", None).doit("review", f"PORT={port}")
    assert done.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "doit review PORT=" in done.stderr


def test_a_page_that_is_not_there_yet(project: Path) -> None:
    """It says which command makes it."""
    with pytest.raises(RuntimeError, match=r"doit compare NAME=none"):
        ReviewProcess(project, "NAME=none")


@needs_browser
def test_judging_a_run_by_keyboard(project: Path) -> None:
    """R starts; O, N and a note with Enter judge and go on; filters follow; a reload and the file say the same."""
    place = run(project)
    with ReviewProcess(project, "CH=CH01", "RUN=251") as review, browser_page() as page:
        page.goto(review.url)
        page.keyboard.press("r")
        title = page.locator("dialog .bar b")
        assert title.text_content() == "0001 (1 / 5)"
        page.keyboard.press("o")
        assert title.text_content() == "0003 (3 / 5)"
        page.keyboard.press("ArrowLeft")
        assert title.text_content() == "0002 (2 / 5)"
        assert page.locator("dialog .judge").is_hidden()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.keyboard.type("手が六本 on")
        page.keyboard.press("Enter")
        assert title.text_content() == "0003 (3 / 5)"
        page.keyboard.press("n")
        assert title.text_content() == "0004 (4 / 5)"
        page.keyboard.press("n")
        assert title.text_content() == "0004 (4 / 5), the last one"
        page.keyboard.press("u")
        page.wait_for_selector("[data-unsaved]", state="detached")
        page.keyboard.press("Escape")
        page.reload()
        page.wait_for_selector("#p-0001[data-verdict=OK]")
        assert page.locator(".progress").text_content() == "1 OK, 1 NG, 1 left"
        page.click("label.NG")
        assert page.locator(".card:visible").count() == 1
        assert page.locator(".again code").text_content() == "doit retake CH=CH01 RUN=251"
    saved = json.loads((place / "review.json").read_text("utf-8"))["verdicts"]
    assert {name: (each["verdict"], each["note"], each["sha256"]) for name, each in saved.items()} == {
        "0001": ("OK", "", sha256(place / "images" / "0001.png")),
        "0003": ("NG", "手が六本 on", sha256(place / "images" / "0003.png")),
    }


@needs_browser
def test_judging_a_comparison_and_notes(project: Path) -> None:
    """Each slot has its own file; an input method's Enter does not end a note; counts and filtered rows follow."""
    with ReviewProcess(project, "NAME=duel") as review, browser_page() as page:
        page.goto(review.url)
        page.click('[data-slot="i-1"] .frame >> nth=0')
        page.keyboard.press("Enter")
        page.keyboard.type("文字が入っている")
        page.evaluate(
            """document.querySelector(".judge input").dispatchEvent(
              new KeyboardEvent("keydown", {key: "Enter", bubbles: true, isComposing: true}))"""
        )
        assert page.locator("dialog .bar b").text_content() == "0001 · i-1 (1 / 2)"
        page.keyboard.press("Enter")
        assert page.locator("dialog .bar b").text_content() == "0001 · i-1 (1 / 2)"
        page.keyboard.press("n")
        assert page.locator("dialog .bar b").text_content() == "0002 · g-1 (2 / 2)"
        page.keyboard.press("o")
        page.wait_for_selector("[data-unsaved]", state="detached")
        assert page.locator('thead [data-slot="i-1"] .NG').text_content() == "1"
        page.keyboard.press("Escape")
        rows = page.locator("tbody tr:visible")
        for label, count in {"missing": 0, "all": 2, "NG": 1}.items():
            page.click(f"label.{label}")
            assert rows.count() == count, label
        page.click('[data-slot="i-1"] .frame >> nth=0')
        for key, count in {"o": 0, "n": 1}.items():
            page.keyboard.press(key)
            assert rows.count() == count, key
        page.wait_for_selector("[data-unsaved]", state="detached")
    folder = project / "workspaces" / "compare" / "duel"
    assert {name: (v.verdict, v.note) for name, v in review_file.read(folder / "i-1").items()} == {
        "0001": ("NG", "文字が入っている")
    }
    assert {name: v.verdict for name, v in review_file.read(folder / "g-1").items()} == {"0002": "OK"}


@needs_browser
def test_a_note_is_a_note_and_undo_finds_the_last_word(project: Path) -> None:
    """A note alone judges nothing; U takes back the last verdict wherever it was, and shows that picture."""
    place = run(project)
    with ReviewProcess(project, "CH=CH01", "RUN=251") as review, browser_page() as page:
        page.goto(review.url)
        page.keyboard.press("r")
        title = page.locator("dialog .bar b")
        page.keyboard.press("Enter")
        page.keyboard.type("空が暗い")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-unsaved]", state="detached")
        assert review_file.read(place)["0001"].verdict == ""
        assert review_file.read(place)["0001"].note == "空が暗い"
        page.keyboard.press("n")
        page.keyboard.press("o")
        assert title.text_content() == "0004 (4 / 5)"
        page.keyboard.press("u")
        assert title.text_content() == "0003 (3 / 5)"
        page.keyboard.press("u")
        assert title.text_content() == "0001 (1 / 5)"
        page.wait_for_selector("[data-unsaved]", state="detached")
        page.reload()
        page.wait_for_selector("#p-0001 .remark:has-text('空が暗い')")
        assert page.locator(".progress").text_content() == "0 OK, 0 NG, 3 left"
    assert {name: (each.verdict, each.note) for name, each in review_file.read(place).items()} == {
        "0001": ("", "空が暗い")
    }


@needs_browser
def test_a_finger_finds_every_button(project: Path) -> None:
    """On a phone every button of the enlarged view is 44 pixels high at least."""
    with ReviewProcess(project, "CH=CH01", "RUN=251") as review, browser_page(390, 844, has_touch=True) as page:
        page.goto(review.url)
        page.click("#p-0001 .frame")
        heights = page.evaluate(
            "[...document.querySelectorAll('dialog :is(button, input)')].map((e) => e.offsetHeight).filter(Boolean)"
        )
        assert len(heights) > 8 and min(heights) >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@needs_browser
def test_a_verdict_that_was_not_saved_is_marked(project: Path) -> None:
    """When the server is gone, the page says so and what to do; nothing looks saved that is not."""
    with ReviewProcess(project, "CH=CH01", "RUN=251") as review, browser_page() as page:
        page.goto(review.url)
        page.keyboard.press("r")
        review.process.kill()
        review.process.wait()
        page.keyboard.press("n")
        page.wait_for_selector("dialog .alarm:visible")
        assert "start it again" in page.locator("dialog .alarm").text_content()
        assert page.locator("#p-0001").get_attribute("data-unsaved") is not None
