"""Files of other programs at a manifest's place are set aside, once no job in them can bring pictures any more."""

from collections.abc import Sequence

from ..errors import Stop
from ..files.problem import short
from ..project.run_paths import RunPaths
from ..providers.failures import Refused, Unavailable
from ..providers.port import BatchProvider
from ..runs import glimpse
from ..runs.deadlines import hours_between
from ..runs.glimpse import UNREADABLE
from ..runs.manifest import OURS
from ..runs.spoiled import SpoiledManifest, spoiled
from ..session.session import Session


def make_way(session: Session, runs: Sequence[RunPaths]) -> None:
    """Set such files aside, byte for byte, and say so. The others stay, and their runs are left out later.

    Raises Stop when another command is at work on such a run.
    """
    for paths in runs:
        found = _foreign(paths)
        if found and all(_is_over(session, found, job) for job in found.jobs):
            session.runs.lock(paths)
            found.set_aside()
            session.log.say(
                "{run}: {manifest} was another program's ({format}), and no job in it can bring pictures any more; "
                "it is {aside} now, byte for byte",
                run=paths.name,
                manifest=short(paths.manifest),
                format=found.format,
                aside=short(found.aside),
            )


def _foreign(paths: RunPaths) -> SpoiledManifest | None:
    try:
        glimpse.peek(paths.manifest)
    except UNREADABLE:
        found = spoiled(paths)
        return found if found and found.is_foreign else None
    return None


def _is_over(session: Session, found: SpoiledManifest, job: str) -> bool:
    """Whether nothing can come of that job any more, or it is found again by our name for it. By the provider's word:
    its clock, and what it says of the job. Unknown there with this key, it is over when it must be.
    """
    try:
        client = _account(session)
        status = client.status(job)
    except Refused as error:
        return error.code == 404 and _is_older(
            client, found.written_at, client.traits.life_hours + client.traits.kept_hours
        )
    except (Stop, Unavailable):
        return False
    is_done = status.done and (not status.has_results or _is_older(client, status.ended_at, client.traits.kept_hours))
    return is_done or OURS.fullmatch(status.display_name) is not None


def _account(session: Session) -> BatchProvider:
    """The one whose jobs are named like this; the offline one is nobody else's."""
    names = (name for name, each in session.catalog.providers.items() if each.limits and name != "emulator")
    return session.accounts.batch(next(names))


def _is_older(client: BatchProvider, at: str | None, hours: float) -> bool:
    return bool(at and client.date) and hours_between(str(at), str(client.date)) >= hours
