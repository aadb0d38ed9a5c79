"""What happened before: commands of the base's code, kills, refusals, losses, until all states are there."""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from . import material
from .material import prompts, runs
from .person import Person
from .provider import Provider

HOUR = 3600.0
STATES = {"intent", "creating", "sending", "submitted", "finished", "collected", "dropped"}
REFUSAL = 1


@dataclass(frozen=True)
class Past:
    """The person, the provider and the log of what was typed and how it ended."""

    person: Person
    provider: Provider
    log: list[str]

    @property
    def project(self) -> Path:
        return self.person.project

    def doit(self, words: str, expect: int = 0, kill: str = "") -> str:
        """A command that ends as expected; kill: the point at which it dies."""
        person = replace(self.person, more={"KAMISHIBAI_KILL_AT": kill}) if kill else self.person
        done = person.doit(words.split())
        self.log.append(f"{done.status:4d} doit {words} {kill}")
        if done.status != (-9 if kill else expect):
            raise RuntimeError(f"doit {words} {kill} ended with {done.status}:\n{done.out}{done.err}")
        return done.out + done.err

    def run(self, name: str, words: str = "", **how: Any) -> str:
        channel, _, number = name.partition("-")
        return self.doit(f"visual CH={channel} RUN={number} {words}", **how)

    def at(self, run: str) -> Path:
        return runs(self.project) / run


def lived(past: Past) -> None:
    """All that happened, oldest first."""
    _written(past)
    for chapter in (_quiet, _refusals, _immediate, _flux, _others, _on_the_way, _killed, _lost, _damage, _afterwards):
        past.provider.no_faults()
        past.provider.lasting(0, 0)
        chapter(past)
    past.provider.no_faults()
    past.provider.lasting(0, 0)


def _written(past: Past) -> None:
    material.configs(past.person.code, past.project)
    material.tables(past.project)
    material.foreign(past.project)


def _quiet(past: Past) -> None:
    """Runs that are done, one with references, one with both lanes, tables; a retake of each kind, verdicts."""
    for number in ("001", "002", "003", "018", "022"):
        prompts(past.project, f"CH01-{number}")
    material.references(past.project, "CH01-016", 2)
    prompts(
        past.project, "CH01-023", 4, {2: {"slot": "i-2", "note": "夜"}, 3: {"skip": True}, 4: {"negative_prompt": "人"}}
    )
    past.doit("visual CH=CH01")
    past.doit("visual CH=CH05 RUN=001")
    past.doit("visual CH=CH05 RUN=002")
    past.doit("retake CH=CH01 RUN=002 IDS=2")
    past.doit("retake CH=CH01 RUN=002 IDS=2,3 SLOT=i-1")
    past.doit("retake CH=CH01 RUN=002 IDS=2 PICK=1")
    _judged(past, "CH01-003", {"0001": "OK", "0002": "NG"})
    prompts(past.project, "CH01-018", 4)


def _judged(past: Past, run: str, verdicts: dict[str, str]) -> None:
    """review.json as doit review writes it."""
    lines = [json.loads(line) for line in (past.at(run) / "results.jsonl").read_text("utf-8").splitlines()]
    sums = {line["prompt_id"]: line["image_sha256"] for line in lines}
    said = {
        name: {
            "verdict": each,
            "note": "手が六本" if each == "NG" else "",
            "at": "2026-11-23T08:15:00Z",
            "sha256": sums[name],
        }
        for name, each in verdicts.items()
    }
    material.write(past.at(run) / "review.json", {"version": 1, "verdicts": said})


