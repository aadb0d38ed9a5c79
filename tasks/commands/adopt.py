"""`doit adopt`: jobs at the provider that are ours and in no manifest are taken in. Those of others are left alone.

Ours is what bears our display name. Its requests are known from the manifest (a lost reply), else from the prompts,
when these still make the very same input, else from the keys in its results. A result whose prompt cannot be found
any more is kept all the same: in results.jsonl, and in the store under a stand-in, by which it is found again when
the prompt comes back.
"""

from collections.abc import Iterator
from dataclasses import replace

from ..files.problem import short
from ..inbox.notices import of_adopted
from ..lanes.batch.adoption import open_again, take_in
from ..project.all_paths import all_paths
from ..project.paths import Paths
from ..project.run_paths import RunPaths
from ..project.settings import Settings
from ..providers.failures import Refused, Unavailable
from ..providers.job_status import JobStatus, ProviderState
from ..providers.port import BatchProvider
from ..providers.registry import api
from ..runs.manifest import OURS
from ..runs.run import Run
from ..runs.spoiled import SpoiledManifest
from ..session.open_jobs import KnownJob, jobs_known, open_jobs
from ..session.session import Session
from ..stages.bring_home import collect, opened
from ..stages.make_way import make_way
from ..text.errors import NoKey, Stop
from ..text.sentences import t

NO_RESULTS = frozenset(map(ProviderState, ("CANCELLED", "EXPIRED", "FAILED", "NOT_FOUND")))
NAMED = 5  # of other people's jobs


def run(paths: Paths, settings: Settings) -> None:
    """Adopt what can be adopted now; neither sends nor waits."""
    with Session(paths, replace(settings, wait=0.0)) as session:
        _adopt_all(session)


def _adopt_all(session: Session) -> None:
    """Page through every account, say what is there, take in what is ours, and collect what is finished of it."""
    names = _accounts(session)
    listings = {name: listed for name in names if (listed := _listing(session, name)) is not None}
    runs = {run.paths.name: run for run in _make_room(session, len(listings) == len(names))}
    known = jobs_known(session.paths)
    for name, listed in listings.items():
        client = session.accounts.batch(name)
        unknown = [each for each in listed if each.name not in known]
        mine = [each for each in reversed(unknown) if OURS.fullmatch(each.display_name)]
        _say(session, name, listed, mine, [each for each in unknown if not OURS.fullmatch(each.display_name)])
        for status in mine:
            if run := _work(session, status):
                runs[run.paths.name] = run
                _take_in(session, client, name, run, status)
        for status in reversed(listed):
            if run := _revived(session, client, status, known.get(status.name)):
                runs[run.paths.name] = run
    collect(session, list(runs.values()))


def _listing(session: Session, name: str) -> list[JobStatus] | None:
    """All jobs of an account; None, with the reason noted, when it does not list them."""
    try:
        return session.accounts.batch(name).listing()
    except (Refused, Unavailable) as error:
        session.log.trouble(
            name, "its jobs cannot be listed: {reason}", "run again later: doit adopt", reason=error.reason
        )
        return None


def _make_room(session: Session, may: bool) -> Iterator[Run]:
    """The runs whose damaged manifest was set aside, byte for byte: what it knew is taken in from the lists.

    may: every list was read; else they are left out, as are files of another program that may still bring pictures.
    """
    settings = session.settings
    for each in open_jobs(session.paths, settings.channel, settings.run).unreadable:
        try:
            if each.is_foreign:
                make_way(session, [each.paths])
            elif may and not each.is_newer:
                session.runs.lock(each.paths)
                _set_aside(session, each)
        except Stop as stop:
            session.log.say("{run}: {what}; left to it", run=each.paths.name, what=stop.what)
            continue
        for run in opened(session, [each.paths]):
            run.keep(run.manifest)
            yield run


def _set_aside(session: Session, spoiled: SpoiledManifest) -> None:
    spoiled.set_aside()
    session.log.say(
        "{run}: {manifest} cannot be read; it is {aside} now, byte for byte",
        run=spoiled.paths.name,
        manifest=short(spoiled.paths.manifest),
        aside=short(spoiled.aside),
    )


