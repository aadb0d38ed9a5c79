"""A studio of its own for a test: a project folder, an emulator, and `doit` as a person would type it."""

import copy
import csv
import functools
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from tests.support import runner
from tests.support.emulator_process import ROOT, EmulatorProcess

FAST = {
    "poll_seconds_first": 0.05,
    "poll_seconds_most": 0.1,
    "adopt_wait_minutes": 0.02,
    "believe_404_after_minutes": 0,
    "request_timeout_seconds": 3,
    "create_retries_on_429": 1,
}
FAST_IMMEDIATE = {"requests_per_minute": 60000, "request_timeout_seconds": 3, "poll_seconds": 0.05}


@functools.cache
def _models() -> Any:
    return yaml.safe_load((ROOT / "configs" / "image_models.yaml").read_text())


class Studio:
    """Channel CH01 on slot g-1 in `folder`; `doit` runs our dodo.py there against `emulator`."""

    def __init__(self, folder: Path, emulator: EmulatorProcess | None) -> None:
        self.folder = folder
        self.emulator = emulator
        self.env: dict[str, str] = {}
        (folder / "configs").mkdir(parents=True)
        for name in ("image_model_slots.yaml", "budget.yaml"):
            (folder / "configs" / name).write_bytes((ROOT / "configs" / name).read_bytes())
        self.limits()
        self.presets()

    def at(self, folder: Path) -> "Studio":
        """The same person with the same provider in a copy of the project."""
        other = copy.copy(self)
        other.folder = folder
        return other

    def limits(self, immediate: Mapping[str, float] = MappingProxyType({}), **changes: float) -> None:
        """Write the models config with quick polling, `changes` to the batch limits and those of `immediate`."""
        data = copy.deepcopy(_models())
        for provider in data["providers"].values():
            if "batch" in provider:
                provider["batch"].update(FAST | changes)
        for provider in data["providers"].values():
            provider["immediate"].update(FAST_IMMEDIATE | immediate)
        (self.folder / "configs" / "image_models.yaml").write_text(
            yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True)
        )

    def presets(self, model_key: str = "g-1", **more: Any) -> None:
        channel = {
            "name": "試験",
            "image_generation": {"model_key": model_key, "aspect_ratio": "16:9", "image_size": "1K"} | more,
        }
        self.write("configs/channel_presets.json", {"channels": {"CH01": channel, "CH02": channel}})

    def write(self, name: str, data: object) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1))
        return path

    def prompts(self, texts: dict[str, str], run: str = "CH01-001") -> Path:
        """Write prompts.json of a run: id -> text."""
        entries = [{"id": name, "prompt": text} for name, text in texts.items()]
        return self.write(f"workspaces/video/runs/{run}/prompts.json", {"prompts": entries})

    def run(self, name: str = "CH01-001") -> Path:
        return self.folder / "workspaces" / "video" / "runs" / name

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "doit", "-f", str(ROOT / "dodo.py"), "-d", str(self.folder), *words]

    def environment(self, **more: str) -> dict[str, str]:
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GEMINI", "GOOGLE", "OPENAI", "IMAGE_SERVER", "KAMISHIBAI", "SLACK"))
        }
        address = self.emulator.env if self.emulator else {}
        return env | address | {"KAMISHIBAI_LANG": "en"} | self.env | more

    def doit(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run doit to its end; the caller looks at returncode, stdout and stderr."""
        return runner.run(self.command(*words), self.environment(**env), ROOT)

    def visual(self, *words: str, expect: int = 0, **env: str) -> str:
        """`doit visual CH=CH01 …`; checks the exit status and returns all that was printed."""
        done = self.doit("visual", "CH=CH01", *words, **env)
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
        assert "Traceback" not in said, said
        return said

    def killed(self, point: str, *words: str) -> None:
        """`doit visual CH=CH01` that dies by SIGKILL at a named point."""
        done = self.doit("visual", "CH=CH01", *words, KAMISHIBAI_KILL_AT=point)
        assert done.returncode == -signal.SIGKILL, (
            f"not killed at {point}: {done.returncode}\n{done.stdout}{done.stderr}"
        )

    def start(self, *words: str, **env: str) -> runner.Process:
        """`doit visual CH=CH01 …`, which goes on while the test does."""
        return self.launch("visual", "CH=CH01", *words, **env)

    def launch(self, *words: str, **env: str) -> runner.Process:
        """Any command, which goes on while the test does."""
        return runner.start(self.command(*words), self.environment(**env), ROOT)

    def ask(self, *words: str, expect: int = 0, **env: str) -> str:
        """Any command; checks the exit status and returns all that was printed."""
        done = self.doit(*words, **env)
        said = done.stdout + done.stderr
        assert done.returncode == expect, f"exit {done.returncode}, expected {expect}:\n{said}"
        assert "Traceback" not in said, said
        return said

    @property
    def jobs_created(self) -> int:
        assert self.emulator
        return int(self.emulator.ledger()["jobs_created"])

    @property
    def billed(self) -> int:
        assert self.emulator
        return int(self.emulator.ledger()["requests_billed"])

    def manifest(self, run: str = "CH01-001") -> dict[str, Any]:
        return json.loads((self.run(run) / "_gemini_batch" / "manifest.json").read_text())

    def results(self, run: str = "CH01-001") -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.run(run) / "results.jsonl").read_bytes().split(b"\n") if line]

    def usage(self, run: str = "CH01-001") -> list[dict[str, str]]:
        with (self.run(run) / "usage.csv").open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def images(self, run: str = "CH01-001") -> dict[str, str]:
        """sha256 of every picture of a run, by file name."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.run(run) / "images").glob("*.png"))
        }

    def takes(self, run: str = "CH01-001") -> dict[str, Any]:
        """What takes.json says of each prompt."""
        return dict(json.loads((self.run(run) / "takes.json").read_text())["takes"])

    def kept(self, run: str = "CH01-001") -> list[str]:
        """The pictures beside the wanted ones, by their paths in images/_takes/."""
        folder = self.run(run) / "images" / "_takes"
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Time stamp and size of every file under workspaces/ but locks."""
        files = (path for path in sorted((self.folder / "workspaces").rglob("*")) if path.is_file())
        return {
            str(path.relative_to(self.folder)): (path.stat().st_mtime_ns, path.stat().st_size)
            for path in files
            if ".locks" not in path.parts
        }

    def leftovers(self) -> list[str]:
        """Temporary files that should not be there."""
        return [name for name in self.snapshot() if re.search(r"\.part$|\.tmp$", name)]


def emulator(studio: Studio) -> EmulatorProcess:
    """The provider of a studio that has one."""
    assert studio.emulator
    return studio.emulator


def agrees(studio: Studio) -> None:
    """What we say that CH01-001 cost is what the provider's books say."""
    cost = sum(float(row["cost_usd"]) for row in studio.usage())
    assert cost == pytest.approx(emulator(studio).ledger()["usd"], abs=1e-5)


def story(count: int, of: str = "") -> dict[str, str]:
    """`count` Japanese prompts with ids 0001 …; of: a name that makes them other texts than those of others."""
    scenes = (
        "雪の山道を登る老僧の後ろ姿、朝の光",
        "月夜の海に浮かぶ小舟",
        "桜の下で眠る三毛猫",
        "霧の中の赤い鳥居",
        "祭りの夜、提灯の列",
    )
    return {f"{number:04d}": f"{scenes[number % len(scenes)]}、その{number}{of}" for number in range(1, count + 1)}
