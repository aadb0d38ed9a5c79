"""A run whose manifest was lost: what it had at the provider is looked for before anything of it is sent."""

from collections.abc import Iterator
from dataclasses import replace

from ...providers.failures import Refused, Unavailable
from ...providers.job_status import JobStatus
from ...runs.manifest import OURS
from ...runs.run import Run
from ...session.session import Session
from ...text.errors import Stop
from .adoption import take_in


def found_again(session: Session, run: Run) -> bool:
    """Take in every job of the run that may still bring pictures; False, with the reason noted, while that is unclear.

    Then nothing of the run may be sent. Nobody is asked about a run whose manifest was never lost, nor while nothing of
    it is to be sent. Raises Stop without a key.
    """
    if not run.manifest.look_for_jobs or not (providers := _providers(run)):
        return True
    is_clear = all(_looked(session, run, name) for name in providers)
    if is_clear:
        looked = {*run.manifest.looked_for, *providers}
        is_over = looked >= _real(run)
        run.keep(replace(run.manifest, look_for_jobs=not is_over, looked_for=() if is_over else tuple(sorted(looked))))
    return is_clear


def _real(run: Run) -> set[str]:
    """All providers with jobs but the offline one: before each was asked, nobody knows all that was lost."""
    return {name for name, each in run.catalog.providers.items() if each.limits and name != "emulator"}


def _providers(run: Run) -> list[str]:
    """Those with jobs among the providers of what is to be sent: no other one can have been asked for it.

    Whose list was read since is not asked again: a provider without a key here would keep all of them waiting.
    """
    names = dict.fromkeys(request.choice.model.provider for request in run.worklist.send)
    asked = run.manifest.looked_for
    return [name for name in names if run.catalog.providers[name].limits and name not in asked]


def _looked(session: Session, run: Run, provider: str) -> bool:
    """Whether the provider listed its jobs, and each of the run's was understood."""
    client = session.accounts.batch(provider)
    try:
        for status in _unknown(run, provider, session.accounts.listing(client)):
            take_in(session, client, provider, run, status)
    except (Refused, Unavailable) as error:
        session.log.trouble(
            run.paths.name,
            "its manifest was lost, and its jobs cannot be listed: {reason}; nothing was sent for it",
            "run again later: {command}",
            reason=error.reason,
            command=run.paths.command,
        )
    except Stop as stop:
        session.log.trouble(
            run.paths.name,
            "its manifest was lost, and {what}; nothing was sent for it",
            "{do}; then: {command}",
            what=stop.what,
            do=stop.do,
            command=run.paths.command,
        )
    else:
        return True
    return False


def _unknown(run: Run, provider: str, listed: list[JobStatus]) -> Iterator[JobStatus]:
    """The run's jobs that may hold pictures and that its manifest does not name, the oldest first."""
    known = {each.job for each in run.manifest.submissions if each.provider == provider}
    for status in reversed(listed):
        name = OURS.fullmatch(status.display_name)
        if name and name[1] == run.paths.name and status.name not in known and _may_answer(status):
            yield status


def _may_answer(status: JobStatus) -> bool:
    return not status.done or status.has_results