def _refusals(past: Past) -> None:
    """Refused, permanent, exhausted, expired and failed requests of the batch lane; a create that was refused."""
    fault = past.provider.fault
    for run, faults in (
        ("CH01-011", [("safety", {"match": "0002"}), ("blocked_prompt", {"match": "0003"})]),
        ("CH01-013", [("request_error", {"match": "0001", "value": 3})]),
        ("CH01-014", [("expired", {})]),
        ("CH01-027", [("failed", {})]),
        ("CH01-028", [("cancelled_with_output", {})]),
        (
            "CH01-029",
            [("truncated_png", {"match": "0001"}), ("text_only", {"match": "0002"}), ("no_image", {"match": "0003"})],
        ),
    ):
        prompts(past.project, run)
        for name, options in faults:
            fault(name, **options)
        past.run(run, expect=REFUSAL)
        past.provider.no_faults()
    prompts(past.project, "CH01-012")
    fault("no_image", match="0002")
    for _ in range(3):
        past.run("CH01-012", expect=REFUSAL)
    past.provider.no_faults()
    prompts(past.project, "CH01-010")
    fault("refuse", value=400, on="create")
    past.run("CH01-010", expect=REFUSAL)


def _immediate(past: Past) -> None:
    """CH02: done, refused, maybe billed, killed at every point of the journal, an account without credit."""
    fault = past.provider.fault
    for number in range(1, 11):
        prompts(past.project, f"CH02-{number:03d}")
    past.run("CH02-001")
    for number, kill in (
        ("002", "sent:2"),
        ("003", "answered:2"),
        ("008", "before-settle"),
        ("009", "kept:2"),
        ("004", "sending"),
    ):
        past.run(f"CH02-{number}", kill=kill)
    fault("safety", match="CH02-005の2")
    past.run("CH02-005", expect=REFUSAL)
    past.provider.no_faults()
    fault("lost_reply", on="generate", match="CH02-006の1", times=1)
    past.run("CH02-006", "LIMIT=1", expect=REFUSAL)
    past.provider.no_faults()
    fault("refuse", value=402, on="generate")
    past.run("CH02-010", expect=REFUSAL)


def _flux(past: Past) -> None:
    """CH03: schnell done and filtered; Kontext done, with a reference, ordered and open, killed after the order."""
    for number, top in (
        ("001", {}),
        ("002", {"slot": "f-3"}),
        ("003", {"slot": "f-3"}),
        ("004", {"slot": "f-3"}),
        ("005", {}),
    ):
        prompts(past.project, f"CH03-{number}", 2, **top)
    material.references(past.project, "CH03-006", 1, slot="f-3")
    for number in ("001", "002", "006"):
        past.run(f"CH03-{number}")
    past.provider.fault("filtered", match="CH03-005")
    past.run("CH03-005", expect=REFUSAL)
    past.provider.no_faults()
    past.provider.lasting(0, 100 * HOUR)
    past.run("CH03-003", kill="accepted:2")
    past.run("CH03-004", "LIMIT=1", expect=REFUSAL)


def _others(past: Past) -> None:
    """Thumbnails, one of them refused; two comparisons, one of them not finished; the report."""
    material.thumbnails(past.project)
    past.doit("thumbnails CH=CH01")
    past.doit("thumbnails CH=CH01 IDS=1-bold")
    past.provider.fault("safety", match="CH02の2")
    past.doit("thumbnails CH=CH02", expect=REFUSAL)
    past.provider.no_faults()
    material.subjects(past.project, "CH02", (1, 2, 3))
    past.doit("compare NAME=duel SLOTS=g-1,i-1,f-1 CH=CH01 RUN=001 IDS=1,2")
    past.provider.lasting(1000 * HOUR, 0)
    past.doit("compare NAME=half SLOTS=g-2,i-2 CH=CH01 RUN=003 WAIT=0")
    past.doit("report")


def _on_the_way(past: Past) -> None:
    """Jobs that are running, one of them late, one whose results are gone, one whose prompts were edited since."""
    past.provider.lasting(6 * HOUR, 0)
    for number in ("007", "008", "017", "025", "026", "030"):
        prompts(past.project, f"CH01-{number}")
        past.run(f"CH01-{number}", "LIMIT=2 WAIT=0")
    past.run("CH01-008", "WAIT=0")
    prompts(past.project, "CH01-030", 2, {2: {"prompt": "書きかえた絵"}})
    _older(past.at("CH01-025"), 60)
    _older(past.at("CH01-026"), 30)
    prompts(past.project, "CH00-001", 2)
    past.doit("visual CH=CH00")


