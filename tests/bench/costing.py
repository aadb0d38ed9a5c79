"""What a kept picture costs when things go wrong: both lanes of ours and the scripts people write, on one fault mix."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.bench.measure import ROOT
from tests.bench.table import Figure
from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio

MIX = [
    {"fault": "lost_reply", "on": "create", "times": 1},
    {"fault": "lost_reply", "on": "generate", "times": 2},
    {"fault": "refuse", "value": 503, "on": "get", "times": 2},
    {"fault": "refuse", "value": 503, "on": "generate", "times": 2},
    {"fault": "reset", "on": "download", "times": 1},
    {"fault": "no_image", "times": 2},
    {"fault": "text_only", "times": 1},
    {"fault": "truncated_png", "times": 1},
    {"fault": "safety", "times": 1},
]
"""One bad evening. Beside it, the first command is killed in the middle and run again."""
EVENINGS = 3
"""How often the same command is run, at most."""
Command = Callable[[bool], None]
Way = Callable[[Path, EmulatorProcess, dict[str, str]], tuple[Command, Path]]
"""Folder, provider, prompts by id -> the command (whether it dies), and where its pictures lie."""


@dataclass(frozen=True)
class Bill:
    """What one way ended with. usd and billed by the provider's books; kept: pictures that decode, one per prompt."""

    usd: float
    billed: int
    kept: int

    @property
    def each(self) -> float:
        return self.usd / self.kept


def kept_pictures(folder: Path, count: int) -> list[Figure]:
    """US dollars per picture that is there in the end, for `count` prompts."""
    bills = {
        name: _bill(folder / name, way, count)
        for name, way in {
            "our batch lane": _ours("g-1", "polling"),
            "our immediate lane": _ours("i-1", f"kept:{count // 4}"),
            "a batch script": _script("batch", 1),
            "an immediate script": _script("immediate", count // 4),
        }.items()
    }
    batch = bills["our batch lane"].each
    return [
        Figure(
            f"cost of a kept picture, {name}",
            bill.each,
            "$",
            detail=f"{bill.kept} of {count} kept, {bill.billed} answers billed; {bill.each / batch:.2f}x",
        )
        for name, bill in bills.items()
    ]


def _bill(folder: Path, way: Way, count: int) -> Bill:
    folder.mkdir(parents=True)
    prompts = {f"{number:04}": f"雪の山道を登る老僧、その{number}。" for number in range(1, count + 1)}
    with EmulatorProcess(folder / "emulator", "--job-seconds", "0") as emulator:
        command, pictures = way(folder, emulator, prompts)
        emulator.control("POST", "faults", MIX)
        command(True)
        for _ in range(EVENINGS):
            command(False)
        ledger = emulator.ledger()
        return Bill(ledger["usd"], ledger["requests_billed"], sum(map(_decodes, sorted(pictures.glob("*.png")))))


def _ours(slot: str, point: str) -> Way:
    def way(folder: Path, emulator: EmulatorProcess, prompts: dict[str, str]) -> tuple[Command, Path]:
        studio = Studio(folder / "project", emulator)
        studio.presets(slot)
        studio.prompts(prompts)

        def command(dies: bool) -> None:
            done = studio.doit("visual", "CH=CH01", **({"KAMISHIBAI_KILL_AT": point} if dies else {}))
            if done.returncode not in ((-9,) if dies else (0, 1)):
                raise SystemExit(f"visual ended with {done.returncode}:\n{done.stdout}{done.stderr}")

        return command, studio.run() / "images"

    return way


def _script(lane: str, die: int) -> Way:
    def way(folder: Path, emulator: EmulatorProcess, prompts: dict[str, str]) -> tuple[Command, Path]:
        pictures = folder / "pictures"
        pictures.mkdir()
        (folder / "prompts.json").write_text(json.dumps(prompts))

        def command(dies: bool) -> None:
            words = [lane, emulator.url, str(pictures), str(folder / "prompts.json"), *([str(die)] if dies else [])]
            subprocess.run([sys.executable, "-m", "tests.bench.naive", *words], cwd=ROOT, capture_output=True)

        return command, pictures

    return way


def _decodes(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
    except OSError:
        return False
    return True
