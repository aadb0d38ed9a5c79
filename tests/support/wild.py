"""Files as they are in the wild: big, hand-edited, and shared with other programs, whose keys stand between ours."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.support.emulator_process import ROOT

SLOTS = ("g-1", "g-2", "g-3", "i-1", "f-1", "img-gemini-flash-1", "gemini_nano_banana_2_1", "gemini_3_pro_image")
TEXT = "雪の山道を登る老僧の後ろ姿、朝の光、遠くに寺の屋根、{}枚目の場面"


def channel(number: int) -> str:
    return f"CH{number:02}"


def presets(channels: int) -> dict[str, Any]:
    """channel_presets.json of that many channels, a dozen keys of other programs in each."""
    made = {channel(number): _preset(number) for number in range(1, channels + 1)}
    return {"version": "3.2.1", "updated_by": "編集部", "defaults": {"fps": 30, "tags": []}, "channels": made}


def _preset(number: int) -> dict[str, Any]:
    return {
        "name": f"昔話の部屋 {number}",
        "channel_id": f"UC{number:022}",
        "belt_layout": {"bottom": {"height": 160, "colors": ["#fff", "#112233"], "段組み": {"左": 0.4, "右": 0.6}}},
        "字幕": {"フォント": "源ノ角ゴシック", "大きさ": 48, "影": True, "余白": [12, 8, 12, 8]},
        "bgm": [{"path": "bgm/a.mp3", "gain_db": -18.5}, {"path": "bgm/b.mp3", "gain_db": -20}],
        "voice": {"engine": "x", "speaker": 3, "speed": 1.05, "辞書": {"峠": "とうげ"}},
        "thumbnails": ["left", "right"] if number % 2 else {"style": 4, "prompt_column": None},
        "upload": {"privacy": "private", "playlist": None, "hashtags": ["#昔話", "#朗読"]},
        "persona": "語り手は祖母。\nやさしく。",
        "capcut_template": "C:\\templates\\base.json",
        "status": "active",
        "youtube": {"handle": f"@mukashi{number}", "sub": {"a": {"b": {"c": [1, 2, {"d": None}]}}}},
        "image_generation": {
            "model_key": SLOTS[number % len(SLOTS)],
            "aspect_ratio": "16:9",
            "image_size": "1K",
            "output_size": "1920x1080",
            "negative_prompt": "文字、透かし",
            "steps": 4,
            "seed_policy": {"mode": "fixed", "値": 7},
        },
        "style": "日本の昔話の挿絵、墨と淡彩",
        "prompt_suffix": None if number % 3 else "文字は入れない。",
    }


def templates(channels: int, each: int) -> dict[str, Any]:
    """templates.json with `each` templates for every channel, beside the layers and layouts of an editor."""
    made = {channel(number): _templates(each) for number in range(1, channels + 1)}
    layers = {f"spec_{n}": {"type": "text", "x": n, "縁取り": {"太さ": 3}, "stops": [0, 0.5, 1]} for n in range(60)}
    return {"version": 2, "layer_specs": layers, "fonts": ["A", "B"], "channels": made}


def _templates(each: int) -> dict[str, Any]:
    one = {
        "name": "左に人物、右に文字",
        "prompt_template": "{{thumbnail_prompt}}\\n{{構図}}、右半分に余白\\n題: {{title}}",
        "negative_prompt": "文字",
        "image_model_key": "g-1",
        "layers": [{"spec": "spec_1", "text": "{{title}}", "fit": {"max_lines": 2}}],
        "requires_title": True,
    }
    return {
        "default_template_id": "t1",
        "compiler_defaults": {"上段": {"font": "A"}, "scale": 1.5},
        "channel_style": {"palette": ["#000", "#fff"]},
        "templates": [{"id": f"t{number}", **one} for number in range(1, each + 1)],
    }


def subjects(count: int, each: int) -> dict[str, Any]:
    """prompts.json of a channel's thumbnails, episodes as numbers and as text."""
    rows = [
        {
            "episode": number if number % 2 else f"{number}",
            "thumbnail_prompt": TEXT.format(number),
            "template_id": f"t{number % each + 1}" if number % 3 else None,
            "title": f"第{number}話",
            "構図": "見上げる",
            "公開日": None,
            "score": 0.5,
            "tags": ["a", {"b": 1}],
        }
        for number in range(1, count + 1)
    ]
    return {"exported_at": "2026-11-23", "prompts": rows}


def write(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    return path


def project(folder: Path, channels: int = 40, each: int = 4, runs: int = 1000, prompts: int = 60) -> Path:
    """A whole project of real size in `folder`: configs, templates, subjects of every channel, and runs."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    write(folder / "configs" / "channel_presets.json", presets(channels))
    budget = folder / "configs" / "budget.yaml"
    budget.write_text(budget.read_text("utf-8").partition("\nchannels:")[0], "utf-8")
    thumbnails = folder / "workspaces" / "thumbnails"
    write(thumbnails / "templates.json", templates(channels, each))
    for number in range(1, channels + 1):
        write(thumbnails / channel(number) / "prompts.json", subjects(50, each))
    entries = [{"id": f"{number:04}", "prompt": TEXT.format(number)} for number in range(1, prompts + 1)]
    for number in range(runs):
        name = f"{channel(number % channels + 1)}-{number:04}"
        write(folder / "workspaces" / "video" / "runs" / name / "prompts.json", {"prompts": entries})
    return folder
