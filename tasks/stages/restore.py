"""Pictures that are paid for come back from the store; nothing is sent for them."""

import hashlib
from collections.abc import Set

from ..files import atomic
from ..pictures import picture, png
from ..pictures.store import Record, StorePictureDamaged, damaged, stand_in
from ..prompts.request import Request
from ..runs.result_line import unbilled
from ..runs.results import Line
from ..runs.run import RunWork
from ..runs.todo import output_size
from ..session.session import Session
from ..text.wording import counted

_SHARED = ("model_key", "model_name", "provider", "lane", "slot", "submitted_at", "finished_at")
"""What a line from the store has in common with the line of the picture when it was bought."""
_OURS = ("attempt", "submission", "job")


def restore(session: Session, work: RunWork, only: Set[str] | None = None) -> None:
    """Put every wanted picture that the store holds into images/, and say in results.jsonl where it came from.

    only: digests of those that came just now, for a command that changes nothing else: SLOT= may have chosen the rest.
    What the store cannot give is noted for the person; the other pictures, and the other runs, go on.
    """
    lines, back = [], 0
    for request in _due(session, work):
        if session.alone and not session.asked(request.prompt_id):
            continue
        if only is not None and not only & {request.digest, stand_in(request.digest)}:
            continue
        try:
            lines += _restored(work, request)
            back += 1
        except StorePictureDamaged as damage:
            session.trouble(work.place.name, f"prompt {request.prompt_id}: {damage.what}", damage.do)
    if back:
        work.add(lines)
        session.say(f"{work.place.name}: {counted(back, 'picture')} paid for already came from the store, $0")


def _due(session: Session, work: RunWork) -> list[Request]:
    """What is to come back; nothing, with the reason noted, while a record of the store cannot be read."""
    try:
        return work.worklist.restore
    except StorePictureDamaged as damage:
        session.trouble(work.place.name, damage.what, damage.do)
        return []


def _restored(work: RunWork, request: Request) -> list[Line]:
    """Write one picture; its new line, or none when the file only was missing."""
    record = work.stored(request)
    assert record
    data = _png(work, request, record)
    work.set_aside(request)
    path = work.place.image(request.prompt_id)
    atomic.write(path, data)
    width, height = png.size(data)
    about = {
        "image": work.place.image_name(request.prompt_id),
        "image_bytes": len(data),
        "image_sha256": hashlib.sha256(data).hexdigest(),
        "source_sha256": record.sha256,
        "width": width,
        "height": height,
        "output_size": output_size(request),
    }
    before = work.shown.get(request.prompt_id)
    if before and before["digest"] == request.digest and all(before[name] == value for name, value in about.items()):
        return []
    return [_line(work, request, record, about)]


def _png(work: RunWork, request: Request, record: Record) -> bytes:
    """The stored picture in its wanted form. What is PNG already was not decoded before, unless for another size."""
    data = work.store.read(record)
    try:
        return picture.to_png(data, request.choice.output_size)
    except picture.BrokenPicture as error:
        raise damaged(record, f"was stored as it came and cannot be decoded ({error})") from None


def _line(work: RunWork, request: Request, record: Record, about: Line) -> Line:
    """A line that costs nothing, or, when this run's own line was lost, that line again with what the picture cost."""
    stored = dict(record.facts)
    line: Line = {name: stored[name] for name in _SHARED}
    line |= {name: getattr(request, name) for name in ("key", "prompt_id", "digest", "prompt_sha256")}
    line |= {"status": "ok", "failure": None, "reason": "", "note": "from the store"} | about
    lost = stored["run"] == work.place.name and request.key not in work.last
    if lost and stored["key"] == request.key:
        return line | {name: stored[name] for name in (*_OURS, "tokens", "cost_usd", "cost_basis")}
    return line | dict(zip(_OURS, (0, None, None), strict=True)) | unbilled("reused")
