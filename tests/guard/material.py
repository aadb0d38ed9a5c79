"""What people wrote before the first command: configs, presets, prompts, templates, references, notes. All by hand."""

import json
import shutil
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCENES = (
    "雪の山道を登る老僧の後ろ姿、朝の光",
    "月夜の海に浮かぶ小舟",
    "桜の下で眠る三毛猫",
    "霧の中の赤い鳥居",
    "祭りの夜、提灯の列",
)
LIMITS = """\
# この機械だけの設定
providers:
  gemini:
    batch: {poll_seconds_first: 0.05, poll_seconds_most: 0.1, adopt_wait_minutes: 0.01, believe_404_after_minutes: 0,
      request_timeout_seconds: 4, create_retries_on_429: 1}
    immediate: {max_concurrent: 1, requests_per_minute: 60000, request_timeout_seconds: 2, poll_seconds: 0.05}
  emulator:
    batch: {poll_seconds_first: 0.05, poll_seconds_most: 0.1, adopt_wait_minutes: 0.01, believe_404_after_minutes: 0}
    immediate: {max_concurrent: 1, requests_per_minute: 60000, poll_seconds: 0.05}
  fireworks:
    immediate: {max_concurrent: 1, requests_per_minute: 60000, request_timeout_seconds: 1, poll_seconds: 0.4}
"""
BUDGET = "caps: {submission: 5, day: 60, month: 300}\nchannels:\n  CH01: {day: 40, month: 90}\n"
SLOTS = "slots:\n  g-9: {model_key: gemini_3_pro_image, lane: batch, note: この機械だけ}\n"


def runs(project: Path) -> Path:
    return project / "workspaces" / "video" / "runs"


def prompts(
    project: Path, run: str, count: int = 3, more: Mapping[int, Mapping[str, Any]] | None = None, **top: Any
) -> None:
    """prompts.json of a run, texts of its own; more: further keys by prompt number; top: keys beside the prompts."""
    entries = [
        {"id": f"{number:04d}", "prompt": f"{SCENES[number % len(SCENES)]}、{run}の{number}"}
        | dict((more or {}).get(number, {}))
        for number in range(1, count + 1)
    ]
    write(runs(project) / run / "prompts.json", {"prompts": entries, **top})


def write(path: Path, data: object) -> None:
    """A text as it is, anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", newline="")


def png(width: int, height: int, shade: int) -> bytes:
    """A picture of one colour that gets lighter to the right."""
    rows = b"".join(
        b"\0" + bytes((shade * (x + 1) * (y % 7 + 1) // width) % 256 for x in range(width * 3)) for y in range(height)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def configs(code: Path, project: Path) -> None:
    """The configs that come with the code, overrides of this machine, and the presets of six channels."""
    for name in ("image_models.yaml", "image_model_slots.yaml", "budget.yaml"):
        (project / "configs").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(code / "configs" / name, project / "configs" / name)
    write(project / "configs/image_models.local.yaml", LIMITS)
    write(project / "configs/budget.local.yaml", BUDGET)
    write(project / "configs/image_model_slots.local.yaml", SLOTS)
    write(project / "configs/channel_presets.json", {"channels": _channels()})


def _channels() -> dict[str, Any]:
    small = {"aspect_ratio": "16:9", "image_size": "1K", "output_size": "320x180"}
    shown = {
        "style": "日本の昔話の挿絵、墨と淡彩",
        "prompt_suffix": "人物の顔は前の場面とそろえる。",
        "belt": {"色": "藍"},
    }
    table = {"model_key": "g-1", "id_column": "番号", "prompt_column": "絵の言葉"} | small
    return {
        "CH00": {"name": "ためし", "image_generation": {"model_key": "e-1"} | small},
        "CH01": {
            "name": "昔話の部屋",
            "image_generation": {"model_key": "g-1", "negative_prompt": "文字、透かし"} | small,
            **shown,
        },
        "CH02": {"name": "夜の図書室", "image_generation": {"model_key": "i-1", "aspect_ratio": "1:1"}},
        "CH03": {"name": "旅の絵", "image_generation": {"model_key": "f-1", "output_size": "320x180"}},
        "CH04": {"name": "壊れた部屋", "image_generation": {"model_key": "g-1"} | small},
        "CH05": {"name": "表の部屋", "image_generation": table},
        "_memo": "チャンネルではない",
    }


TABLE = '番号,絵の言葉,メモ\r\na1,"雪の峠、""しずか""",一\r\n,海辺の市,二\r\n'
SHEET = "番号\t絵の言葉\nb1\t竹林の朝\nb2\t=数式ではない\n"


def tables(project: Path) -> None:
    """CH05's prompts are spreadsheets."""
    write(runs(project) / "CH05-001" / "prompts.csv", "\ufeff" + TABLE)
    write(runs(project) / "CH05-002" / "prompts.tsv", SHEET)
    write(runs(project) / "CH05-003" / "prompts.csv", TABLE)


def references(project: Path, run: str, count: int, **top: Any) -> None:
    """A run whose prompts refer to a picture."""
    path = runs(project) / run / "references" / "老僧.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(96, 64, 7))
    prompts(project, run, count, {n: {"references": ["references/老僧.png"]} for n in range(1, count + 1)}, **top)


def thumbnails(project: Path) -> None:
    """Two templates, one of them on the immediate lane; episodes of two channels."""
    bold = {
        "id": "bold",
        "name": "太字",
        "prompt_template": "{{thumbnail_prompt}}\\n大きな題: {{title}}",
        "layers": [1, 2],
    }
    calm = {"id": "calm", "name": "静か", "prompt_template": "{{thumbnail_prompt}}、余白", "image_model_key": "i-1"}
    one = {"templates": [bold, calm], "default_template_id": "bold"}
    write(project / "workspaces/thumbnails/templates.json", {"channels": dict.fromkeys(("CH01", "CH02"), one)})
    for channel, episodes in (("CH01", (1, 2, 3)), ("CH02", (1, 2))):
        subjects(project, channel, episodes)


def subjects(project: Path, channel: str, episodes: tuple[int, ...]) -> None:
    rows = [
        {
            "episode": n,
            "thumbnail_prompt": f"雪の峠、{channel}の{n}",
            "title": f"第{n}話",
            "template_id": "calm" if n == 2 else "bold",
        }
        for n in episodes
    ]
    write(project / f"workspaces/thumbnails/{channel}/prompts.json", {"prompts": rows})


def foreign(project: Path) -> None:
    """What other people and programs leave about."""
    write(runs(project) / "覚え書き" / "メモ.txt", "監督に確認する\n")
    write(runs(project) / "読んで.txt", "ここはランではない\n")
    write(runs(project) / "CH01-001" / "編集メモ.md", "# 三枚目は明るく\n")
    write(runs(project) / "CH01-001" / "images" / "下書き.txt", "絵ではない\n")
    write(project / "workspaces/video/会議.html", "<p>会議</p>\n")
    write(project / "workspaces/compare/メモ.txt", "比べたい\n")
