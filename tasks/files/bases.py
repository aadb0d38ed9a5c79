"""Which base a config is read over: every base that this project ever shipped, by the digest of what it says.

The record lies beside this module. A full copy of a base that was the newest once is known by it and says nothing of
one's own: prices and models of that day do not stay in force because somebody copied the file.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("bases.json")
NAMES = ("image_models", "image_model_slots", "budget", "sources")
"""Schemas of the configs that have a base."""


def digest(data: Any) -> str:
    """SHA-256 of what a config says, however it is laid out."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def shipped_on(schema_name: str, data: Any) -> str | None:
    """The day since which a base says exactly `data`, like "2026-11-29"; None when none ever did."""
    known = _record().get(schema_name)
    return known.get(digest(data)) if known and data else None


@functools.cache
def _record() -> Mapping[str, Mapping[str, str]]:
    record: Mapping[str, Mapping[str, str]] = json.loads(RECORD.read_text("utf-8"))
    return record
