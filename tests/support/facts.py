"""Small ready-made values for tests of pure functions."""

import hashlib
from dataclasses import replace
from typing import Any

import orjson

from tasks.catalog.choice import Choice
from tasks.catalog.model import Lane, Model, Price
from tasks.catalog.pricing import CostBasis
from tasks.pictures.store import ORIGIN, Origin, Store, shared
from tasks.providers.answer import FailureClass, Status, Tokens
from tasks.runs.manifest import Item, Submission
from tasks.runs.results import Result

MODEL = Model(
    key="some_model",
    provider="gemini",
    name="some-model",
    label="Some Model",
    status="live",
    source="a test",
    api="gemini",
    lanes=(Lane.BATCH,),
    default_lane=Lane.BATCH,
    aspect_ratios=("16:9", "1:1"),
    image_sizes=("1K", "2K"),
    sends_image_size=True,
    thinking_level="minimal",
    tokens_per_image={"1K": 1120, "2K": 1680},
    prices={"batch": Price(0.75, 3.75, 15.0), "standard": Price(1.5, 7.5, 30.0)},
)


def choice(**changes: Any) -> Choice:
    model = {name: changes.pop(name) for name in ("name", "sends_image_size", "thinking_level") if name in changes}
    plain = Choice("g-1", replace(MODEL, **model), Lane.BATCH, "16:9", "1K", None, "a test")
    return replace(plain, **changes)


def origin(key: str, digest: str) -> Origin:
    """Where the picture of a batch job comes from."""
    return Origin(
        key=key,
        prompt_id=key.rpartition("-")[0],
        digest=digest,
        attempt=1,
        submission="s001",
        job="batches/j1",
        slot="g-1",
        model_key="some_model",
        model_name="some-model",
        provider="gemini",
        lane=Lane.BATCH,
        submitted_at="2026-11-23T00:00:00Z",
        finished_at="2026-11-23T01:00:00Z",
        prompt_sha256="d" * 64,
    )


def keep(store: Store, origin: Origin, data: bytes, **changes: Any) -> None:
    """Put a picture with its record into the store, as bought by CH01-001; `changes` replace keys of the record."""
    folder, name = store.folder(origin.digest), f"{origin.digest}.png"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    picture = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "file": name, "mime": "image/png"}
    cost = {"tokens": Tokens(input=10, image=1120, text=0, thinking=5), "cost_usd": 0.0168, "cost_basis": "measured"}
    more = {"run": "CH01-001", "width": 64, "height": 36, "model_version": None, "response_id": None}
    record = {name: getattr(origin, name) for name in ORIGIN} | picture | cost | more | changes
    (folder / f"{origin.digest}.json").write_bytes(orjson.dumps(record))


def line(prompt_id: str = "0001", digest: str = "a" * 64, **changes: Any) -> Result:
    """A line of results.jsonl with a picture; `changes` replace fields."""
    picture = Result(
        **shared(origin(f"{prompt_id}-{digest[:16]}", digest)),
        status=Status.OK,
        failure=None,
        reason="",
        tokens=Tokens(input=10, image=1120, text=0, thinking=5),
        cost_usd=0.0168,
        cost_basis=CostBasis.MEASURED,
        image=f"images/{prompt_id}.png",
        image_bytes=3,
        image_sha256="b" * 64,
        source_sha256="c" * 64,
        width=1376,
        height=768,
        note=None,
    )
    return replace(picture, **changes)


def failed(prompt_id: str = "0001", failure: FailureClass = FailureClass.RETRYABLE, **changes: Any) -> Result:
    """A line without a picture."""
    nothing = dict.fromkeys(("image", "image_bytes", "image_sha256", "source_sha256", "width", "height"))
    why = {"status": Status.ERROR, "failure": failure, "reason": "13 INTERNAL"}
    return line(prompt_id, **(why | nothing | changes))


def submission(number: int = 1, keys: tuple[str, ...] = ("0001-aaaa",), **changes: Any) -> Submission:
    return Submission(
        id=f"s{number:03d}",
        display_name=f"kamishibai CH01-001 s{number:03d} ffff",
        task="visual_image_gen",
        provider="gemini",
        endpoint="generativelanguage.googleapis.com",
        model_key="some_model",
        model_name="some-model",
        slot="g-1",
        lane=Lane.BATCH,
        requests=tuple(Item(key, key.partition("-")[0], "a" * 64, "d" * 64) for key in keys),
        request_bytes=100,
        request_sha256="e" * 64,
        key_fingerprint="0123456789ab",
        estimate_usd=0.0168,
        intent_at="2026-11-23T00:00:00Z",
        **changes,
    )
