"""What is missing, cut into submissions: same model and lane, within the provider's limits. Pure but for one read."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass

from ..catalog.catalog import Catalog
from ..catalog.model import Lane
from ..files import regular
from ..files.problem import short
from ..providers.port import Account, JobTraits
from ..providers.registry import api
from ..requests.references import Reference
from ..requests.request import Request, key_of, line
from ..text.errors import BadInput
from .manifest import Item, Submission, display_name
from .run import Run


@dataclass(frozen=True)
class Part:
    """The requests of one submission: same model and lane, within the provider's limits. `lines` are as in the file."""

    requests: tuple[Request, ...]
    lines: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        return b"".join(self.lines)

    @property
    def lane(self) -> Lane:
        return self.requests[0].choice.lane

    @property
    def references(self) -> list[Reference]:
        return [reference for request in self.requests for reference in request.references]

    def only(self, keys: Collection[str]) -> "Part | None":
        """The part with the requests of these keys; None when there are none."""
        pairs = [pair for pair in zip(self.requests, self.lines, strict=True) if pair[0].key in keys]
        return _part(pairs) if pairs else None


@dataclass(frozen=True)
class Claimed:
    """What of a part may be sent from here. name: of the submission in the shared store; "" where nothing is shared."""

    part: Part
    name: str = ""


def unclaimed(run: Run, part: Part) -> Part | None:
    """The part without what another place has on its way, has bought or has lost by now; None when nothing is left.

    Between the worklist and this look another command may have begun and ended. The index has to be up to date.
    """
    return part.only({each.key for each in part.requests if not run.is_taken(each)})


_Group = tuple[str, str | None, Lane, bool]


def _group(request: Request) -> _Group:
    """What the requests of one job have in common: model, slot, lane, and at some providers whether there are
    reference pictures."""
    choice = request.choice
    refers = bool(request.references) and api(choice.model.api).parts_references
    return choice.model.key, choice.slot, choice.lane, refers


def groups_of(requests: Iterable[Request]) -> Iterable[list[tuple[Request, bytes]]]:
    """The requests that may go together, each with its line."""
    groups: dict[_Group, list[tuple[Request, bytes]]] = {}
    for request in requests:
        groups.setdefault(_group(request), []).append((request, line(request)))
    return groups.values()


def _parts(catalog: Catalog, groups: Iterable[list[tuple[Request, bytes]]]) -> Iterator[Part]:
    for group in groups:
        choice = group[0][0].choice
        if choice.lane is Lane.BATCH:
            limits = catalog.providers[choice.model.provider].batch
            yield from _within_limits(group, limits.max_requests_per_job, limits.max_bytes_per_job)
        else:
            yield _part(group)


def split(run: Run) -> Iterator[Part]:
    """Parts of batch_request.jsonl, in its order. Lines that are not missing any more are left out.

    Raises BadInput for a line that the request stage did not write: its answer would be kept under another text.
    """
    missing = {request.key: request for request in run.worklist.send}
    groups: dict[_Group, list[tuple[Request, bytes]]] = {}
    with regular.opened(run.paths.request) as stream:
        for number, encoded in enumerate(stream, 1):
            if request := missing.pop(_key(run, number, encoded), None):
                if encoded != line(request):
                    raise _changed(run, number)
                groups.setdefault(_group(request), []).append((request, encoded))
    yield from _parts(run.catalog, groups.values())


def _key(run: Run, number: int, encoded: bytes) -> str:
    try:
        return key_of(encoded)
    except ValueError:
        raise _changed(run, number) from None


def _changed(run: Run, number: int) -> BadInput:
    path = short(run.paths.request)
    return BadInput(
        "{path}:{number}: this is not the line that was written there; prompts are changed in {run}",
        "rm {path} and run the same command again: it is written anew",
        path=path,
        number=number,
        run=run.paths.folder,
    )


def _within_limits(group: list[tuple[Request, bytes]], most: int, most_bytes: int) -> Iterator[Part]:
    start, size = 0, 0
    for index, (_, encoded) in enumerate(group):
        if index > start and (index - start >= most or size + len(encoded) > most_bytes):
            yield _part(group[start:index])
            start, size = index, 0
        size += len(encoded)
    yield _part(group[start:])


def _part(pairs: list[tuple[Request, bytes]]) -> Part:
    return Part(tuple(request for request, _ in pairs), tuple(line for _, line in pairs))


def next_id(run: Run) -> str:
    """An id that no submission of the run ever had, as far as manifest, results and journals tell.

    A manifest that was lost and begun anew does not begin at s001 again: old lines and journals stay what they are.
    """
    told = [each.id for each in run.manifest.submissions]
    told += [line.submission for line in run.history if line.submission]
    told += [path.stem for path in run.paths.journal("").parent.glob("s*.jsonl")]
    numbers = (int(each[1:]) for each in told if each[1:].isdecimal())
    return f"s{max(numbers, default=0) + 1:03d}"


def intent(
    run: Run, part: Part, client: Account, now: str, traits: JobTraits | None = None, shared: str = ""
) -> Submission:
    """The submission that this part will be, before anything of it is sent. now: UTC ISO 8601. traits: of a job.

    shared: its name in the store of several machines.
    """
    choice, data = part.requests[0].choice, part.data
    sha256, identity = hashlib.sha256(data).hexdigest(), next_id(run)
    return Submission(
        id=identity,
        display_name=display_name(run.paths.name, identity, sha256),
        task=run.paths.task,
        provider=choice.model.provider,
        endpoint=client.endpoint,
        model_key=choice.model.key,
        model_name=choice.model.name,
        slot=choice.slot,
        lane=choice.lane,
        requests=tuple(map(Item.of, part.requests)),
        request_bytes=len(data),
        request_sha256=sha256,
        key_fingerprint=client.fingerprint,
        estimate_usd=round(sum(run.estimate(request) for request in part.requests), 6),
        intent_at=now,
        shared=shared,
        **(asdict(traits) if traits else {}),
    )
