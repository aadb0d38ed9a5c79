"""docs/pictures/*.webp: what the pages look like in English and in Japanese (`make pictures`). Needs a Chromium.

A Japanese story on three slots, one refused prompt, one retake, some verdicts; every picture is a placeholder.
"""

import io
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.support.browser import browser_page
from tests.support.emulator_process import ROOT, EmulatorProcess
from tests.support.studio import Studio

OUT = ROOT / "docs" / "pictures"
STORY = ROOT / "workspaces" / "video" / "runs" / "CH00-001" / "prompts.json"


def main() -> None:
    OUT.mkdir(exist_ok=True)
    clock = ("--job-seconds", "0", "--clock", "2026-11-23T00:00:00Z")
    with tempfile.TemporaryDirectory() as folder, EmulatorProcess(Path(folder) / "emulator", *clock) as emulator:
        studio = Studio(Path(folder) / "project", emulator)
        play(studio, emulator)
        shoot(studio)
        in_japanese(studio)
        shoot(studio, ".ja")


def play(studio: Studio, emulator: EmulatorProcess) -> None:
    """Two channels' pictures, one refusal, a retake, a comparison, a report."""
    presets = json.loads((studio.folder / "configs" / "channel_presets.json").read_text())
    presets["channels"]["CH01"]["name"], presets["channels"]["CH02"]["name"] = "ためし紙芝居", "夜の昔話"
    studio.write("configs/channel_presets.json", presets)
    story = {each["id"]: each["prompt"] for each in json.loads(STORY.read_text())["prompts"]}
    studio.prompts(story)
    studio.prompts(dict(list(story.items())[:6]), "CH02-001")
    emulator.fault("safety", times=1, match="0005")
    studio.ask("visual", "CH=CH01", expect=1)
    studio.ask("visual", "CH=CH02", "SLOT=i-3")
    studio.ask("retake", "CH=CH01", "RUN=001", "IDS=3", "SLOT=i-1", expect=1)
    emulator.advance(90_000)
    look_back(studio)


def look_back(studio: Studio) -> None:
    studio.ask("compare", "NAME=g-against-f", "SLOTS=g-1,i-2,f-1", "CH=CH01", "RUN=001", "IDS=1,2,3")
    studio.ask("report")


def in_japanese(studio: Studio) -> None:
    """The same pictures and the same bill on pages that are drawn anew; nothing is judged yet."""
    studio.env = {"KAMISHIBAI_LANG": "ja"}
    (studio.run() / "review.json").unlink()
    for page in (studio.folder / "workspaces").rglob("*.html"):
        page.unlink()
    studio.ask("visual", "CH=CH01", expect=1)
    look_back(studio)


def shoot(studio: Studio, language: str = "") -> None:
    run = studio.run().resolve()
    workspaces = studio.folder.resolve() / "workspaces"
    with browser_page(width=1280, height=800) as page:
        for name, path in {
            "gallery": run / "gallery.html",
            "compare": workspaces / "compare" / "g-against-f" / "index.html",
            "report": workspaces / "reports" / "usage.html",
        }.items():
            page.goto(path.as_uri())
            page.wait_for_timeout(700)
            save(f"{name}{language}", page.screenshot())
        with reviewing(studio) as address:
            page.goto(f"{address}video/runs/CH01-001/gallery.html")
            page.wait_for_timeout(700)
            for key in ("r", "o", "o"):
                page.keyboard.press(key)
                page.wait_for_timeout(400)
            save(f"review{language}", page.screenshot())
            page.keyboard.press("Escape")
            for name in ("0002", "0006"):
                page.click(f"#p-{name} .select input")
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(1500)
            save(f"order{language}", page.screenshot())


@contextmanager
def reviewing(studio: Studio) -> Iterator[str]:
    """`doit review` as a process of its own; the address that it prints."""
    command = studio.command("review", "PORT=0")
    with subprocess.Popen(
        command, cwd=ROOT, env=studio.environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield next(found[0] for line in process.stdout if (found := re.search(r"http://[\d.:]+/", line)))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def save(name: str, png: bytes) -> None:
    path = OUT / f"{name}.webp"
    Image.open(io.BytesIO(png)).convert("RGB").save(path, quality=82, method=6)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
