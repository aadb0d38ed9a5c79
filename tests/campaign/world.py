"""A studio in which everything may go wrong: what people do, what the provider does, what has to hold in the end.

    world = World(folder)
    world.fault("lost_reply", on="create", times=1)
    world.play("visual CH01")
    world.edit("CH01-001", "0001", 2)
    assert not world.judged()

Every method is one action, deterministic but for the order of threads and processes, so that a sequence that broke a
promise can be written down as a plain test. What a command says and how it ends is checked at once, what it left behind
by `judged`.
"""

import shutil
import signal
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from tests.support.emulator_process import EmulatorProcess
from tests.support.studio import Studio

from . import books
from .invariants import Allowed, once_each, violations
from .project import Project

MOMENT = "WAIT=0.006"
"""Minutes that a command waits for the provider: long enough for a job that is done, short for one that is not."""
RELEASED = "RETRY=refused,permanent,exhausted,missing,unreadable,lost,changed"
PATIENCE = 12
"""Rounds of clear weather in which everything has to come right."""
MONTH = 721.0
"""Hours after which no provider keeps results any more; they pass before the seventh of those rounds."""
TIMEOUT = 1
"""Seconds after which an answer is given up."""
UNDER_WAY = 2
"""Requests under way at a time at each provider of the immediate lane."""
MODELS = {
    "g-1": "gemini_nano_banana_2_1",
    "g-2": "gemini_3_1_flash_lite_image",
    "i-1": "gemini_nano_banana_2_1",
    "f-1": "fireworks_flux_1_schnell_fp8",
    "o-2": "openai_gpt_image_2_5_flare",
    "oi-2": "openai_gpt_image_2_5_flare",
}
DUEL = ("g-2", "i-1")
COMMANDS = {
    "visual": ("visual", "CH=ALL", MOMENT),
    "visual CH01": ("visual", "CH=CH01", MOMENT),
    "visual CH02": ("visual", "CH=CH02", MOMENT),
    "visual 002": ("visual", "CH=CH01", "RUN=002", MOMENT),
    "thumbnails": ("thumbnails", "CH=CH01", MOMENT),
    "compare": ("compare", "NAME=duel", MOMENT),
    "collect": ("collect",),
    "adopt": ("adopt",),
    "cancel": ("cancel", "CH=CH01", "RUN=001", MOMENT),
}
ON_THE_IMMEDIATE_LANE = ("generate", "flux_generate", None)


def text(prompt: str, version: int) -> str:
    """What a prompt says: the same in every run, so that one picture is wanted in several places."""
    return f"雪の山道、{prompt}の{version}"


