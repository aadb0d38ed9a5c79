"""The lines of an input file, validated as the provider does: one bad line fails the whole batch (O-05, O-09)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..gemini.batch_input import offsets
from .image_models import MODELS
from .wire import OpenAiError

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
Wrong = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One request of a validated file: its place, its key, what is asked."""

    index: int
    key: str
    body: Mapping[str, Any]


def entries(path: Path, order: list[int] | None = None) -> Iterator[Entry]:
    """The requests of a validated file, one in memory at a time; `order` gives other than file order by index."""
    lines = offsets(path)
    with path.open("rb") as stream:
        for index in range(len(lines)) if order is None else order:
            stream.seek(lines[index])
            data = orjson.loads(stream.readline())
            yield Entry(index, data["custom_id"], data["body"])


def validated(path: Path, endpoint: str, today: str) -> tuple[int, str, list[Wrong]]:
    """(requests, model, what is wrong) of the file at `path`. `line` counts from 1."""
    found, keys, model, count = list[Wrong](), set[str](), "", 0
    if path.stat().st_size > MOST_BYTES:
        return 0, "", [_wrong("file_too_large", f"The input file has more than {MOST_BYTES} bytes.", None)]
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            count += 1
            try:
                data = _request(line, endpoint)
                model = model or str(data["body"]["model"])
                _check(data, model, keys, today)
            except OpenAiError as error:
                found.append(_wrong(error.code or "invalid_request", error.message, number, error.param))
    if not count:
        found.append(_wrong("empty_file", "The input file is empty.", None))
    if count > MOST_REQUESTS:
        found.append(_wrong("too_many_tasks", f"The input file has more than {MOST_REQUESTS} requests.", None))
    return count, model, found


def _wrong(code: str, message: str, line: int | None, param: str | None = None) -> Wrong:
    return {"code": code, "message": message, "line": line, "param": param}


def _request(line: bytes, endpoint: str) -> dict[str, Any]:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise OpenAiError(400, "This line is not parseable as valid JSON.", "invalid_json_line") from error
    if not isinstance(data, dict) or not isinstance(data.get("body"), dict):
        raise OpenAiError(400, "Missing required parameter: 'body'.", "missing_required_parameter", "body")
    if not isinstance(data.get("custom_id"), str) or not data["custom_id"]:
        raise OpenAiError(400, "Missing required parameter: 'custom_id'.", "missing_required_parameter", "custom_id")
    if data.get("method") != "POST":
        raise OpenAiError(400, "Invalid method: only POST is supported.", "invalid_method", "method")
    if data.get("url") != endpoint:
        raise OpenAiError(400, f"The URL must be the batch's endpoint, {endpoint}.", "invalid_url", "url")
    if "model" not in data["body"]:
        raise OpenAiError(400, "Missing required parameter: 'model'.", "missing_required_parameter", "body.model")
    return data


def _check(data: Mapping[str, Any], model: str, keys: set[str], today: str) -> None:
    if data["custom_id"] in keys:
        raise OpenAiError(400, f"The custom_id '{data['custom_id']}' is used twice.", "duplicate_custom_id")
    keys.add(data["custom_id"])
    if data["body"]["model"] != model:
        raise OpenAiError(400, "All requests of a batch must use one model.", "mismatched_model", "body.model")
    known = MODELS.get(model)
    if known is None or not known.has_batch or (known.shutdown and known.shutdown <= today):
        raise OpenAiError(400, f"The model '{model}' is not supported by the Batch API.", "model_not_found", "model")
