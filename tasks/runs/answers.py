"""What an answer means to a run, on either lane: where its picture belongs, what it cost, its line in results.jsonl."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..catalog import pricing
from ..catalog.model import TIERS, Lane, Model
from ..catalog.output import AS_DELIVERED
from ..catalog.pricing import Cost, CostBasis
from ..pictures.ingest_one import Destination, Ingested, KeptAs
from ..pictures.store import Origin, Purchase
from ..providers.answer import Answer, FailureClass, Status, Tokens
from ..requests.request import Request
from ..text.sentences import english
from .manifest import Item, Submission
from .results import Cause, Result, unanswered
from .run import Run


def origin(run: Run, submission: Submission, item: Item) -> Origin:
    """What is known of a request before its answer."""
    return Origin(
        key=item.key,
        prompt_id=item.prompt_id,
        digest=item.digest,
        attempt=run.attempt(submission, item.key),
        submission=submission.id,
        job=submission.job,
        slot=submission.slot,
        model_key=submission.model_key,
        model_name=submission.model_name,
        provider=submission.provider,
        lane=submission.lane,
        submitted_at=submission.submitted_at,
        finished_at=submission.ended_at,
        prompt_sha256=item.prompt_sha256,
        own_sha256=item.own_sha256,
        own_values=item.own_values,
    )


def destination(run: Run, submission: Submission, item: Item) -> Destination:
    """Where the answer belongs. A picture that is not wanted any more goes to the store only."""
    request, unreadable = _wants(run, submission, item), run.paths.unreadable(item.prompt_id, item.digest)
    if request:
        run.images.set_aside(request)
    return Destination(
        origin=origin(run, submission, item),
        run=run.paths.name,
        image=run.images.place(request) if request else None,
        unreadable=KeptAs(unreadable, run.paths.relative(unreadable)),
        output=request.choice.output if request else AS_DELIVERED,
        image_name=run.paths.relative(run.images.place(request)) if request else None,
        previews=run.paths.images,
    )


def _wants(run: Run, submission: Submission, item: Item) -> Request | None:
    """The request the picture goes to images/ for. Of two jobs for one request the picture that is there stays."""
    request, there = run.request(item.key), run.lines.shown.get(item.prompt_id)
    if request and run.is_beside(request):
        return None  # a further take: the stage that restores puts it into images/_takes/
    is_second = submission.adopted and there and there.digest == item.digest
    return None if is_second and there and there.submission != submission.id else request


@dataclass(frozen=True)
class Pricing:
    """What the answers of one submission cost, for their store records: plain data, the same in every process.

    model: None when the config does not know it any more. least: for each key, the image tokens that a picture is
    billed at least, for answers that do not say.
    """

    model: Model | None
    lane: Lane
    share_usd: float
    least: Mapping[str, int]

    @staticmethod
    def of(run: Run, submission: Submission) -> "Pricing":
        least = {item.key: run.picture_tokens(item.key) for item in submission.requests}
        return Pricing(model_of(run, submission), submission.lane, submission.share_usd, least)

    def __call__(self, answer: Answer) -> Cost:
        return self._unseen(answer) or self._paid(answer)

    def unread(self, key: str) -> Cost:
        """What the picture that came for that request cost, whose answer nobody can read any more: an estimate."""
        return self._cost(_with_at_least(Tokens(), self.least.get(key, 0)), picture=True, is_told=False)

    def _paid(self, answer: Answer) -> Cost:
        """As the provider reported its tokens."""
        picture = answer.status is Status.OK
        is_told = answer.is_split or not picture
        tokens = _with_at_least(answer.tokens, 0 if is_told else self.least.get(answer.key or "", 0))
        return self._cost(tokens, picture, is_told, answer.seconds, answer.referred)

    def _cost(
        self, tokens: Tokens, picture: bool, is_told: bool, seconds: float | None = None, referred: int = 0
    ) -> Cost:
        """Measured from the provider's tokens or its price for a picture.

        A model that has no price any more, since it was retired meanwhile, costs the request's share of the
        submission's estimate. is_told: whether the provider said what kind all tokens are; else it is an estimate, and
        so is that of electricity. seconds, referred: as of an Answer.
        """
        tier = TIERS[self.lane]
        if self.model is None or tier not in self.model.prices:
            return _estimated(self.share_usd) if picture and self.share_usd else Cost()
        measured = Cost(pricing.cost(self.model, tier, tokens, seconds, referred), CostBasis.MEASURED)
        if self.model.prices[tier].per_picture is not None:
            measured = _estimated(measured.usd) if self.model.prices[tier].per_second else measured
            return measured if picture else Cost()
        if not any((tokens.input, tokens.image, tokens.text, tokens.thinking)):
            return Cost()
        return measured if is_told else _estimated(measured.usd)

    def _unseen(self, answer: Answer) -> Cost | None:
        """The estimate for an answer in which a provider that is paid by the picture says that it made one."""
        tier = TIERS[self.lane]
        if answer.status is not Status.EMPTY or self.model is None or tier not in self.model.prices:
            return None
        usd = self.model.prices[tier].per_picture
        return _estimated(usd) if usd else None


def _with_at_least(tokens: Tokens, image: int) -> Tokens:
    """The tokens with so many of a picture among them: what is called text may be some of those."""
    more = max(0, image - tokens.image)
    return replace(tokens, image=tokens.image + more, text=max(0, tokens.text - more))


def _estimated(usd: float) -> Cost:
    return Cost(round(usd, 9), CostBasis.ESTIMATED)


def model_of(run: Run, submission: Submission) -> Model | None:
    """The model of a submission, also when its key was renamed since; None when the config knows it no more."""
    models = run.catalog.models
    same = (model for model in models.values() if (model.provider, model.name) == _named(submission))
    return models.get(submission.model_key) or next(same, None)


def _named(submission: Submission) -> tuple[str, str]:
    return submission.provider, submission.model_name


def result_of(got: Ingested) -> Result:
    """The line of an answer whose picture, if it has one, is durable."""
    answer, wanted = got.answer, got.destination
    result = replace(
        _costing(unanswered(wanted.origin), answer.tokens, got.cost),
        status=answer.status,
        failure=answer.failure,
        reason=answer.reason,
        note=answer.note or None,
    )
    if not result.is_picture:
        return replace(result, words=answer.words or None, cause=_cause(answer))
    return replace(
        result,
        image=wanted.image_name,
        image_bytes=got.image_bytes,
        image_sha256=got.image_sha256,
        source_sha256=got.source_sha256,
        width=got.width,
        height=got.height,
        output_size=wanted.output.size_text,
        output_max_bytes=wanted.output.max_bytes,
    )


def _cause(answer: Answer) -> Cause | None:
    if answer.is_held:
        return Cause.UNREADABLE
    return Cause.JOB_ENDED if answer.is_unworked else None


def _costing(result: Result, tokens: Tokens, its_cost: Cost) -> Result:
    return replace(result, tokens=tokens, cost_usd=its_cost.usd, cost_basis=its_cost.basis)


def earlier(run: Run, submission: Submission, item: Item) -> Result | None:
    """The line of what an interrupted command brought home from this very submission; None without anything."""
    if known := run.lines.pictures.get((submission.id, item.key)):
        return known
    purchases = (record.purchase for record in run.store.records(item.digest))
    bought = next((each for each in purchases if each and _is_ours(each, run, submission, item)), None)
    if bought is None:
        return _kept_unread(run, submission, item)
    result = replace(
        unanswered(origin(run, submission, item)),
        status=Status.OK,
        failure=None,
        note="collected by an earlier, interrupted command",
        source_sha256=bought.sha256,
    )
    times = {name: at for name in ("submitted_at", "finished_at") if (at := getattr(bought.origin, name))}
    return replace(_costing(result, bought.tokens, bought.cost), **times)


def _kept_unread(run: Run, submission: Submission, item: Item) -> Result | None:
    """The line of bytes that lie there for a person and that no line tells of yet; what they cost is an estimate."""
    stem = run.paths.unreadable(item.prompt_id, item.digest)
    names = [run.paths.relative(path) for path in sorted(stem.parent.glob(f"{stem.name}.*"))]
    name = next((each for each in names if not any(each in line.reason for line in run.history)), None)
    if name is None:
        return None
    result = replace(
        unanswered(origin(run, submission, item)),
        failure=FailureClass.PERMANENT,
        reason=f"unreadable: kept as {name} by an earlier, interrupted command",
        cause=Cause.UNREADABLE,
    )
    return _costing(result, Tokens(), Pricing.of(run, submission).unread(item.key))


def _is_ours(bought: Purchase, run: Run, submission: Submission, item: Item) -> bool:
    its = bought.origin
    return (bought.run, its.submission, its.job, its.key) == (run.paths.name, submission.id, submission.job, item.key)


def failed(asked: Origin, reason: str, estimate_usd: float = 0.0, cause: Cause | None = None) -> Result:
    """The line of a request that a job should have answered and did not: sent again by the rules of its cause.

    estimate_usd: what it cost all the same, as far as anybody can know.
    """
    failure = FailureClass.PERMANENT if cause is Cause.MADE_AND_GONE else FailureClass.RETRYABLE
    result = replace(unanswered(asked), failure=failure, reason=english(reason), cause=cause)
    return _costing(result, Tokens(), _estimated(estimate_usd)) if estimate_usd else result


def lost(run: Run, asked: Origin, why: str, estimate_usd: float) -> Result:
    """The line of a request that left and was never answered: maybe billed, but of a server that bills nobody."""
    about = run.catalog.providers.get(asked.provider)
    if about and about.self_hosted:
        return failed(asked, f"no answer: {why}")
    return maybe_billed(asked, why, estimate_usd)


def maybe_billed(asked: Origin, why: str, estimate_usd: float) -> Result:
    """The line of a request that left and was never answered: it may have been paid for, so its cost is counted."""
    result = replace(unanswered(asked), reason=f"maybe billed: {english(why)}", cause=Cause.MAYBE_BILLED)
    return _costing(result, Tokens(), _estimated(estimate_usd))