class World:
    """Three runs of two channels, a set of thumbnails, a comparison, one emulator, and people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        options = ("--job-seconds", "0", "--clock", "2026-11-23T00:00:00Z")
        self.emulator = EmulatorProcess(folder / "emulator", *options, shrunk=4)
        self.emulator.start()
        self.studio = Studio(folder / "project", self.emulator)
        immediate = {"request_timeout_seconds": TIMEOUT, "max_concurrent": UNDER_WAY}
        self.studio.limits(immediate, request_timeout_seconds=TIMEOUT, poll_seconds_first=0.005)
        self.presets = {name: {"model_key": "g-1", "aspect_ratio": "16:9"} for name in ("CH01", "CH02")}
        self.versions = {
            "CH01-001": {"0001": 1, "0002": 1},
            "CH01-002": {"0001": 1},
            "CH02-001": {"0001": 1, "0003": 1},
        }
        self.compared: list[str] = []
        self.by_hand: set[str] = set()
        self.taken: Counter[tuple[str, str]] = Counter()
        self.may_doubt = 0
        self.unsaid = 0
        self.faults: set[str] = set()
        self.words: set[str] = set()
        self.commands: Counter[str] = Counter()
        self.said: list[str] = []
        self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.emulator.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What a person writes

    def edit(self, run: str, prompt: str, version: int) -> None:
        """The text of a prompt becomes its version `version`, which it may have been before; it may be a new prompt."""
        self.versions[run][prompt] = version
        self._write()

    def drop(self, run: str, prompt: str) -> None:
        """A prompt is taken out; the last one stays."""
        if len(self.versions[run]) > 1:
            self.versions[run].pop(prompt, None)
            self._write()

    def preset(self, channel: str, slot: str, ratio: str = "16:9") -> None:
        """A channel's slot and aspect ratio."""
        self.presets[channel] = {"model_key": slot, "aspect_ratio": ratio}
        self._write()

    def _write(self) -> None:
        channels = {name: {"name": "試験", "image_generation": each} for name, each in self.presets.items()}
        self.studio.write("configs/channel_presets.json", {"channels": channels})
        for run, versions in self.versions.items():
            self.studio.prompts({name: text(name, version) for name, version in versions.items()}, run)
        template = {"id": "bold", "name": "太字", "prompt_template": "{{thumbnail_prompt}}", "image_model_key": "g-1"}
        templates = {"channels": {"CH01": {"templates": [template], "default_template_id": "bold"}}}
        rows = [{"episode": 1, "thumbnail_prompt": text("0001", 1)}]
        self.studio.write("workspaces/thumbnails/templates.json", templates)
        self.studio.write("workspaces/thumbnails/CH01/prompts.json", {"prompts": rows})

    # What a person runs

    def play(self, name: str, *words: str, **env: str) -> int:
        """One of COMMANDS, which waits only a moment for the provider; its exit status."""
        if retry := next((word.partition("=")[2] for word in words if word.startswith("RETRY=")), ""):
            self.words |= set(retry.split(","))
        typed = (*self._typed(name), *words)
        done = self.studio.doit(*typed, **env)
        return self._heard(typed, done.returncode, done.stdout + done.stderr)

    def _typed(self, name: str) -> tuple[str, ...]:
        """The words of a command; the first comparison says what it compares."""
        if name == "compare" and not self.compared:
            self.compared = [*self.versions["CH01-001"]]
            return (*COMMANDS[name], f"SLOTS={','.join(DUEL)}", "CH=CH01", "RUN=001")
        if name == "compare" and not self._is_fixed:
            self.compared = []
            return self._typed(name)
        return COMMANDS[name]

    @property
    def _is_fixed(self) -> bool:
        return (self.studio.folder / "workspaces" / "compare" / "duel" / "compare.json").is_file()

    def wrong_key(self, name: str = "visual", *words: str) -> int:
        """A command with a key that is not the one that made the jobs."""
        keys = dict.fromkeys(("GEMINI_API_KEY", "FIREWORKS_API_KEY", "OPENAI_API_KEY"), "another-key")
        return self.play(name, *words, **keys)

    def killed(self, name: str, point: str) -> None:
        """A command that dies at a named point, if it gets there."""
        self.may_doubt += 2 * UNDER_WAY
        self.play(name, KAMISHIBAI_KILL_AT=point)

    def stopped(self, name: str, number: int, requests: int) -> None:
        """A command that gets the signal `number` after `requests` requests more, if it lives so long."""
        self.may_doubt += 2 * UNDER_WAY
        last = self.emulator.ledger()["http_total"] + requests
        typed = self._typed(name)
        process = self.studio.launch(*typed)
        while process.poll() is None and self.emulator.ledger()["http_total"] < last:
            time.sleep(0.01)
        if process.poll() is None:
            process.send_signal(number)
        said = process.communicate(timeout=120)[0]
        self._heard((*typed, f"(signal {number})"), process.returncode, said)

    def together(self, names: Sequence[str]) -> None:
        """Several commands at the same time."""
        typed = [self._typed(name) for name in names]
        started = [self.studio.launch(*words) for words in typed]
        for words, process in zip(typed, started, strict=True):
            said = process.communicate(timeout=120)[0]
            self._heard((*words, f"(one of {len(names)} at once)"), process.returncode, said)

    def look(self, name: str) -> None:
        """A command that only looks: it asks the provider nothing."""
        before = self.emulator.ledger()["http_total"]
        typed = (name, *(("CH=CH01",) if name == "plan" else ()))
        done = self.studio.doit(*typed)
        self._heard(typed, done.returncode, done.stdout + done.stderr)
        assert self.emulator.ledger()["http_total"] == before, f"doit {name} asked the provider something"

    def retake(self, run: str, prompt: str, slot: str | None = None, pick: int | None = None) -> None:
        """Another picture of one prompt, or (pick) an earlier take put back."""
        typed = ["retake", f"CH={run[:4]}", f"RUN={run[5:]}", f"IDS={prompt}", MOMENT]
        typed += [f"PICK={pick}"] if pick else [f"SLOT={slot}"] if slot else []
        done = self.studio.doit(*typed)
        if self._heard(tuple(typed), done.returncode, done.stdout + done.stderr) != 3:
            self.taken[run, prompt] += 1

    # What happens to files

    def remove(self, what: str) -> None:
        """Delete something that can be made again, by its path from the project."""
        _delete(self.studio.folder / what)

    def spoil(self, what: str, how: str, name: str) -> None:
        """A file (by its path from the project) is cut in half or filled with garbage, and a command meets it.

        Then a person puts a copy of a manifest or of results back, unless the command has put the damaged one aside.
        """
        path = self.studio.folder / what
        if not path.is_file():
            return
        whole = path.read_bytes()
        damaged = whole[: len(whole) // 2] if how == "half" else b"\x00garbage\xff" * 9
        path.write_bytes(damaged)
        self.play(name)
        if path.name in ("manifest.json", "results.jsonl") and path.read_bytes() == damaged:
            path.write_bytes(whole)

    def paint_over(self, run: str, prompt: str) -> None:
        """Somebody edits a finished picture in place."""
        path = self.studio.run(run) / "images" / f"{prompt}.png"
        if path.exists():
            self.by_hand.add(f"{run}/images/{prompt}.png")
            path.write_bytes(path.read_bytes()[:-30] + b"painted over by a person......")

    # What the provider does

    def fault(self, name: str, **options: Any) -> None:
        """One of the emulator's faults (tasks/emulator/world/faults.py)."""
        if options.get("on") in ON_THE_IMMEDIATE_LANE:
            self.may_doubt += options.get("times", 1)
            self.unsaid += options.get("times", 1) * (name == "lost_reply_503")
        self.faults.add(name)
        self.emulator.fault(name, **options)

    def later(self, hours: float) -> None:
        """The provider's clock goes on."""
        self.emulator.advance(hours * 3600)

    def jobs_take(self, hours: float) -> None:
        """How long jobs made from now on take."""
        self.emulator.job_seconds(hours * 3600)

    # What has to hold

    def _heard(self, words: tuple[str, ...], status: int, said: str) -> int:
        """Every command ends with 0, or with 1 or 3 and what to do next; never with a traceback.

        People take files away between commands here: what a command misses meanwhile, another command took from it.
        """
        self.commands[words[0]] += 1
        self.said.append(f"$ doit {' '.join(words)}\n{said}(exit {status})")
        assert "Traceback" not in said, self.story
        assert "removed while this command worked" not in said, self.story
        assert status in (0, 1, 3, -signal.SIGKILL, 130), self.story
        assert status not in (1, 3) or "\n  -> " in said, self.story
        return status

    @property
    def story(self) -> str:
        return "\n".join(self.said[-14:])

    def judged(self) -> list[str]:
        """Clear weather, the same commands until all is done; then every broken promise in plain words."""
        if not self._settled():
            return [f"after {PATIENCE} rounds of clear weather there is still something to do"]
        return [*self._rest(), *self._promises()]

    @property
    def _makers(self) -> list[str]:
        """Commands that make everything that was ever asked for."""
        asked = [name for name in ("thumbnails", "compare") if self.commands[name]]
        return ["visual", *asked]

    def _settled(self) -> bool:
        for attempt in range(PATIENCE):
            self.emulator.clear_faults()
            self.emulator.job_seconds(0)
            self.later(MONTH if attempt == 6 else 1)
            if attempt > 6:
                time.sleep(
                    1
                )  # what is awaited is asked for again by this machine's clock, after 3.6 seconds at the latest
            if attempt == 2:
                assert not (broken := [*self._money()]), "\n".join([*broken, self.story])
            if self._round((RELEASED if attempt > 1 else "RETRY=changed",)) and attempt:
                return True
        return False

    def _round(self, words: tuple[str, ...]) -> bool:
        """Every command once; whether nothing was left to do."""
        is_done = True
        for name in self._makers:
            is_done &= self.play(name, *words) == 0 and "on their way" not in self.said[-1]
            if "was made with another API key" in self.said[-1]:
                self.wrong_key(name, *words)  # the message asks a person to set that key: nobody else can see its job
            if "rm .doit.db" in self.said[-1]:
                self.remove(".doit.db")
                is_done = False
        return is_done

    def _rest(self) -> Iterator[str]:
        """Places with nothing to do ask nothing and write nothing but the index, which is a cache."""
        before, asked = self.studio.snapshot(), self.emulator.ledger()["http_total"]
        for name in self._makers:
            if self.play(name) != 0:
                yield f"{name} once more did not end well"
        if self.emulator.ledger()["http_total"] != asked:
            yield "nothing was to do, and the provider was asked something"
        changed = sorted(dict(self.studio.snapshot().items() ^ before.items()).keys() - {"workspaces/.index.json"})
        if changed:
            yield f"nothing was to do, and files changed: {', '.join(changed)}"

    def _money(self) -> Iterator[str]:
        """While no word released what is held: nothing of it was bought again."""
        yield from once_each(Project(self.studio.folder), books.read(self.emulator), self._allowed())

    def _allowed(self) -> Allowed:
        return Allowed(
            doubtful=self.may_doubt,
            by_hand=self.by_hand,
            released=self.words,
            damaged="damaged" in self.faults,
            unsaid=self.unsaid,
        )

    def _promises(self) -> Iterator[str]:
        project = Project(self.studio.folder)
        yield from violations(self.studio.folder, books.read(self.emulator), self._allowed(), self._wanted())
        yield from self._pinned(project)

    def _wanted(self) -> dict[str, Collection[str]]:
        wanted: dict[str, Collection[str]] = {run: [*ids] for run, ids in self.versions.items()}
        if self.commands["thumbnails"]:
            wanted["CH01-thumbnails"] = ["1-bold"]
        if self.compared:
            wanted |= {f"compare-duel-{slot}": self.compared for slot in DUEL}
        return wanted

    def _pinned(self, project: Project) -> Iterator[str]:
        """What is shown is of the channel's model, unless somebody asked for another take."""
        for room in project.rooms:
            slot = self.presets[room.name[:4]]["model_key"] if room.name in self.versions else ""
            for prompt, line in room.shown.items() if slot else ():
                asked = prompt not in self.versions[room.name] or self.taken[room.name, prompt]
                if not asked and line["model_key"] != MODELS[slot]:
                    yield f"{room.name}: {prompt} is shown from {line['model_key']}, the channel says {slot}"


def _delete(path: Path) -> None:
    """A file or folder, and what bears its name with something behind it, as doit's database does."""
    for each in path.parent.glob(f"{path.name}*"):
        shutil.rmtree(each) if each.is_dir() else each.unlink()
