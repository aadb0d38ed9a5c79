"""The configs about models, slots and channels, read together and checked against each other."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ..files import overrides
from ..files.overrides import problem_at
from ..files.problem import Problem, bad_input, short, shown
from ..project.paths import Paths
from ..text import clock
from ..text.errors import BadInput
from ..text.sentences import t
from . import model as models
from .foreign_sources import Sources, read_sources
from .model import TIERS, Lane, Model, Provider, Slot
from .presets import Preset, misspelt, presets
from .sizes import SizeRule, is_of_ratio, pixels_of


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything the configs say about models and channels. `slots` holds every code and every alias.

    broken: what is wrong with channels that have no preset because of it; it stops them and nobody else.
    read_at: when reading began, UTC, ISO 8601: what was changed later may not be in it.
    """

    paths: Paths
    providers: Mapping[str, Provider]
    models: Mapping[str, Model]
    slots: Mapping[str, Slot]
    presets: Mapping[str, Preset]
    defaults: Mapping[str, Mapping[str, str | None]]
    broken: Mapping[str, Sequence[Problem]]
    read_at: str

    @cached_property
    def sources(self) -> Sources:
        """Which files of other programs are read, and how. Raises BadInput with every mistake of that config."""
        sources, problems = read_sources(self.paths)
        if problems:
            raise bad_input(problems)
        return sources

    def preset(self, channel: str) -> Preset:
        """The channel's preset; BadInput when it is wrong, or configs/channel_presets.json has none."""
        if channel in self.presets:
            return self.presets[channel]
        if channel in self.broken:
            raise bad_input(self.broken[channel])
        known = ", ".join(sorted(self.presets)) or "none"
        raise BadInput(
            "channel {channel} is not in {presets} (there are: {known})",
            'correct CH= or the name of the run\'s folder, or add "{channel_2}" there',
            channel=shown(channel),
            presets=short(self.paths.presets),
            known=known,
            channel_2=channel,
        )


def load_catalog(paths: Paths) -> Catalog:
    """Read models, slots and presets. Raises BadInput with every mistake that concerns more than single channels."""
    catalog, problems = read_catalog(paths)
    if catalog is None:
        raise bad_input(problems)
    return catalog


def models_only(paths: Paths) -> Catalog:
    """Providers and models without slots and presets: enough to bring paid results home while those are broken.

    Raises BadInput when the models config is broken itself.
    """
    read_at = _now()
    about, found = overrides.problems(paths.models, "image_models")
    if found:
        raise bad_input(found)
    return _catalog(paths, read_at, about, {"slots": {}}, {"channels": {}}, {})


def read_catalog(paths: Paths) -> tuple[Catalog | None, list[Problem]]:
    """(catalog, what is wrong with single channels), or (None, every mistake in models, slots and presets)."""
    read_at = _now()
    (about, wrong), (slots, more) = (
        overrides.problems(path, name)
        for path, name in ((paths.models, "image_models"), (paths.slots, "image_model_slots"))
    )
    channels, others, broken = overrides.by_channel(paths.presets, "channel_presets")
    if problems := [*wrong, *more, *others]:
        return None, problems
    if problems := [*_in_models(paths.models, about, slots), *_in_slots(paths.slots, about, slots)]:
        return None, [*problems, *(each for found in broken.values() for each in found)]
    for channel, problem in _in_presets(paths.presets, channels):
        broken.setdefault(channel, []).append(problem)
    catalog = _catalog(paths, read_at, about, slots, channels, broken)
    return catalog, [each for found in broken.values() for each in found]


def _now() -> str:
    return clock.said(datetime.now(UTC), "milliseconds")


def _catalog(
    paths: Paths, read_at: str, about: Any, slots: Any, channels: Any, broken: Mapping[str, Sequence[Problem]]
) -> Catalog:
    made = [models.slot(code, record) for code, record in slots["slots"].items()]
    return Catalog(
        paths=paths,
        providers={key: models.provider(key, record) for key, record in about["providers"].items()},
        models={
            key: models.model(key, record, about["providers"][record["provider"]])
            for key, record in about["models"].items()
        },
        slots={code: slot for slot in made for code in (slot.code, *slot.aliases)},
        presets={code: preset for code, preset in presets(channels, paths.presets).items() if code not in broken},
        defaults=about["task_defaults"],
        broken=broken,
        read_at=read_at,
    )


def _in_models(path: Path, about: Any, slots: Any) -> Iterator[Problem]:
    """What configs/image_models.yaml says that cannot all be true."""
    for key, record in about["models"].items():
        steps = ("models", key)
        if record["provider"] not in about["providers"]:
            yield problem_at(
                path,
                (*steps, "provider"),
                t("found {record}, no such provider is above", record=shown(record["provider"])),
            )
        if record["status"] != "retired":
            yield from _in_model(path, steps, record)
    for task, default in about["task_defaults"].items():
        if default["slot"] not in _codes(slots) | set(about["models"]):
            message = t("found {default}, which is neither a slot nor a model key", default=shown(default["slot"]))
            yield problem_at(path, ("task_defaults", task, "slot"), message)


