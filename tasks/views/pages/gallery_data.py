"""The contact sheet of one run, read from its files."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ...catalog.pricing import CostBasis
from ...files import regular
from ...pictures.likeness import Likeness, near, odd
from ...project.settings import Retry
from ...providers.answer import Status
from ...requests.request import Request
from ...runs.asked_again import held_as
from ...runs.results import Result, latest
from ...runs.run import Run
from ...text import clock
from . import previews, review_file, take_cards
from .gallery import Card, Page

Previewed = Callable[[Path, Mapping[Path, str]], dict[Path, Path]]
Lettered = Callable[[Mapping[str, tuple[Path, str]]], Mapping[str, Path]]


def looked_at(run: Run, sheet: Page, lettered: Lettered | None = None) -> Page:
    """The contact sheet with what lies beside it: previews, made where they are missing, a person's verdicts, and which
    pictures are alike or unlike the others.

    lettered: is given each picture with its sha256, by prompt id, and says which have a copy with texts.
    """
    pictures = _pictures(run, sheet)
    copies = lettered(pictures) if lettered else {}
    seen = {name: copies.get(name, path) for name, (path, _) in pictures.items()}
    marks = {copy: hashlib.sha256(regular.read(copy)).hexdigest() for copy in copies.values()}
    small = previews.refresh(run.paths.images, dict(pictures.values()) | marks)
    looks = previews.likenesses(run.paths.images, {path: small[path] for path in seen.values() if path in small})
    return _with_likeness(
        _dressed(run, sheet, pictures, copies, small),
        {name: looks[path] for name, path in seen.items() if path in looks},
    )


def glanced_at(run: Run, sheet: Page) -> Page:
    """The same of a page that waits for nothing: previews that are there already, and the verdicts."""
    pictures = _pictures(run, sheet)
    return _dressed(run, sheet, pictures, {}, previews.there(run.paths.images, dict(pictures.values())))


def _pictures(run: Run, sheet: Page) -> dict[str, tuple[Path, str]]:
    """By prompt id each picture that lies there, with the sha256 of its bytes."""
    hashes = ((card, _sha256(run, card)) for card in sheet.cards if card.image)
    return {card.prompt_id: (run.paths.at(str(card.image)), sha256) for card, sha256 in hashes if sha256}


def _dressed(
    run: Run,
    sheet: Page,
    pictures: Mapping[str, tuple[Path, str]],
    copies: Mapping[str, Path],
    small: Mapping[Path, Path],
) -> Page:
    """The sheet with previews, copies with texts, and verdicts on the very pictures that lie there."""
    paths, verdicts, cards = run.paths, review_file.read(run.paths.folder), []
    for card in sheet.cards:
        path, sha256 = pictures.get(card.prompt_id, (None, ""))
        copy, verdict = copies.get(card.prompt_id), verdicts.get(card.prompt_id)
        preview = small.get(copy or path) if path else None
        said = verdict if verdict and sha256 and verdict.about(sha256) else None
        cards.append(
            replace(
                card,
                preview=Path(os.path.relpath(preview, paths.folder)).as_posix() if preview else None,
                lettered=paths.relative(copy) if copy else "",
                sha256=sha256,
                verdict=said.verdict if said else "",
                verdict_note=said.note if said else "",
            )
        )
    return replace(sheet, cards=tuple(cards))


def _with_likeness(sheet: Page, looks: Mapping[str, Likeness]) -> Page:
    alike, oddities = near(looks), odd(looks)
    cards = (
        replace(card, alike=tuple(alike.get(card.prompt_id, ())), oddity=oddities.get(card.prompt_id))
        for card in sheet.cards
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
    last, bought = latest(run.history), _bought(run)
    names = (request.prompt_id for request in run.wanted)
    cards = (
        _card(run, request, last.get(name) or run.lines.latest(request), run.lines.shown.get(name), bought)
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
    )


def _bought(run: Run) -> dict[str, Result]:
    """By digest, the line that says what a picture cost when this run bought it."""
    return {line.digest: line for line in run.history if line.is_picture and line.cost_basis is not CostBasis.REUSED}


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


def _card(
    run: Run, request: Request, last: Result | None, picture: Result | None, bought: Mapping[str, Result]
) -> Card:
    """The latest word on a prompt; the picture that lies in images/ is shown also when a newer request failed.

    A picture has the price that it had, also where it came back from the store.
    """
    paid = bought.get(picture.digest, picture) if picture else last
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
        cost_usd=paid.cost_usd if paid else None,
        cost_basis=paid.cost_basis if paid else CostBasis.NONE,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        placeholder=(picture.provider if picture else choice.model.provider) == "emulator",
        note=request.note,
        takes=take_cards.of(run, request.prompt_id),
        back=run.paths.plain_command if is_away else "",
    )
