"""The contact sheet of one run, read from its files."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from ...prompts.request import Request
from ...runs.results import Line, latest
from ...runs.run import RunWork
from . import previews, review_file, take_cards
from .gallery import Card, Page


def looked_at(work: RunWork, sheet: Page) -> Page:
    """The contact sheet with what lies beside it: previews, made where they are missing, and a person's verdicts."""
    place = work.place
    hashes = {card.image: sha256 for card in sheet.cards if card.image and (sha256 := _sha256(work, card))}
    small = previews.refresh(place.images, {place.at(image): sha256 for image, sha256 in hashes.items()})
    verdicts = review_file.read(place.folder)
    cards = []
    for card in sheet.cards:
        sha256, preview = hashes.get(card.image or "", ""), small.get(place.at(card.image or ""))
        verdict = verdicts.get(card.prompt_id)
        said = verdict if verdict and sha256 and verdict.about(sha256) else None
        cards.append(
            replace(
                card,
                preview=Path(os.path.relpath(preview, place.folder)).as_posix() if preview else None,
                sha256=sha256,
                verdict=said.verdict if said else "",
                verdict_note=said.note if said else "",
            )
        )
    return replace(sheet, cards=tuple(cards))


def _sha256(work: RunWork, card: Card) -> str:
    """Of the picture that lies there: as recorded, or, where a person put another one in its place, of that."""
    line = work.shown[card.prompt_id]
    path = work.place.folder / line["image"]
    try:
        if path.stat().st_size == line["image_bytes"]:
            return str(line["image_sha256"])
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def page(work: RunWork) -> Page:
    """The contact sheet of a run: one card per wanted picture, in the order of its prompts."""
    last = latest(work.history)
    names = (request.prompt_id for request in work.wanted)
    cards = (
        _card(work, request, last.get(name) or work.last.get(request.digest), work.shown.get(name))
        for request, name in zip(work.wanted, names, strict=True)
    )
    preset = work.catalog.preset(work.place.channel)
    newest = max((line["finished_at"] or "" for line in work.history), default="")
    return Page(
        title=preset.name or work.place.channel,
        channel=work.place.channel,
        run=work.place.name,
        cards=tuple(cards),
        made_on=newest.replace("T", " ").replace("Z", " UTC"),
        spent_usd=sum(line["cost_usd"] for line in work.history),
        retake=work.place.retake,
        index=work.place.index,
    )


def _card(work: RunWork, request: Request, last: Line | None, picture: Line | None) -> Card:
    """The latest word on a prompt; the picture that lies in images/ is shown also when a newer request failed."""
    waiting = last is None or work.is_coming(request)
    about = picture or {}
    return Card(
        prompt_id=request.prompt_id,
        prompt=request.prompt,
        image=about.get("image"),
        status="waiting" if waiting or last is None else last["status"],
        reason="" if waiting or last is None else last["reason"],
        failure=None if waiting or last is None else last["failure"],
        model_name=about.get("model_name") or request.choice.model.name,
        slot=about.get("slot", request.choice.slot),
        lane=about.get("lane") or request.choice.lane,
        cost_usd=last["cost_usd"] if last else None,
        cost_basis=last["cost_basis"] if last else "none",
        width=about.get("width"),
        height=about.get("height"),
        placeholder=(about.get("provider") or request.choice.model.provider) == "emulator",
        note=request.note,
        takes=take_cards.of(work, request.prompt_id),
    )
