"""Providers, their models, and what a picture costs: plain data and arithmetic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from ..text.errors import BadInput
from ..text.word import Word
from .sizes import SizeRule


class Lane(Word):
    """How a request travels: batch (half price, hours) or immediate (full price, seconds). Two lanes, no third."""

    BATCH = "batch"
    IMMEDIATE = "immediate"


TIERS = {Lane.BATCH: "batch", Lane.IMMEDIATE: "standard"}
"""Price tier by lane."""


class TokenCounts(Protocol):
    """Tokens of one answer as the provider reported them; thinking is not part of text."""

    @property
    def input(self) -> int: ...
    @property
    def image(self) -> int: ...
    @property
    def text(self) -> int: ...
    @property
    def thinking(self) -> int: ...


@dataclass(frozen=True)
class BatchLimits:
    """Limits and patience of a provider's batch lane; the schema of configs/image_models.yaml explains each."""

    max_requests_per_job: int
    max_bytes_per_job: int
    max_live_jobs: int
    max_attempts: int
    poll_seconds_first: float
    poll_seconds_most: float
    adopt_wait_minutes: float
    believe_404_after_minutes: float
    request_timeout_seconds: float
    create_retries_on_429: int
    warn_after_hours: float
    warn_before_expiry_hours: float
    warn_before_results_vanish_hours: float


@dataclass(frozen=True)
class ImmediateLimits:
    """Limits and patience of a provider's immediate lane; the schema of configs/image_models.yaml explains each."""

    max_concurrent: int
    requests_per_minute: float
    max_attempts: int
    request_timeout_seconds: float
    retries_on_429: int
    poll_seconds: float


@dataclass(frozen=True)
class Provider:
    """Who answers. base_url, base_url_env and key_env are "" where there is none.

    self_hosted: a server of the person's own. Its address is named by that person and may be plain http, a key is
    optional, no proxy is asked, and a picture costs nothing but time: an answer that is lost is asked for again.
    """

    key: str
    api: str
    base_url: str
    base_url_env: str
    key_env: str
    api_version: str
    limits: BatchLimits | None
    immediate_limits: ImmediateLimits | None
    self_hosted: bool = False

    @property
    def batch(self) -> BatchLimits:
        """Limits of the batch lane; BadInput for a provider without one."""
        if self.limits is None:
            raise BadInput(
                "provider {key} has no batch lane", "choose a slot of another provider, like g-1", key=self.key
            )
        return self.limits

    @property
    def immediate(self) -> ImmediateLimits:
        """Limits of the immediate lane; BadInput for a provider without one."""
        if self.immediate_limits is None:
            raise BadInput(
                "provider {key} has no immediate lane: `immediate` is missing in configs/image_models.yaml",
                "add it there, or choose a slot of another provider, like i-1",
                key=self.key,
            )
        return self.immediate_limits

    def max_attempts(self, lane: Lane) -> int:
        """How often one request is sent on that lane before a person must look."""
        return (self.batch if lane is Lane.BATCH else self.immediate).max_attempts


