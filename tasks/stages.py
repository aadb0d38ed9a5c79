"""The stages that only read and write files, and the frame around collecting: read -> pure -> write."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tasks import channel_index, faultpoint, files, gallery, previews, retake, review_file, take_cards, usage
from tasks.collect import Loop
from tasks.gallery import Card, Page
from tasks.places import RunPlace
from tasks.request import Request, line
from tasks.restore import restore
from tasks.results import Line, latest
from tasks.run import RunWork
from tasks.session import Session
from tasks.settle import settle, tidy
from tasks.submit import give_up_lost


def write_requests(session: Session, runs: Sequence[RunPlace]) -> None:
    """batch_request.jsonl of every run: what is missing and may be sent. One mistake anywhere, and none is written.

    That of a finished run stays as it is: by now it may be another command's.
    """
    opened = session.open(runs)
    works = session.own([each.place for each in opened if session.holds(each) or not each.place.request.is_file()])
    for work in works:
        for submission in work.manifest.sending():
            settle(work, submission, session.now())
        tidy(work)
    if "lost" in session.settings.retry:
        give_up_lost(session, works)
    left = session.settings.limit
    for work in works:
        missing = [request for request in work.worklist.send if session.asked(request.prompt_id)][:left]
        left = None if left is None else left - len(missing)
        files.write_if_new(work.place.request, b"".join(line(request) for request in missing))


def collect(session: Session, runs: Sequence[RunPlace]) -> None:
    """Pictures that are paid for come back from the store; then everything that jobs still owe is fetched.

    What came under an id that the prompt has no more is in the store by then, and comes back under the new one.
    """
    works = [work for work in session.open(runs) if session.holds(work)]
    for work in works:
        restore(session, work)
    Loop(session, works).run()
    for work in works:
        restore(session, work)
        work.add([])
        work.mark_complete()


def write_usage(session: Session, runs: Sequence[RunPlace]) -> None:
    """usage.csv of every run."""
    faultpoint.reached("before-usage")
    for work in session.own(runs):
        files.write_if_new(work.place.usage, usage.encode(work.place.name, work.place.task, work.history))


def write_galleries(session: Session, runs: Sequence[RunPlace]) -> None:
    """gallery.html and the previews of every run, the page over all runs of each channel, then which takes were shown.

    The last comes last: as long as it is not said, the same retake goes on with its order and buys no further picture.
    """
    for work in session.own(runs):
        files.write_if_new(work.place.gallery, gallery.render(looked_at(work, page(work))))
    for channel in sorted({place.channel for place in runs if place.index}):
        channel_index.write(session.places, channel)
    for work in session.own(runs):
        retake.mark_shown(work, session.now())


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
