"""The scripts that people write: `python -m tests.bench.naive batch|immediate URL FOLDER PROMPTS [DIE]`.

What a competent person writes in an hour, with google-genai as its documentation shows it: pictures that are there are
skipped, errors are tried again, nothing else is remembered. DIE: end by SIGKILL in the middle, as when a computer is
switched off: while the job is waited for, or after as many pictures.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from google import genai

MODEL = "gemini-nano-banana-2.1"
CONFIG = {"response_modalities": ["IMAGE"], "image_config": {"aspect_ratio": "16:9", "image_size": "1K"}}
TRIES = 3
_T = TypeVar("_T")


def main() -> None:
    lane, url, folder, prompts = sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(Path(sys.argv[4]).read_text())
    die = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    options = genai.types.HttpOptions(base_url=url, timeout=3000)
    client = genai.Client(api_key="emulator-key", http_options=options)
    missing = {name: text for name, text in prompts.items() if not (folder / f"{name}.png").exists()}
    {"batch": batch, "immediate": immediate}[lane](client, folder, missing, die)


def again(call: Callable[[], _T]) -> _T:
    """Try up to three times, as every such script does."""
    for attempt in range(TRIES):
        try:
            return call()
        except Exception:
            if attempt == TRIES - 1:
                raise
            time.sleep(0.05)
    raise AssertionError


def batch(client: Any, folder: Path, missing: dict[str, str], die: int) -> None:
    """One job for everything that is missing; the file is downloaded whole and every picture in it written."""
    if not missing:
        return
    lines = [_line(name, text) for name, text in missing.items()]
    (folder / "requests.jsonl").write_text("\n".join(lines))
    upload = {"mime_type": "jsonl", "display_name": "requests"}
    file = again(lambda: client.files.upload(file=folder / "requests.jsonl", config=upload))
    job = again(lambda: client.batches.create(model=MODEL, src=file.name, config={"display_name": "pictures"}))
    name = job.name
    if die:
        os.kill(os.getpid(), signal.SIGKILL)
    while job.state.name in ("JOB_STATE_PENDING", "JOB_STATE_RUNNING"):
        time.sleep(0.05)
        job = again(lambda: client.batches.get(name=name))
    if job.dest is None or not job.dest.file_name:
        return
    for line in again(lambda: client.files.download(file=job.dest.file_name)).decode().splitlines():
        _save(folder, line)


def _line(name: str, text: str) -> str:
    config = {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"}}
    contents = [{"role": "user", "parts": [{"text": text}]}]
    return json.dumps({"key": name, "request": {"contents": contents, "generationConfig": config}}, ensure_ascii=False)


def _save(folder: Path, line: str) -> None:
    import base64

    try:
        answer = json.loads(line)
        for part in answer["response"]["candidates"][0]["content"]["parts"]:
            if "inlineData" in part:
                (folder / f"{answer['key']}.png").write_bytes(base64.b64decode(part["inlineData"]["data"]))
    except (ValueError, KeyError, IndexError):
        print("no picture in:", line[:80], file=sys.stderr)


def immediate(client: Any, folder: Path, missing: dict[str, str], die: int) -> None:
    """One call after the other."""
    for count, (name, text) in enumerate(missing.items(), 1):
        try:
            answer = again(lambda text=text: client.models.generate_content(model=MODEL, contents=text, config=CONFIG))
            for part in answer.parts or []:
                if part.inline_data and part.inline_data.data:
                    (folder / f"{name}.png").write_bytes(part.inline_data.data)
        except Exception as error:
            print(f"{name}: {error}", file=sys.stderr)
        if count == die:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
