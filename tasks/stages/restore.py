"""Pictures that are paid for come back from the store; nothing is sent for them."""

import hashlib
from collections.abc import Collection, Set
from dataclasses import replace

from ..catalog.pricing import CostBasis
from ..files import atomic, faultpoint
from ..pictures import preview
from ..pictures.picture import BrokenPicture, Finished, WholePicture, read
from ..pictures.store import Record, StorePictureDamaged, damaged, stand_in
from ..providers.answer import Status
from ..requests.request import Request
from ..runs.manifest import asked
from ..runs.results import Result, unanswered
from ..runs.run import Run
from ..session.session import Session
from ..text.sentences import t


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
        if came is not None and came.isdisjoint(each for its in request.digests for each in (its, stand_in(its))):
            continue
        try:
            lines += _restored(run, request)
            back += 1
        except StorePictureDamaged as damage:
            session.log.trouble(
                run.paths.name,
                "prompt {prompt_id}: {damage_what}",
                "{do}",
                prompt_id=request.prompt_id,
                damage_what=damage.what,
                do=damage.do,
            )
    _lay_out(session, run, ids)
    if back:
        run.add(lines)
        session.log.say("{run}: {back:picture} paid for already came from the store, $0", run=run.paths.name, back=back)
    faultpoint.reached("former-before")
    if kept := run.images.clear_former():
        session.log.say(
            "{run}: {kept:picture} that somebody had changed made room for the other format; look into {folder}",
            run=run.paths.name,
            kept=kept,
            folder=run.paths.images / "_kept",
        )


def _lay_out(session: Session, run: Run, ids: Collection[str] | None) -> None:
    """Every further take that came, into images/_takes/, where the page shows it beside the wanted one."""
    for request in run.beside:
        name, number = request.prompt_id, run.numbers[request.digest]
        if (ids is not None and name not in ids) or run.images.take_file(name, number).is_file():
            continue
        file = run.images.take_file(name, number, run.images.place(request).suffix)
        try:
            if record := run.images.stored(request):
                atomic.write(file, _finished(run, request, record)[1].data)
        except StorePictureDamaged as damage:
            session.log.trouble(run.paths.name, damage.what, damage.do)


def _due(session: Session, run: Run) -> list[Request]:
    """What is to come back; nothing, with the reason noted, while a record of the store cannot be read."""
    try:
        return run.worklist.restore
    except StorePictureDamaged as damage:
        session.log.trouble(run.paths.name, damage.what, damage.do)
        return []


def _restored(run: Run, request: Request) -> list[Result]:
    """Write one picture; its new line, or none when the file only was missing."""
    record = run.images.stored(request)
    assert record
    whole, file = _finished(run, request, record)
    run.images.set_aside(request)
    image = run.images.place(request)
    atomic.write(image, file.data)
    small = preview.path_of(run.paths.images, image, hashlib.sha256(file.data).hexdigest())
    preview.keep_if_new(small, whole, file.image)
    before, now = run.lines.shown.get(request.prompt_id), _result(run, request, record, file)
    same = before and before.digest in request.digests and _picture_of(before) == _picture_of(now)
    return [] if same else [now]


def _picture_of(result: Result) -> tuple[object, ...]:
    """What must be the same for a line to say nothing new of the picture that lies there."""
    file = (result.image, result.image_bytes, result.image_sha256, result.source_sha256)
    return (*file, result.width, result.height, result.output_size, result.output_max_bytes)


def _finished(run: Run, request: Request, record: Record) -> tuple[WholePicture, Finished]:
    """The stored picture, and it in its wanted form."""
    data = run.store.read(record)
    try:
        whole = read(data, for_pixels=True)  # its preview is seldom there
        return whole, whole.finished(request.choice.output)
    except BrokenPicture as error:
        raise damaged(record, t("was stored as it came and cannot be decoded ({error})", error=error)) from None


def _result(run: Run, request: Request, record: Record, file: Finished) -> Result:
    """A line that costs nothing, or, when this run's own line was lost, that line again with what the picture cost."""
    bought = record.purchase
    if bought is None:
        raise damaged(record, t("has a record of which something is missing"))
    result = replace(
        unanswered(replace(bought.origin, **asked(request))),
        status=Status.OK,
        failure=None,
        note="from the store",
        image=run.paths.relative(run.images.place(request)),
        image_bytes=len(file.data),
        image_sha256=hashlib.sha256(file.data).hexdigest(),
        source_sha256=record.sha256,
        width=file.size[0],
        height=file.size[1],
        output_size=request.choice.output.size_text,
        output_max_bytes=request.choice.max_bytes,
    )
    its = bought.origin
    is_ours = bought.run == run.paths.name and not bought.is_from_elsewhere
    if is_ours and its.key in request.keys and not run.lines.sent(request):
        result = replace(result, key=its.key, digest=its.digest if its.digest in request.digests else request.digest)
        return replace(result, tokens=bought.tokens, cost_usd=bought.cost.usd, cost_basis=bought.cost.basis)
    return replace(result, attempt=0, submission=None, job=None, cost_basis=CostBasis.REUSED)
