"""Every submission that is not settled, over all folders of work: read from the manifests, fast, nothing checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..errors import Stop
from ..project.all_paths import all_places
from ..project.paths import Places
from ..project.run_paths import RunPlace
from ..project.settings import Settings
from . import manifest as manifests
from .manifest import OPEN, Submission


@dataclass(frozen=True)
class OpenJob:
    """An open submission and the place it belongs to."""

    place: RunPlace
    submission: Submission


@dataclass(frozen=True)
class Found:
    """jobs: in the order of their places. folders: how many manifests there are. unreadable: those that say nothing."""

    jobs: tuple[OpenJob, ...]
    folders: int
    unreadable: tuple[Path, ...]


def open_jobs(places: Places, channel: str | None = None, run: str | None = None) -> Found:
    """What is open. channel: of one channel, None or "ALL" for all; run: of one run of it.

    An intent is left out: nothing was sent of it.
    """
    jobs: list[OpenJob] = []
    unreadable, count = [], 0
    for place in all_places(places):
        if channel not in (None, "ALL", place.channel) or run not in (None, place.name.partition("-")[2]):
            continue
        count += 1
        try:
            jobs += [OpenJob(place, each) for each in _open(place)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            unreadable.append(place.manifest)
    return Found(tuple(jobs), count, tuple(unreadable))


def _open(place: RunPlace) -> list[Submission]:
    data = orjson.loads(place.manifest.read_bytes())
    open_ones = [each for each in data["submissions"] if each["state"] in OPEN and each["state"] != "intent"]
    return list(manifests.decode(place.name, {"submissions": open_ones, "complete": False}).submissions)


@dataclass(frozen=True)
class KnownJob:
    """A job of some manifest: the place, and how it ended there; provider_state is None while it is not collected."""

    place: RunPlace
    provider_state: str | None


def jobs_known(places: Places) -> dict[str, KnownJob]:
    """All jobs in any manifest that can be read, settled ones included, by the provider's names."""
    found: dict[str, KnownJob] = {}
    for place in all_places(places):
        try:
            data = orjson.loads(place.manifest.read_bytes())
            jobs = [each for each in data["submissions"] if each["job"]]
            here = {each["job"]: KnownJob(place, _ended_as(each)) for each in jobs}
            found = found | here if data["run"] == place.name else here | found  # a copied folder comes second
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _ended_as(submission: dict[str, Any]) -> str | None:
    return submission["provider_state"] if submission["state"] == "collected" else None


def owing(places: Places, settings: Settings) -> list[RunPlace]:
    """The places with an open job, or whose usage.csv is older than their results because a command was killed."""
    channel = None if settings.channel == "ALL" else settings.channel
    jobs = open_jobs(places, channel, settings.run).jobs
    found = {each.place.name: each.place for each in jobs if settings.job in (None, each.submission.job)}
    if settings.job is None:
        for place in all_places(places):
            chosen = channel in (None, place.channel) and settings.run in (None, place.name.partition("-")[2])
            if chosen and usage_is_behind(place):
                found.setdefault(place.name, place)
    return list(found.values())


def nothing_open(places: Places, settings: Settings) -> str:
    """That there is nothing to collect of what CH=, RUN= or JOB= names. Raises Stop when there is no such thing."""
    if settings.job:
        if settings.job in jobs_known(places):
            return f"{settings.job} is collected already"
        what = f"no file here knows the job {settings.job}"
        raise Stop(what, "doit status shows what is on its way; doit adopt finds jobs of ours that no file knows")
    channel, run = settings.channel or "ALL", settings.run
    here = [*places.runs_of("ALL"), *all_places(places)]
    numbers = {place.name.partition("-")[2] for place in here if channel in ("ALL", place.channel)}
    if (run is None or run in numbers) and (numbers or channel == "ALL" or _has_preset(places, channel)):
        return f"{channel if run is None else f'{channel}-{run}'}: no job is open, nothing to collect"
    what = f"there is no run {channel}-{run}" if run and numbers else f"there is no channel {channel}"
    raise Stop(f"{what}: nothing to collect", places.others(channel, run))


def _has_preset(places: Places, channel: str) -> bool:
    """Whether the presets know the channel; a damaged file knows none."""
    try:
        return channel in orjson.loads(places.presets.read_bytes())["channels"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def usage_is_behind(place: RunPlace) -> bool:
    """Whether results came after usage.csv was written: the command was stopped between the two."""
    try:
        results = place.results.stat().st_mtime_ns
    except FileNotFoundError:
        return False
    try:
        return place.usage.stat().st_mtime_ns < results
    except FileNotFoundError:
        return True
