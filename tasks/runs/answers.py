"""What an answer means to a run, on either lane: where its picture belongs, and its line in results.jsonl."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ..catalog.model import Model
from ..pictures.ingest_one import Destination, Ingested
from ..prompts.request import Request
from ..providers.answer import Answer, Tokens
from .manifest import Item, Submission
from .result_line import cost, facts, no_picture
from .results import Result
from .run import Run
from .todo import output_size


def shared(run: Run, submission: Submission, item: Item) -> Result:
    """What is known of a request before its answer."""
    return facts(submission, item, run.manifest.attempt(submission.id, item.key))


def destination(run: Run, submission: Submission, item: Item) -> Destination:
    """Where the answer belongs. A picture that is not wanted any more goes to the store only."""
    request = _wants(run, submission, item)
    if request:
        run.set_aside(request)
    return Destination(
        prompt_id=item.prompt_id,
        digest=item.digest,
        image=run.paths.image(item.prompt_id) if request else None,
        output_size=request.choice.output_size if request else None,
        record=shared(run, submission, item) | {"run": run.paths.name},
    )


def _wants(run: Run, submission: Submission, item: Item) -> Request | None:
    """The request the picture goes to images/ for. Of two jobs for one request the picture that is there stays."""
    request, there = run.request(item.key), run.shown.get(item.prompt_id)
    is_second = submission.adopted and there and there["digest"] == item.digest
    return None if is_second and there and there["submission"] != submission.id else request


def priced(run: Run, submission: Submission) -> Callable[[Destination, Answer], Mapping[str, Any]]:
    """What an answer of that submission cost, for its store record."""

    def price(_: Destination, answer: Answer) -> Mapping[str, Any]:
        return paid(run, submission, answer.key, answer.tokens, picture=answer.status == "ok")

    return price


def paid(run: Run, submission: Submission, key: str | None, tokens: Tokens, *, picture: bool) -> Result:
    """`cost_usd` and `cost_basis` of an answer to that request, as the provider reported its tokens."""
    expected = run.picture_tokens(key) if picture else 0
    return cost(model_of(run, submission), submission.lane, tokens, expected, picture, submission.share_usd)


def model_of(run: Run, submission: Submission) -> Model | None:
    """The model of a submission, also when its key was renamed since; None when the config knows it no more."""
    models = run.catalog.models
    same = (
        each for each in models.values() if (each.provider, each.name) == (submission.provider, submission.model_name)
    )
    return models.get(submission.model_key) or next(same, None)


def result_of(run: Run, submission: Submission, item: Item, got: Ingested) -> Result:
    """The line of an answer whose picture, if it has one, is durable."""
    answer, request = got.answer, _wants(run, submission, item)
    picture = answer.status == "ok"
    made = shared(run, submission, item)
    made |= {"status": answer.status, "failure": answer.failure, "reason": answer.reason, "note": answer.note or None}
    made |= {"tokens": asdict(answer.tokens)} | paid(run, submission, item.key, answer.tokens, picture=picture)
    if not picture:
        return made | no_picture()
    names = ("image_bytes", "image_sha256", "source_sha256", "width", "height")
    made |= {name: getattr(got, name) for name in names}
    made["image"] = run.paths.image_name(item.prompt_id) if request else None
    made["output_size"] = output_size(request) if request else None
    return made


def earlier(run: Run, submission: Submission, item: Item) -> Result | None:
    """The line of a picture that an interrupted command brought home from this very submission; None without one."""
    if known := run.pictures.get((submission.id, item.key)):
        return known
    ours = {"job": submission.job, "key": item.key, "submission": submission.id, "run": run.paths.name}
    records = (each for each in run.store.records(item.digest) if ours.items() <= each.facts.items())
    record = next(records, None)
    if record is None:
        return None
    tokens = Tokens(**record.facts["tokens"])
    price = {"tokens": asdict(tokens)} | paid(run, submission, item.key, tokens, picture=True)
    verdict = {"status": "ok", "failure": None, "reason": "", "note": "collected by an earlier, interrupted command"}
    made = shared(run, submission, item) | verdict | price | no_picture() | {"source_sha256": record.sha256}
    return made | {name: record.facts[name] for name in ("submitted_at", "finished_at") if record.facts.get(name)}
