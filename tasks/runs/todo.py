"""What a run still needs: pure. Decides once for every wanted picture whether it is there, comes or is bought."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ..project.settings import Retry
from ..requests.request import Request
from .asked_again import held_as
from .changes import Change, Changes, is_much
from .results import Result, shown


@dataclass
class Todo:
    """Every wanted request in exactly one list.

    changed: a finished picture lies there, and the channel asks for another one by now. rewritten: so do their rows,
    too many at once. Both are bought by RETRY=changed only. pointers: Git LFS pointers lie in place of pictures.
    """

    present: list[Request] = field(default_factory=list)
    waiting: list[Request] = field(default_factory=list)
    restore: list[Request] = field(default_factory=list)
    changed: list[Request] = field(default_factory=list)
    rewritten: list[Request] = field(default_factory=list)
    pointers: list[Request] = field(default_factory=list)
    held: list[tuple[Request, Result]] = field(default_factory=list)
    send: list[Request] = field(default_factory=list)

    @property
    def kept(self) -> list[Request]:
        """Those whose finished picture stays until a person says RETRY=changed."""
        return [*self.changed, *self.rewritten]

    @property
    def there(self) -> list[Request]:
        """Those for which a finished picture lies there."""
        return [*self.present, *self.kept]


@dataclass(frozen=True)
class Known:
    """What the files of a run say. `has_picture` is asked with the line whose picture should lie in images/.

    is_yours: whether a person put a picture of their own in place of one that did not come, or was never asked for.
    is_finished: whether the picture that another program finished lies there. is_pointer: whether a Git LFS pointer
    lies there. is_tidied: whether a picture was removed because the store has it. lost_elsewhere: the answer that
    another place paid for and could not have or read, if it is younger than
    ours.
    """

    history: Sequence[Result]
    is_coming: Callable[[Request], bool]
    has_picture: Callable[[Result], bool]
    in_store: Callable[[str], bool]
    is_coming_elsewhere: Callable[[Request], bool] = lambda _: False
    is_yours: Callable[[Request], bool] = lambda _: False
    is_finished: Callable[[Request], bool] = lambda _: False
    lost_elsewhere: Callable[[Request], Result | None] = lambda _: None
    is_pointer: Callable[[Request], bool] = lambda _: False
    is_tidied: Callable[[Result], bool] = lambda _: False


def classify(
    wanted: Sequence[Request], known: Known, max_attempts: Callable[[Request], int], retry: Collection[Retry] = ()
) -> Todo:
    """What the run still needs. max_attempts: of a request, on its lane. Files are asked, nothing is changed."""
    todo, pictures = Todo(), shown(known.history)
    changes, rows = Changes(wanted, pictures, known.history), list[Request]()
    last = {name: result for result in known.history for name in (result.key, result.digest)}
    for request in wanted:
        # By digest first: the same request may have failed under another prompt id.
        picture, failed = pictures.get(request.prompt_id), known.lost_elsewhere(request) or latest_of(last, request)
        is_finished = picture is not None and known.has_picture(picture)
        is_wanted = picture is not None and _is_wanted(picture, request, known)
        change = changes.of(request) if is_finished and not is_wanted else None
        if is_finished and (is_wanted or (picture and picture.is_yours and change is Change.CHANNEL)):
            todo.present.append(request)
        elif known.is_coming(request):
            todo.waiting.append(request)
        elif known.is_yours(request) or known.is_finished(request):
            todo.present.append(request)
        elif any(map(known.in_store, request.digests)):
            todo.restore.append(request)
        elif is_finished and picture and _is_of(picture, request):
            todo.present.append(request)  # the store has lost it: what lies there, in another format, is the picture
        elif known.is_coming_elsewhere(request):
            todo.waiting.append(request)
        elif known.is_pointer(request):
            todo.pointers.append(request)
        elif change and Retry.CHANGED not in retry:
            (todo.changed if change is Change.CHANNEL else rows).append(request)
        elif failed is not None and held_as(failed, max_attempts(request)) not in (None, *retry):
            todo.held.append((request, failed))
        else:
            todo.send.append(request)
    if is_much(len(rows), len(rows) + len(todo.there)):
        todo.rewritten = rows
    elif rows:
        keys = {request.key for request in (*todo.send, *rows)}
        todo.send = [request for request in wanted if request.key in keys]
    return todo


def with_takes(
    todo: Todo,
    beside: Sequence[Request],
    known: Known,
    max_attempts: Callable[[Request], int],
    retry: Collection[Retry],
) -> Todo:
    """`todo` with further takes of its prompts, which lie beside the wanted ones: what of them comes or is bought."""
    last = {name: result for result in known.history for name in (result.key, result.digest)}
    for request in beside:
        failed = known.lost_elsewhere(request) or latest_of(last, request)
        if known.is_coming(request):
            todo.waiting.append(request)
        elif any(map(known.in_store, request.digests)):
            continue
        elif known.is_coming_elsewhere(request):
            todo.waiting.append(request)
        elif failed is not None and held_as(failed, max_attempts(request)) not in (None, *retry):
            todo.held.append((request, failed))
        else:
            todo.send.append(request)
    return todo


def _is_wanted(picture: Result, request: Request, known: Known) -> bool:
    """Whether it is what is asked for; of one that is in the store only, nobody looks at size and format."""
    return _same(picture, request) or (picture.digest in request.digests and known.is_tidied(picture))


def _same(picture: Result, request: Request) -> bool:
    output, name = request.choice.output, PurePosixPath(picture.image or "")
    is_form = picture.is_yours or name.suffix == f".{output.format}"
    return is_form and _is_of(picture, request) and picture.output_max_bytes == output.max_bytes


def _is_of(picture: Result, request: Request) -> bool:
    """Whether it is the request's picture, of the right size, in whatever format."""
    return picture.digest in request.digests and picture.output_size == request.choice.output.size_text


def latest_of(last: Mapping[str, Result], request: Request) -> Result | None:
    """The last line of a request, of lines by key and digest; by whatever it was known when it was sent."""
    return next((line for name in (*request.digests, *request.keys) if (line := last.get(name))), None)
