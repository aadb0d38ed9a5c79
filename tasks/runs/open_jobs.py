"""Every submission that is not settled, over all folders of work: read from the manifests, fast, nothing checked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..errors import Stop
from ..project.all_paths import all_paths
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from . import manifest as manifests
from .manifest import OPEN, Submission


@dataclass(frozen=True)
class OpenJob:
    """An open submission and the place it belongs to."""

    paths: RunPaths
    submission: Submission


@dataclass(frozen=True)
class OpenJobs:
    """jobs: in the order of their places. folders: how many manifests there are. unreadable: those that say nothing."""

    jobs: tuple[OpenJob, ...]
    folders: int
    unreadable: tuple[Path, ...]


def open_jobs(paths: Paths, channel: str | None = None, run: str | None = None) -> OpenJobs:
    """What is open. channel: of one channel, None or "ALL" for all; run: of one run of it.

    An intent is left out: nothing was sent of it.
    """
    jobs: list[OpenJob] = []
    unreadable, count = [], 0
    for run_paths in all_paths(paths):
        if channel not in (None, "ALL", run_paths.channel) or run not in (None, run_paths.name.partition("-")[2]):
            continue
        count += 1
        try:
            jobs += [OpenJob(run_paths, each) for each in _open(run_paths)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            unreadable.append(run_paths.manifest)
    return OpenJobs(tuple(jobs), count, tuple(unreadable))


def _open(paths: RunPaths) -> list[Submission]:
    data = orjson.loads(paths.manifest.read_bytes())
    open_ones = [each for each in data["submissions"] if each["state"] in OPEN and each["state"] != "intent"]
    return list(manifests.decode(paths.name, {"submissions": open_ones, "complete": False}).submissions)


@dataclass(frozen=True)
class KnownJob:
    """A job of some manifest: the place, and how it ended there; provider_state is None while it is not collected."""

    paths: RunPaths
    provider_state: str | None


def jobs_known(paths: Paths) -> dict[str, KnownJob]:
    """All jobs in any manifest that can be read, settled ones included, by the provider's names."""
    found: dict[str, KnownJob] = {}
    for run_paths in all_paths(paths):
        try:
            data = orjson.loads(run_paths.manifest.read_bytes())
            jobs = [each for each in data["submissions"] if each["job"]]
            here = {each["job"]: KnownJob(run_paths, _ended_as(each)) for each in jobs}
            found = found | here if data["run"] == run_paths.name else here | found  # a copied folder comes second
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _ended_as(submission: dict[str, Any]) -> str | None:
    return submission["provider_state"] if submission["state"] == "collected" else None


def owing(paths: Paths, settings: Settings) -> list[RunPaths]:
    """The places with an open job, or whose usage.csv is older than their results because a command was killed."""
    channel = None if settings.channel == "ALL" else settings.channel
    jobs = open_jobs(paths, channel, settings.run).jobs
    found = {each.paths.name: each.paths for each in jobs if settings.job in (None, each.submission.job)}
    if settings.job is None:
        for run_paths in all_paths(paths):
            chosen = channel in (None, run_paths.channel) and settings.run in (None, run_paths.name.partition("-")[2])
            if chosen and usage_is_behind(run_paths):
                found.setdefault(run_paths.name, run_paths)
    return list(found.values())


def nothing_open(paths: Paths, settings: Settings) -> str:
    """That there is nothing to collect of what CH=, RUN= or JOB= names. Raises Stop when there is no such thing."""
    if settings.job:
        if settings.job in jobs_known(paths):
            return f"{settings.job} is collected already"
        what = f"no file here knows the job {settings.job}"
        raise Stop(what, "doit status shows what is on its way; doit adopt finds jobs of ours that no file knows")
    channel, run = settings.channel or "ALL", settings.run
    here = [*paths.runs_of("ALL"), *all_paths(paths)]
    numbers = {run_paths.name.partition("-")[2] for run_paths in here if channel in ("ALL", run_paths.channel)}
    if (run is None or run in numbers) and (numbers or channel == "ALL" or _has_preset(paths, channel)):
        return f"{channel if run is None else f'{channel}-{run}'}: no job is open, nothing to collect"
    what = f"there is no run {channel}-{run}" if run and numbers else f"there is no channel {channel}"
    raise Stop(f"{what}: nothing to collect", paths.others(channel, run))


def _has_preset(paths: Paths, channel: str) -> bool:
    """Whether the presets know the channel; a damaged file knows none."""
    try:
        return channel in orjson.loads(paths.presets.read_bytes())["channels"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def usage_is_behind(paths: RunPaths) -> bool:
    """Whether results came after usage.csv was written: the command was stopped between the two."""
    try:
        results = paths.results.stat().st_mtime_ns
    except FileNotFoundError:
        return False
    try:
        return paths.usage.stat().st_mtime_ns < results
    except FileNotFoundError:
        return True