@dataclass(frozen=True)
class Price:
    """One tier. US dollars per 1,000,000 tokens, or per_picture in US dollars where pictures are sold singly.

    image_input: of the input, for what reference pictures are counted as; None: as any other input.
    per_second: what a second of a picture's making costs besides, in US dollars; seconds: about how many it takes.
    """

    input: float = 0.0
    text_output: float = 0.0
    image_output: float = 0.0
    per_picture: float | None = None
    image_input: float | None = None
    per_second: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class ReferenceGrid:
    """How a provider counts a reference picture: a token for each patch of so many pixels a side, up to `most`."""

    patch: int
    most: int

    def tokens(self, size: tuple[int, int] | None) -> int:
        """Tokens of a picture of that size; the most of one whose size nobody knows."""
        if size is None:
            return self.most
        wide, high = (-(-side // self.patch) for side in size)
        return min(self.most, wide * high)


class Sized(Protocol):
    """A reference picture. size: width and height in pixels, None where its bytes do not say it."""

    @property
    def size(self) -> tuple[int, int] | None: ...


@dataclass(frozen=True)
class Announced:
    """What one source says of a model's last day at its provider: YYYY-MM-DD, or None for none announced."""

    day: str | None
    source: str


@dataclass(frozen=True)
class Model:
    """One model of one provider. A retired model has a life cycle and nothing else.

    qualities: where a picture is asked for in one of several, the cells of the long side of its grid (O-13), by which
    its tokens are known. pixels: what is asked for in place of a size and a ratio, "1536x864"; any_size: which others.
    ended_on: the last day that counts, by `source`; announced: what other sources say of it.
    """

    key: str
    provider: str
    name: str
    label: str
    status: str
    source: str
    api: str = ""
    lanes: tuple[Lane, ...] = ()
    default_lane: Lane | None = None
    aspect_ratios: tuple[str, ...] = ()
    image_sizes: tuple[str, ...] = ()
    sends_image_size: bool = False
    thinking_level: str | None = None
    max_references: int = 0
    max_prompt_chars: int | None = None
    delivery: str = "at_once"
    steps: int | None = None
    tokens_per_image: Mapping[str, int] = field(default_factory=dict)
    tokens_per_reference: int = 0
    reference_grid: ReferenceGrid | None = None
    qualities: Mapping[str, int] = field(default_factory=dict)
    default_quality: str | None = None
    pixels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    any_size: SizeRule | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    prices_checked: str | None = None
    prices_source: str | None = None
    license: str | None = None
    ended_on: str | None = None
    announced: tuple[Announced, ...] = ()
    replacement: str | None = None

    def reference_tokens(self, references: Iterable[Sized]) -> int:
        """Input tokens of reference pictures."""
        grid = self.reference_grid
        return sum(self.tokens_per_reference if grid is None else grid.tokens(each.size) for each in references)


@dataclass(frozen=True)
class Slot:
    """An operator's code for one model on one lane, and one quality where the model has several.

    formerly: the model key that each of its codes meant in an older studio's files, where it was another one.
    """

    code: str
    model_key: str
    lane: Lane
    aliases: tuple[str, ...] = ()
    formerly: Mapping[str, str] = field(default_factory=dict)
    quality: str | None = None


def provider(key: str, record: Mapping[str, Any]) -> Provider:
    """Provider from its checked record in configs/image_models.yaml."""
    names = ("api", "base_url", "base_url_env", "key_env", "api_version")
    batch = BatchLimits(**record["batch"]) if "batch" in record else None
    immediate = ImmediateLimits(**record["immediate"]) if "immediate" in record else None
    facts = {name: record.get(name) or "" for name in names}
    own = bool(record.get("self_hosted"))
    return Provider(key, **facts, limits=batch, immediate_limits=immediate, self_hosted=own)


_SECONDS_AN_HOUR, _WATTS = 3600, 1000


def _power(record: Mapping[str, Any]) -> dict[str, float]:
    """What the electricity of a server costs by the second, from its provider's record; nothing where none is said."""
    told = record.get("power")
    if not told:
        return {}
    usd = told["watts"] / _WATTS * told["usd_per_kwh"] / _SECONDS_AN_HOUR
    return {"per_second": usd, "seconds": told["seconds_per_picture"]}


def model(key: str, record: Mapping[str, Any], by: Mapping[str, Any]) -> Model:
    """Model from its checked record in configs/image_models.yaml; `by` is its provider's."""
    prices, power = record.get("prices", {}), _power(by)
    facts: dict[str, Any] = {each.name: record[each.name] for each in fields(Model) if each.name in record}
    facts |= {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    facts["lanes"] = tuple(map(Lane, record.get("lanes", ())))
    facts["announced"] = tuple(Announced(**each) for each in record.get("announced", ()))
    facts["default_lane"] = Lane(record["default_lane"]) if "default_lane" in record else None
    facts["prices"] = {tier: Price(**prices[tier], **power) for tier in TIERS.values() if tier in prices}
    if "any_size" in record:
        facts["any_size"] = SizeRule(**record["any_size"])
    if "reference_grid" in record:
        facts["reference_grid"] = ReferenceGrid(**record["reference_grid"])
    source = prices.get("source")
    return Model(key=key, api=by["api"], prices_checked=prices.get("checked"), prices_source=source, **facts)


def slot(code: str, record: Mapping[str, Any]) -> Slot:
    """Slot from its checked record in configs/image_model_slots.yaml."""
    aliases, formerly = tuple(record.get("aliases", ())), record.get("formerly", {})
    return Slot(code, record["model_key"], Lane(record["lane"]), aliases, formerly, record.get("quality"))
