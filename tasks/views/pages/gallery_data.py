"""The contact sheet of one run, read from its files."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from ...catalog.pricing import CostBasis
from ...files import regular
from ...prompts.request import Request
from ...runs.results import Result, latest
from ...runs.run import Run
from . import previews, review_file, take_cards
from .gallery import Card, Page


def looked_at(run: Run, sheet: Page) -> Page:
    """The contact sheet with what lies beside it: previews, made where they are missing, and a person's verdicts."""
    paths = run.paths
    hashes = {card.image: sha256 for card in sheet.cards if card.image and (sha256 := _sha256(run, card))}
    small = previews.refresh(paths.images, {paths.at(image): sha256 for image, sha256 in hashes.items()})
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
    result = run.shown[card.prompt_id]
    path = run.paths.folder / result.picture
    try:
        if path.stat().st_size == result.image_bytes:
            return str(result.image_sha256)
        return hashlib.sha256(regular.read(path)).hexdigest()
    except OSError:
        return ""


def page(run: Run) -> Page:
    """The contact sheet of a run: one card per wanted picture, in the order of its prompts."""
    last = latest(run.history)
    names = (request.prompt_id for request in run.wanted)
    cards = (
        _card(run, request, last.get(name) or run.last.get(request.digest), run.shown.get(name))
        for request, name in zip(run.wanted, names, strict=True)
    )
    preset = run.catalog.preset(run.paths.channel)
    newest = max((line.finished_at or "" for line in run.history), default="")
    return Page(
        title=preset.name or run.paths.channel,
        channel=run.paths.channel,
        run=run.paths.name,
        cards=tuple(cards),
        made_on=newest.replace("T", " ").replace("Z", " UTC"),
        spent_usd=sum(line.cost_usd for line in run.history),
        retake=run.paths.retake,
        index=run.paths.index,
    )


def _card(run: Run, request: Request, last: Result | None, picture: Result | None) -> Card:
    """The latest word on a prompt; the picture that lies in images/ is shown also when a newer request failed."""
    told, choice = None if run.is_coming(request) else last, request.choice
    return Card(
        prompt_id=request.prompt_id,
        prompt=request.prompt,
        image=picture.image if picture else None,
        status=told.status if told else None,
        reason=told.reason if told else "",
        failure=told.failure if told else None,
        model_name=picture.model_name if picture else choice.model.name,
        slot=picture.slot if picture else choice.slot,
        lane=picture.lane if picture else choice.lane,
        cost_usd=last.cost_usd if last else None,
        cost_basis=last.cost_basis if last else CostBasis.NONE,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        placeholder=(picture.provider if picture else choice.model.provider) == "emulator",
        note=request.note,
        takes=take_cards.of(run, request.prompt_id),
    )
