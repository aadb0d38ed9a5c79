"""What an answer means to a run, on either lane: where its picture belongs, and its line in results.jsonl."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ..catalog.model import Model
from ..pictures.ingest_one import Deposited, Wanted
from ..prompts.request import Request
from ..providers.answer import Answer, Tokens
from .manifest import Item, Submission
from .result_line import cost, facts, no_picture
from .results import Line
from .run import RunWork
from .todo import output_size


def shared(work: RunWork, submission: Submission, item: Item) -> Line:
    """What is known of a request before its answer."""
    return facts(submission, item, work.manifest.attempt(submission.id, item.key))


def wanted(work: RunWork, submission: Submission, item: Item) -> Wanted:
    """Where the answer belongs. A picture that is not wanted any more goes to the store only."""
    request = _wants(work, submission, item)
    if request:
        work.set_aside(request)
    return Wanted(
        prompt_id=item.prompt_id,
        digest=item.digest,
        image=work.place.image(item.prompt_id) if request else None,
        output_size=request.choice.output_size if request else None,
        record=shared(work, submission, item) | {"run": work.place.name},
    )


def _wants(work: RunWork, submission: Submission, item: Item) -> Request | None:
    """The request the picture goes to images/ for. Of two jobs for one request the picture that is there stays."""
    request, there = work.request(item.key), work.shown.get(item.prompt_id)
    is_second = submission.adopted and there and there["digest"] == item.digest
    return None if is_second and there and there["submission"] != submission.id else request


def priced(work: RunWork, submission: Submission) -> Callable[[Wanted, Answer], Mapping[str, Any]]:
    """What an answer of that submission cost, for its store record."""

    def price(_: Wanted, answer: Answer) -> Mapping[str, Any]:
        return paid(work, submission, answer.key, answer.tokens, picture=answer.status == "ok")

    return price


def paid(work: RunWork, submission: Submission, key: str | None, tokens: Tokens, *, picture: bool) -> Line:
    """`cost_usd` and `cost_basis` of an answer to that request, as the provider reported its tokens."""
    expected = work.picture_tokens(key) if picture else 0
    return cost(model_of(work, submission), submission.lane, tokens, expected, picture, submission.share_usd)


def model_of(work: RunWork, submission: Submission) -> Model | None:
    """The model of a submission, also when its key was renamed since; None when the config knows it no more."""
    models = work.catalog.models
    same = (
        each for each in models.values() if (each.provider, each.name) == (submission.provider, submission.model_name)
    )
    return models.get(submission.model_key) or next(same, None)


def line(work: RunWork, submission: Submission, item: Item, got: Deposited) -> Line:
    """The line of an answer whose picture, if it has one, is durable."""
    answer, request = got.answer, _wants(work, submission, item)
    picture = answer.status == "ok"
    made = shared(work, submission, item)
    made |= {"status": answer.status, "failure": answer.failure, "reason": answer.reason, "note": answer.note or None}
    made |= {"tokens": asdict(answer.tokens)} | paid(work, submission, item.key, answer.tokens, picture=picture)
    if not picture:
        return made | no_picture()
    names = ("image_bytes", "image_sha256", "source_sha256", "width", "height")
    made |= {name: getattr(got, name) for name in names}
    made["image"] = work.place.image_name(item.prompt_id) if request else None
    made["output_size"] = output_size(request) if request else None
    return made


def earlier(work: RunWork, submission: Submission, item: Item) -> Line | None:
    """The line of a picture that an interrupted command brought home from this very submission; None without one."""
    if known := work.pictures.get((submission.id, item.key)):
        return known
    ours = {"job": submission.job, "key": item.key, "submission": submission.id, "run": work.place.name}
    records = (each for each in work.store.records(item.digest) if ours.items() <= each.facts.items())
    record = next(records, None)
    if record is None:
        return None
    tokens = Tokens(**record.facts["tokens"])
    price = {"tokens": asdict(tokens)} | paid(work, submission, item.key, tokens, picture=True)
    verdict = {"status": "ok", "failure": None, "reason": "", "note": "collected by an earlier, interrupted command"}
    made = shared(work, submission, item) | verdict | price | no_picture() | {"source_sha256": record.sha256}
    return made | {name: record.facts[name] for name in ("submitted_at", "finished_at") if record.facts.get(name)}