def _revived(session: Session, client: BatchProvider, status: JobStatus, known: KnownJob | None) -> Run | None:
    """The run of a job that ended without results by its manifest, and has some after all; open again, to be fetched.

    None for any other job, or when the run cannot be worked on now. Its rows are written anew, with what they cost.
    """
    if known is None or known.provider_state not in NO_RESULTS or not status.has_results:
        return None
    for run in opened(session, [known.paths]):
        taken = next(each for each in run.manifest.submissions if each.job == status.name)
        run.record(open_again(taken, client, status))
        name = run.paths.name
        session.log.say(
            "{name}: {status} ended {provider_state}, and is {state} after all",
            name=name,
            status=status.name,
            provider_state=known.provider_state,
            state=status.state,
        )
        session.log.note(
            of_adopted(
                name,
                status.name,
                t("{status} {state} after all", status=status.name, state=status.state),
                t("doit collect"),
            )
        )
        return run
    return None


def _accounts(session: Session) -> list[str]:
    """The providers with a batch lane and a key; the offline one only if it was ever used.

    A provider without a key is named only where something here is made by it.
    """
    names, used = [], _used(session)
    for name, provider in session.catalog.providers.items():
        if provider.limits is None or (name == "emulator" and not session.paths.emulator.is_dir()):
            continue
        try:
            session.accounts.batch(name)
        except NoKey as error:
            if name in used:
                session.log.say("{name} is not looked at: {why}", name=name, why=error.why)
        except Stop as stop:
            session.log.say("{name} is not looked at: {what}", name=name, what=stop.what)
        else:
            names.append(name)
    if not names:
        raise Stop("no account can be looked at", "export GEMINI_API_KEY=... and run the same command again")
    return names


def _used(session: Session) -> set[str]:
    """The providers that a default or a preset names, or that made a job of some manifest."""
    catalog, jobs = session.catalog, jobs_known(session.paths)
    named = [each.model_key for each in catalog.presets.values()] + [each["slot"] for each in catalog.defaults.values()]
    keys = {catalog.slots[code].model_key if code in catalog.slots else code for code in named if code}
    used = {catalog.models[key].provider for key in keys if key in catalog.models}
    return used | {name for name, each in catalog.providers.items() if any(map(api(each.api).is_job, jobs))}


def _say(session: Session, name: str, listed: list[JobStatus], mine: list[JobStatus], others: list[JobStatus]) -> None:
    known = len(listed) - len(mine) - len(others)
    session.log.say(
        "{name}: {jobs:job}; {known} known, {count} ours and unknown, {count_2} not ours",
        name=name,
        jobs=len(listed),
        known=known,
        count=len(mine),
        count_2=len(others),
    )
    for each in mine:
        session.log.say(
            "  ours: {each} {state} {display_name}",
            each=each.name,
            state=str(each.state).lower(),
            display_name=each.display_name,
        )
    for each in others[:NAMED]:
        name = each.display_name[:60]
        what = " ".join(filter(None, (each.name, str(each.state).lower(), name)))
        session.log.say("  not ours, left alone: {what}", what=what)
    if len(others) > NAMED:
        session.log.say("  and {count} more that are not ours", count=len(others) - NAMED)


def _work(session: Session, status: JobStatus) -> Run | None:
    """The run the job is for, locked; None when it is not here, or another process has it."""
    match = OURS.fullmatch(status.display_name)
    assert match
    paths = _place(session, match[1])
    if paths is None:
        what = t(
            "{status} is for {match}, which does not exist here; was it made on another machine?",
            status=status.name,
            match=match[1],
        )
        channel, _, number = match[1].partition("-")
        session.log.trouble(
            match[1],
            "{what}",
            "only to take it in here: doit adopt CH={channel} RUN={number}",
            what=what,
            channel=channel,
            number=number,
        )
        return None
    return next(iter(opened(session, [paths])), None)


def _place(session: Session, name: str) -> RunPaths | None:
    paths, settings = session.paths, session.settings
    here = {run_paths.name: run_paths for run_paths in (*all_paths(paths), *paths.runs_of("ALL"))}
    if name not in here and settings.channel and settings.run and name == f"{settings.channel}-{settings.run}":
        return paths.run(settings.channel, settings.run)
    return here.get(name)


def _take_in(session: Session, client: BatchProvider, provider: str, run: Run, status: JobStatus) -> None:
    try:
        take_in(session, client, provider, run, status)
    except Stop as stop:
        session.log.trouble(run.paths.name, "{what}", "{do}", what=stop.what, do=stop.do)
