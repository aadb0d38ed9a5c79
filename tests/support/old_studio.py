"""The files of an earlier program as a test needs them: runs with image_cues.json, planning tables, their templates.

The shapes are those of a real studio, the words are ours. Everything is written as that program writes it.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FIRST, SECOND = "サムネ画像プロンプト（URL・テキスト指示込み）", "AI向け画像生成プロンプト (背景用)"
HEADER = (
    "No.",
    "動画番号",
    "タイトル",
    "企画意図",
    "サムネタイトル上",
    FIRST,
    SECOND,
    "サムネタイトル",
    "サムネタイトル下",
)
STYLE = "切り絵風の影絵、藍と生成りの二色、和紙の手ざわり"
SUFFIX = "余白を広くとる。看板や貼り紙は描かない。"
NOTE = "語り手のトメばあさんは毎回おなじ丸眼鏡と藍の前掛け。"
PRESET = {
    "name": "影絵の民話帖",
    "image_generation": {"base_period": 20.0, "model_key": "img-gemini-flash-1", "negative_prompt": "字"},
    "prompt_template": "templates/kage_e.txt",
    "style": STYLE,
    "prompt_suffix": SUFFIX,
    "character_note": NOTE,
    "image_min_bytes": 60000,
}
ELSEWHERE = "/srv/old-studio/workspaces/video/runs"


def finished(text: str) -> str:
    """What that program makes of the lines of a scene: its template, filled, and its fixed sentence."""
    lines = f"絵の内容: {text}\n絵柄: {STYLE}\n画面: 1920x1080、主役は右寄り\n主な人物: \n入れないもの:"
    return f"{lines}\n\n約束: 一枚に一つの場面だけを描く。"


def cue(index: int, prompt: str | None, summary: str = "", **more: Any) -> dict[str, Any]:
    """One entry of image_cues.json. prompt: None leaves the key out."""
    made = {
        "index": index,
        "start_sec": (index - 1) * 20.0,
        "end_sec": index * 20.0,
        "summary": summary,
        "visual_focus": "",
        "refined_prompt": "",
        "use_persona": False,
        "seed": 7 * index,
    }
    return made | ({} if prompt is None else {"prompt": prompt}) | more


def cues(folder: Path, entries: Sequence[Mapping[str, Any]], **more: Any) -> Path:
    """image_cues.json of a run."""
    data = {
        "schema": "ytm.image_cues.v1",
        "cue_mode": "grouped",
        "fps": 30,
        "size": {"width": 1920, "height": 1080},
        "crossfade": 0.5,
        "imgdur": 20.0,
        "cues": list(entries),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "image_cues.json"
    path.write_text(json.dumps(data | more, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path


def planning(
    workspaces: Path, channel: str, rows: Sequence[Mapping[str, str]], end: str = "\n", header: Sequence[str] = HEADER
) -> Path:
    """A planning table: UTF-8 with a byte order mark, cells of several lines."""
    out = io.StringIO()
    sheet = csv.DictWriter(out, header, restval="", lineterminator=end)
    sheet.writeheader()
    sheet.writerows(rows)
    path = workspaces / "planning" / "channels" / f"{channel}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())
    return path


def templates(workspaces: Path, **texts: str) -> Path:
    """templates.json: one template a channel, with line ends written out and a model of the old studio's."""
    channels = {
        channel: {
            "default_template_id": f"{channel.lower()}_left_space_v1",
            "channel_style": {"name": channel, "benchmark_path": None},
            "templates": [
                {
                    "id": f"{channel.lower()}_left_space_v1",
                    "name": "型",
                    "image_model_key": "img-gemini-flash-1",
                    "prompt_template": text,
                    "negative_prompt": "字、印、すかし",
                    "notes": "",
                }
            ],
        }
        for channel, text in texts.items()
    }
    path = workspaces / "thumbnails" / "templates.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 1, "channels": channels}, ensure_ascii=False, indent=2), "utf-8")
    return path


def take_in(workspaces: Path, *channels: str) -> None:
    """The note by which the channels were taken in."""
    data = {"version": 1, "channels": {channel: {"at": "2026-11-29T00:00:00Z"} for channel in channels}}
    (workspaces / ".imported.json").write_text(json.dumps(data), "utf-8")
