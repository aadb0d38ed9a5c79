"""The pictures of another program's job: brought home for the prompts that it was made for, paid for by that program.

The provider's bytes are kept as they came under `_gemini_batch/received/`; images/ gets them in the wanted size.
"""

from collections.abc import Iterator

from ...files import atomic
from ...pictures import lines, picture
from ...providers.answer import Answer, Unreadable
from ...providers.failures import BrokeOff, Refused, Unavailable
from ...providers.job_status import JobStatus
from ...providers.picture_kind import kind_of
from ...providers.port import BatchProvider, OpenedLine
from ...runs.run import Run
from ...runs.their_job import TheirJob
from ...text.sentences import t
from .result_files import pieces


def bring(client: BatchProvider, status: JobStatus, run: Run, theirs: TheirJob) -> dict[str, str]:
    """Put every picture that came, and of which there is none here, into images/.

    By prompt id, why others did not come. Raises Refused, Unavailable or BrokeOff when the results cannot be had now.
    """
    missing, failed = set(run.theirs_missing), dict[str, str]()
    for name, opened in _answers(client, status, theirs):
        prompt_id = theirs.requests.get(name)
        if prompt_id not in missing or prompt_id is None:
            continue
        answer = opened.answer()
        why = _keep(run, prompt_id, answer)
        if why:
            failed[prompt_id] = why
        else:
            failed.pop(prompt_id, None)
            missing.discard(prompt_id)
    return {each: failed.get(each, t("no answer")) for each in sorted(missing)}


def _answers(client: BatchProvider, status: JobStatus, theirs: TheirJob) -> Iterator[tuple[str, OpenedLine]]:
    """(id of the request, its answer). Answers within the job itself have no id: there the order tells."""
    order = [] if status.outputs else list(theirs.requests)
    for number, (_, line) in enumerate(lines.split(pieces(client, status.outputs, status.inline))):
        try:
            opened = client.open_line(line)
        except Unreadable:
            continue
        yield opened.key or (order[number] if number < len(order) else ""), opened


def _keep(run: Run, prompt_id: str, answer: Answer) -> str:
    """Make one picture durable; "" or why there is none."""
    if answer.picture is None:
        return answer.reason
    request = next((each for each in run.wanted if each.prompt_id == prompt_id), None)
    kind = kind_of(answer.picture)
    ending = kind.name.lower() if kind else "bin"
    received = run.paths.manifest.parent / "received" / f"{prompt_id}.{ending}"
    atomic.write_if_new(received, answer.picture)
    if request is None:
        return t("nobody wants it here any more")
    try:
        data = picture.read(answer.picture).finished(request.choice.output).data
    except picture.BrokenPicture as error:
        return t("{error}; kept as {file}", error=error, file=run.paths.relative(received))
    run.images.set_aside(request)
    atomic.write(run.images.place(request), data)
    return ""


CANNOT = (Refused, Unavailable, BrokeOff)
"""What `bring` raises while the results cannot be had."""
