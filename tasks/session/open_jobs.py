"""Every submission that is not settled, over all folders of work: read from the manifests, fast, nothing checked."""

from dataclasses import dataclass

from ..files import overrides
from ..project.all_paths import all_paths
from ..project.names import EVERY, RunName
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..providers.job_status import ProviderState
from ..runs import glimpse
from ..runs.glimpse import UNREADABLE
from ..runs.index import Index
from ..runs.manifest import MAY_EXIST, State, Submission
from ..runs.spoiled import SpoiledManifest, spoiled
from ..runs.summary import usage_is_behind
from ..runs.their_job import their_job
from ..text.errors import Stop
from ..text.sentences import t


@dataclass(frozen=True)
class OpenJob:
    """An open submission and the place it belongs to."""

    paths: RunPaths
    submission: Submission


@dataclass(frozen=True)
class OpenJobs:
    """jobs: in the order of their places. folders: how many manifests. unreadable: what is wrong with some of them."""

    jobs: tuple[OpenJob, ...]
    folders: int
    unreadable: tuple[SpoiledManifest, ...]


def open_jobs(paths: Paths, channel: str | None = None, run: str | None = None) -> OpenJobs:
    """What is open. channel: of one channel, None or EVERY for all; run: of one run of it.

    An intent is left out: nothing was sent of it.
    """
    jobs: list[OpenJob] = []
    unreadable: list[SpoiledManifest] = []
    count = 0
    index = Index(paths)
    for run_paths in all_paths(paths):
        if not run_paths.is_meant(channel, run):
            continue
        count += 1
        if index.is_settled(run_paths.folder):
            continue
        try:
            jobs += [OpenJob(run_paths, each) for each in glimpse.peek(run_paths.manifest).submissions(MAY_EXIST)]
        except UNREADABLE:
            found = spoiled(run_paths)
            unreadable += [found] if found and not their_job(run_paths, found) else []
    return OpenJobs(tuple(jobs), count, tuple(unreadable))


@dataclass(frozen=True)
class KnownJob:
    """A job of some manifest: the place, and how it ended there; provider_state is None while it is not collected."""

    paths: RunPaths
    provider_state: ProviderState | None


def jobs_known(paths: Paths) -> dict[str, KnownJob]:
    """All jobs in any manifest that can be read, settled ones included, by the provider's names."""
    found: dict[str, KnownJob] = {}
    for run_paths in all_paths(paths):
        try:
            told = glimpse.peek(run_paths.manifest)
            here = {each.job: KnownJob(run_paths, _ended_as(each)) for each in told.submissions() if each.job}
        except UNREADABLE:
            continue
        found = found | here if told.run == run_paths.name else here | found  # a copied folder comes second
    return found


def _ended_as(submission: Submission) -> ProviderState | None:
    return submission.provider_state if submission.state is State.COLLECTED else None


@dataclass(frozen=True)
class Owing:
    """places: those with something to bring home. unreadable: whose manifests would have to be read to know."""

    places: tuple[RunPaths, ...]
    unreadable: tuple[SpoiledManifest, ...]


def owing(paths: Paths, settings: Settings) -> Owing:
    """The places with an open job, or whose usage.csv is older than their results because a command was killed."""
    opened = open_jobs(paths, settings.channel, settings.run)
    found = {each.paths.name: each.paths for each in opened.jobs if settings.job in (None, each.submission.job)}
    if settings.job is None:
        for run_paths in all_paths(paths):
            if run_paths.is_meant(settings.channel, settings.run) and usage_is_behind(run_paths):
                found.setdefault(run_paths.name, run_paths)
    is_found = settings.job is not None and (found or settings.job in jobs_known(paths))
    return Owing(tuple(found.values()), () if is_found else opened.unreadable)


def nothing_open(paths: Paths, settings: Settings) -> str:
    """That there is nothing to collect of what CH=, RUN= or JOB= names. Raises Stop when there is no such thing."""
    if settings.job:
        if settings.job in jobs_known(paths):
            return t("{job} is collected already", job=settings.job)
        raise Stop(
            "no file here knows the job {job}",
            "doit status shows what is on its way; doit adopt finds jobs of ours that no file knows",
            job=settings.job,
        )
    channel, run = settings.channel or EVERY, settings.run
    here = [*paths.runs_of(EVERY), *all_paths(paths)]
    numbers = {run_paths.run_name.number for run_paths in here if run_paths.is_meant(channel, None)}
    is_channel = bool(numbers) or channel == EVERY or _has_preset(paths, channel)
    if is_channel and (run is None or run in numbers):
        named = channel if run is None else RunName(channel, run)
        return t("{named}: no job is open, nothing to collect", named=named)
    if is_channel and run:
        raise Stop(
            "there is no run {runname}: nothing to collect",
            "{others}",
            runname=RunName(channel, run),
            others=paths.others(channel, run),
        )
    raise Stop(
        "there is no channel {channel}: nothing to collect",
        "{others}",
        channel=channel,
        others=paths.others(channel, run),
    )


def _has_preset(paths: Paths, channel: str) -> bool:
    """Whether the presets know the channel; a damaged file knows none."""
    data, _, broken = overrides.by_channel(paths.presets, "channel_presets")
    return data is not None and channel in {**data["channels"], **broken}
