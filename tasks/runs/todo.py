"""What a run still needs: pure. Decides once for every wanted picture whether it is there, comes or is bought."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from ..prompts.request import Request
from .results import Result, shown


@dataclass
class Todo:
    """Every wanted request in exactly one list."""

    present: list[Request] = field(default_factory=list)
    waiting: list[Request] = field(default_factory=list)
    restore: list[Request] = field(default_factory=list)
    held: list[tuple[Request, Result]] = field(default_factory=list)
    send: list[Request] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What the files of a run say. `has_picture` is asked with the line whose picture should lie in images/."""

    history: Sequence[Result]
    is_coming: Callable[[Request], bool]
    has_picture: Callable[[Result], bool]
    in_store: Callable[[str], bool]


def classify(
    wanted: Sequence[Request], known: Known, max_attempts: Callable[[Request], int], retry: Collection[str] = ()
) -> Todo:
    """The work list of a run. max_attempts: of a request, on its lane. Files are asked, nothing is changed."""
    run, lines = Todo(), shown(known.history)
    last = {line[name]: line for line in known.history for name in ("key", "digest")}
    for request in wanted:
        # By digest first: the same request may have failed under another prompt id.
        line, failed = lines.get(request.prompt_id), last.get(request.digest) or last.get(request.key)
        if line is not None and _same(line, request) and known.has_picture(line):
            run.present.append(request)
        elif known.is_coming(request):
            run.waiting.append(request)
        elif known.in_store(request.digest):
            run.restore.append(request)
        elif failed is not None and held_as(failed, max_attempts(request)) not in (None, *retry):
            run.held.append((request, failed))
        else:
            run.send.append(request)
    return run


def held_as(line: Result, max_attempts: int) -> str | None:
    """Why a failed request is not sent again by itself: refused, permanent, exhausted; None when it is."""
    if line["status"] == "ok":
        return None
    if line["failure"] == "retryable":
        return "exhausted" if line["attempt"] >= max_attempts else None
    return str(line["failure"])


def _same(line: Result, request: Request) -> bool:
    return bool(line["digest"] == request.digest and line["output_size"] == output_size(request))


def output_size(request: Request) -> str | None:
    """The size pictures of this request are cropped to, as written in results.jsonl: "1920x1080"."""
    size = request.choice.output_size
    return f"{size[0]}x{size[1]}" if size else None