def _older(run: Path, hours: float) -> None:
    """Let a submission have been made that long ago."""
    path = run / "_gemini_batch" / "manifest.json"
    when = (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path.write_text(
        re.sub(r'("(?:intent_at|submitted_at)": *)"[^"]+"', rf'\1"{when}"', path.read_text("utf-8")), "utf-8"
    )


def _killed(past: Past) -> None:
    """Submissions that stopped before, in and after the create, and while results came home."""
    for number in ("004", "005", "006", "009", "024", "015", "031"):
        prompts(past.project, f"CH01-{number}")
    past.run("CH01-004", kill="after-intent")
    past.run("CH01-005", kill="before-create")
    past.run("CH01-006", kill="after-create")
    past.run("CH01-009", kill="after-status")
    past.run("CH01-031", kill="group-after-rename")
    past.run("CH01-024", kill="before-results")
    past.provider.fault("lost_reply", on="create", times=1)
    past.provider.fault("list_lag")
    past.run("CH01-015", expect=REFUSAL)


def _lost(past: Past) -> None:
    """A manifest that was deleted while its job is on its way, pictures removed and painted over by hand."""
    shutil.rmtree(past.at("CH01-017") / "_gemini_batch")
    images = past.at("CH01-022") / "images"
    (images / "0001.png").unlink()
    (images / "0002.png").write_bytes(material.png(320, 180, 3))
    for number in ("019", "020"):
        prompts(past.project, f"CH01-{number}", 2)
    material.prompts(past.project, "CH01-021", 2, note="この機械だけの枠", slot="g-9")


def _damage(past: Past) -> None:
    """CH04: runs that are done, two of them damaged in a way that stops no command; scenarios spoil others."""
    for number in range(1, 8):
        prompts(past.project, f"CH04-{number:03d}", 2)
    past.doit("visual CH=CH04")
    at = runs(past.project)
    (at / "CH04-006/images/.0002.png.123.part").write_bytes(b"\x89PNG half")
    (at / "CH04-006/images/0002.png").unlink()
    _cut_in_store(past.project)


def _cut_in_store(project: Path) -> None:
    """A picture of the store is half as long as it was, and its copy in images/ is gone."""
    digest = _digest(runs(project) / "CH04-001", "0001")
    for path in (project / "workspaces/.store").glob(f"{digest[:2]}/{digest}.*"):
        if path.suffix != ".json":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (runs(project) / "CH04-001/images/0001.png").unlink()


def _digest(run: Path, prompt_id: str) -> str:
    lines = (json.loads(line) for line in (run / "results.jsonl").read_text("utf-8").splitlines())
    return str(next(line["digest"] for line in lines if line["prompt_id"] == prompt_id))


def _afterwards(past: Past) -> None:
    """A person ticked an entry of the inbox and wrote a line into it."""
    path = past.project / "workspaces/inbox/pm_inbox.md"
    text = path.read_text("utf-8").replace("- [ ]", "- [x]", 1)
    path.write_text(f"{text}\n田中のメモ: 監督に確認\n", "utf-8")


def states(project: Path) -> dict[str, list[str]]:
    """Which run has a submission in which state."""
    found: dict[str, list[str]] = {}
    for path in sorted((project / "workspaces").rglob("manifest.json")):
        for each in _submissions(path):
            found.setdefault(str(each["state"]), []).append(f"{path.parents[1].name}/{each['id']}")
    return found


def _submissions(path: Path) -> Sequence[dict[str, Any]]:
    try:
        return list(json.loads(path.read_bytes()).get("submissions", []))
    except ValueError:
        return []


def journals(project: Path) -> dict[str, list[str]]:
    """Unsettled immediate submissions: the events in each, in order."""
    paths = sorted((project / "workspaces").rglob("_immediate/*.jsonl"))
    return {f"{path.parents[1].name}/{path.stem}": _events(path) for path in paths}


def _events(path: Path) -> list[str]:
    return re.findall(r'"event": *"(\w+)"', path.read_text("utf-8"))
