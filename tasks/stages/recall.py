"""Lines of results.jsonl that were lost are told again: the store knows of each picture what it cost, the manifest of
each other answer what became of it."""

from collections.abc import Iterator
from dataclasses import replace

from ..pictures.store import Purchase, StorePictureDamaged
from ..providers.answer import Status
from ..runs.manifest import State
from ..runs.results import Result, kept_by_manifest, unanswered
from ..runs.run import Run


def recall(run: Run) -> None:
    """A line again for every answer that no line names, wanted or not: attempts count, costs come back, held is held.

    What the store will give back to a prompt is left to `restore`, whose line says it all.
    """
    known = {line.sent_as for line in run.history}
    if failed := list(kept_by_manifest(run.manifest.submissions, known)):
        run.add(failed)  # first, so that what is restored for a prompt comes after what failed for it
    found = {(each.origin.submission, each.origin.key): each for each in _bought(run)}
    if not found:
        return  # what the store will give back is looked at for the sake of these alone: half of a first submit's time
    known |= set(_pending(run))
    if lost := [_line(each) for name, each in found.items() if name not in known]:
        run.add(lost)


def _pending(run: Run) -> Iterator[tuple[str | None, str]]:
    try:
        due = run.worklist.restore
    except StorePictureDamaged:
        return
    for request in due:
        record = run.images.stored(request)
        if record and record.purchase:
            yield record.purchase.origin.submission, record.purchase.origin.key


def _bought(run: Run) -> Iterator[Purchase]:
    """By the manifest, which names digests; when that was lost too, every record of the store is looked at."""
    if run.manifest.look_for_jobs and not run.manifest.looked_for:
        yield from run.store.bought_for(run.paths.name)
        return
    known = {line.sent_as for line in run.history}
    for submission in run.manifest.submissions:
        if submission.state is State.COLLECTED:
            for item in submission.requests:
                if (submission.id, item.key) not in known:
                    purchases = (record.purchase for record in run.store.records(item.digest))
                    ours = (each for each in purchases if each and not each.is_from_elsewhere)
                    yield from (each for each in ours if each.run == run.paths.name)


def _line(bought: Purchase) -> Result:
    return replace(
        unanswered(bought.origin),
        status=Status.OK,
        failure=None,
        note="from the record in the store: its line was lost",
        tokens=bought.tokens,
        cost_usd=bought.cost.usd,
        cost_basis=bought.cost.basis,
        source_sha256=bought.sha256,
    )
