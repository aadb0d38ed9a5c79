"""Pictures that are paid for come back from the store; nothing is sent for them."""

import hashlib
from collections.abc import Collection, Set

from ..files import atomic
from ..pictures import picture, png
from ..pictures.store import Record, StorePictureDamaged, damaged, stand_in
from ..prompts.request import Request
from ..runs.result_line import unbilled
from ..runs.results import Result
from ..runs.run import Run
from ..runs.todo import output_size
from ..session.session import Session
from ..text.wording import counted

_SHARED = ("model_key", "model_name", "provider", "lane", "slot", "submitted_at", "finished_at")
"""What a line from the store has in common with the line of the picture when it was bought."""
_OURS = ("attempt", "submission", "job")


def restore(session: Session, run: Run, ids: Collection[str] | None, came: Set[str] | None = None) -> None:
    """Put every wanted picture that the store holds into images/, and say in results.jsonl where it came from.

    ids: the prompts it is about; None: all. came: digests of those that came just now, for a command that changes
    nothing else: SLOT= may have chosen the rest.
    What the store cannot give is noted for the person; the other pictures, and the other runs, go on.
    """
    lines, back = [], 0
    for request in _due(session, run):
        if ids is not None and request.prompt_id not in ids:
            continue
        if came is not None and not came & {request.digest, stand_in(request.digest)}:
            continue
        try:
            lines += _restored(run, request)
            back += 1
        except StorePictureDamaged as damage:
            session.trouble(run.paths.name, f"prompt {request.prompt_id}: {damage.what}", damage.do)
    if back:
        run.add(lines)
        session.say(f"{run.paths.name}: {counted(back, 'picture')} paid for already came from the store, $0")


def _due(session: Session, run: Run) -> list[Request]:
    """What is to come back; nothing, with the reason noted, while a record of the store cannot be read."""
    try:
        return run.worklist.restore
    except StorePictureDamaged as damage:
        session.trouble(run.paths.name, damage.what, damage.do)
        return []


def _restored(run: Run, request: Request) -> list[Result]:
    """Write one picture; its new line, or none when the file only was missing."""
    record = run.stored(request)
    assert record
    data = _png(run, request, record)
    run.set_aside(request)
    path = run.paths.image(request.prompt_id)
    atomic.write(path, data)
    width, height = png.size(data)
    about = {
        "image": run.paths.image_name(request.prompt_id),
        "image_bytes": len(data),
        "image_sha256": hashlib.sha256(data).hexdigest(),
        "source_sha256": record.sha256,
        "width": width,
        "height": height,
        "output_size": output_size(request),
    }
    before = run.shown.get(request.prompt_id)
    if before and before["digest"] == request.digest and all(before[name] == value for name, value in about.items()):
        return []
    return [_line(run, request, record, about)]


def _png(run: Run, request: Request, record: Record) -> bytes:
    """The stored picture in its wanted form. What is PNG already was not decoded before, unless for another size."""
    data = run.store.read(record)
    try:
        return picture.to_png(data, request.choice.output_size)
    except picture.BrokenPicture as error:
        raise damaged(record, f"was stored as it came and cannot be decoded ({error})") from None


def _line(run: Run, request: Request, record: Record, about: Result) -> Result:
    """A line that costs nothing, or, when this run's own line was lost, that line again with what the picture cost."""
    stored = dict(record.facts)
    line: Result = {name: stored[name] for name in _SHARED}
    line |= {name: getattr(request, name) for name in ("key", "prompt_id", "digest", "prompt_sha256")}
    line |= {"status": "ok", "failure": None, "reason": "", "note": "from the store"} | about
    lost = stored["run"] == run.paths.name and request.key not in run.last
    if lost and stored["key"] == request.key:
        return line | {name: stored[name] for name in (*_OURS, "tokens", "cost_usd", "cost_basis")}
    return line | dict(zip(_OURS, (0, None, None), strict=True)) | unbilled("reused")
