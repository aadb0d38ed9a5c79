"""The contact sheet of one run, read from its files."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ...catalog.pricing import CostBasis
from ...files import regular
from ...project.settings import Retry
from ...providers.answer import Status
from ...requests.request import Request
from ...runs.asked_again import held_as
from ...runs.results import Result, latest
from ...runs.run import Run
from ...text import clock
from . import previews, review_file, take_cards
from .gallery import Card, Page


def looked_at(
    run: Run, sheet: Page, previewed: Callable[[Path, Mapping[Path, str]], dict[Path, Path]] = previews.refresh
) -> Page:
    """The contact sheet with what lies beside it: previews, made where they are missing, and a person's verdicts."""
    paths = run.paths
    hashes = {card.image: sha256 for card in sheet.cards if card.image and (sha256 := _sha256(run, card))}
    small = previewed(paths.images, {paths.at(image): sha256 for image, sha256 in hashes.items()})
    verdicts = review_file.read(paths.folder)
    cards = []
    for card in sheet.cards:
        sha256, preview = hashes.get(card.image or "", ""), small.get(paths.at(card.image or ""))
        verdict = verdicts.get(card.prompt_id)
        said = verdict if verdict and sha256 and verdict.about(sha256) else None
        cards.append(
            replace(
                card,
                preview=Path(os.path.relpath(preview, paths.folder)).as_posix() if preview else None,
                sha256=sha256,
                verdict=said.verdict if said else "",
                verdict_note=said.note if said else "",
            )
        )
    return replace(sheet, cards=tuple(cards))


def _sha256(run: Run, card: Card) -> str:
    """Of the picture that lies there: as recorded, or, where a person put another one in its place, of that."""
    result = run.lines.shown.get(card.prompt_id)
    path = run.paths.at(str(card.image))
    try:
        if result and path.stat().st_size == result.image_bytes:
            return str(result.image_sha256)
        return hashlib.sha256(regular.read(path)).hexdigest()
    except OSError:
        return ""


def page(run: Run) -> Page:
    """The contact sheet of a run: one card per wanted picture, in the order of its prompts."""
    last = latest(run.history)
    names = (request.prompt_id for request in run.wanted)
    cards = (
        _card(run, request, last.get(name) or run.lines.latest(request), run.lines.shown.get(name))
        for request, name in zip(run.wanted, names, strict=True)
    )
    preset = run.catalog.presets.get(run.paths.channel)
    newest = max((line.finished_at or "" for line in run.history), default="")
    return Page(
        title=(preset and preset.name) or run.paths.channel,
        channel=run.paths.channel,
        run=run.paths.name,
        cards=tuple(cards),
        made_on=clock.second(newest),
        spent_usd=sum(line.cost_usd for line in run.history),
        retake=run.paths.retake,
        index=run.paths.index,
        prompts=run.paths.relative(run.paths.prompt_files()[0]) if run.paths.is_foreign else "",
        back=run.paths.plain_command,
    )


def _yours(run: Run, request: Request, image: Path) -> Card:
    """The card of a picture that a person put in place of one that did not come, or another program made."""
    return Card(
        prompt_id=request.prompt_id,
        prompt=request.prompt,
        image=run.paths.relative(image),
        status=Status.OK,
        reason="",
        model_name="",
        slot=None,
        lane=request.choice.lane,
        cost_usd=None,
        cost_basis=CostBasis.NONE,
        width=None,
        height=None,
        placeholder=False,
        note=request.note,
        yours=True,
    )


def _card(run: Run, request: Request, last: Result | None, picture: Result | None) -> Card:
    """The latest word on a prompt; the picture that lies in images/ is shown also when a newer request failed."""
    told, choice = None if run.is_coming(request) else last, request.choice
    if told and run.images.is_yours_there(request):
        return _yours(run, request, run.images.lying(request))
    if finished := None if told else run.images.finished(request):
        return _yours(run, request, finished)
    made, is_away = picture or told, picture is not None and run.images.is_tidied(picture)
    return Card(
        prompt_id=request.prompt_id,
        prompt=request.prompt,
        image=picture.image if picture and not is_away else None,
        status=told.status if told else None,
        reason=told.reason if told else "",
        failure=told.failure if told else None,
        cause=told.cause if told else None,
        words=told.words or "" if told else "",
        exhausted=told is not None and held_as(told, run.most_attempts(request)) is Retry.EXHAUSTED,
        model_name=made.model_name if made else choice.model.name,
        slot=made.slot if made else choice.slot,
        lane=made.lane if made else choice.lane,
        cost_usd=last.cost_usd if last else None,
        cost_basis=last.cost_basis if last else CostBasis.NONE,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        placeholder=(picture.provider if picture else choice.model.provider) == "emulator",
        note=request.note,
        takes=take_cards.of(run, request.prompt_id),
        tidied=is_away,
    )