def _in_model(path: Path, steps: tuple[str, ...], record: Any) -> Iterator[Problem]:
    prices = record["prices"]
    if record["default_lane"] not in record["lanes"]:
        lanes = ", ".join(record["lanes"])
        yield problem_at(
            path,
            (*steps, "default_lane"),
            t("found {record}, expected one of {lanes}", record=shown(record["default_lane"]), lanes=lanes),
        )
    for lane in map(Lane, record["lanes"]):
        if TIERS[lane] not in prices:
            yield problem_at(
                path,
                (*steps, "prices"),
                t('the tier "{tiers}" is missing, lane {lane} is sold at it', tiers=TIERS[lane], lane=lane),
            )
    yield from _in_qualities(path, steps, record)
    by_token = any("image_output" in prices.get(tier, {}) for tier in TIERS.values()) and "qualities" not in record
    missing = [size for size in record["image_sizes"] if size not in record.get("tokens_per_image", {})]
    if by_token and missing:
        yield problem_at(
            path,
            steps,
            t(
                '"tokens_per_image" says nothing about {missings}, so no cost can be estimated',
                missings=", ".join(missing),
            ),
        )


def _in_qualities(path: Path, steps: tuple[str, ...], record: Any) -> Iterator[Problem]:
    """What a model with qualities needs: one to begin with, and the pixels of every size and ratio."""
    if "qualities" not in record:
        return
    if record.get("default_quality") not in record["qualities"]:
        known = ", ".join(record["qualities"])
        message = t(
            "found {quality}, expected one of {known}", quality=shown(record.get("default_quality")), known=known
        )
        yield problem_at(path, (*steps, "default_quality"), message)
    rule = SizeRule(**record["any_size"]) if "any_size" in record else None
    for size, ratio in itertools.product(record["image_sizes"], record["aspect_ratios"]):
        made = pixels_of(record.get("pixels", {}).get(size, {}).get(ratio, ""))
        if made is None or not is_of_ratio(*made, ratio) or (rule and not rule.fits(*made)):
            message = t('"pixels" has no size of {size} at {ratio} that the model makes', size=size, ratio=ratio)
            yield problem_at(path, steps, message)


def _in_slots(path: Path, about: Any, slots: Any) -> Iterator[Problem]:
    """What configs/image_model_slots.yaml says that cannot all be true."""
    seen: set[str] = set()
    for code, record in slots["slots"].items():
        model = about["models"].get(record["model_key"])
        if model is None:
            message = t("found {record}, which is not in configs/image_models.yaml", record=shown(record["model_key"]))
            yield problem_at(path, ("slots", code, "model_key"), message)
        elif model["status"] != "retired" and record["lane"] not in model["lanes"]:
            message = t(
                "found {record}, but {record_2} travels only on: {models}",
                record=record["lane"],
                record_2=record["model_key"],
                models=", ".join(model["lanes"]),
            )
            yield problem_at(path, ("slots", code, "lane"), message)
        elif "quality" in record and record["quality"] not in model.get("qualities", {}):
            known = ", ".join(model.get("qualities", {})) or "none"
            message = t("found {quality}, the model has: {known}", quality=shown(record["quality"]), known=known)
            yield problem_at(path, ("slots", code, "quality"), message)
        for name in (code, *record.get("aliases", ())):
            if name in seen:
                yield problem_at(
                    path, ("slots", code), t("the code or alias {name} stands for two slots", name=shown(name))
                )
            seen.add(name)
        yield from _formerly(path, code, record, about)


def _formerly(path: Path, code: str, record: Any, about: Any) -> Iterator[Problem]:
    for name, key in record.get("formerly", {}).items():
        steps = ("slots", code, "formerly", name)
        if name not in (code, *record.get("aliases", ())):
            message = t("found {name}, which is neither this slot's code nor an alias of it", name=shown(name))
            yield problem_at(path, steps, message)
        elif key not in about["models"]:
            message = t("found {record}, which is not in configs/image_models.yaml", record=shown(key))
            yield problem_at(path, steps, message)


def _in_presets(path: Path, channels: Any) -> Iterator[tuple[str, Problem]]:
    """(channel, what is wrong) where a misspelt key of ours would let the task's default decide, without a word."""
    for steps, own in misspelt(channels):
        message = t('found the key {steps}, which nobody reads: did you mean "{own}"?', steps=shown(steps[-1]), own=own)
        do = t('correct it; is it of another program: write our {own} beside it, or begin its name with "x-"', own=own)
        yield steps[1], problem_at(path, steps, message, do)


def _codes(slots: Any) -> set[str]:
    return {name for code, record in slots["slots"].items() for name in (code, *record.get("aliases", ()))}
