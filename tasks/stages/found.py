"""Pictures that lay in images/ before any was sent for: they go on record as what they are, and cost nothing."""

from ..pictures.picture import Facts
from ..providers.picture_kind import JPEG, PNG
from ..requests.request import Request
from ..runs import found_pictures
from ..runs.results import Result
from ..runs.run import Run
from ..session.session import Session
from ..text import clock
from ..text.wording import few


def record_found(session: Session, run: Run) -> None:
    """A line in results.jsonl for each of them, so that every command and page knows it, and say how many there are."""
    images = run.images.at_once()
    found = [(each, facts) for each in run.wanted if not run.is_coming(each) and (facts := images.found(each))]
    if not found:
        return
    run.add([_line(run, *each) for each in found])
    session.log.say(
        "{run}: {count:picture} lay there already ({names}): nothing is sent for it"
        if len(found) == 1
        else "{run}: {count:picture} lay there already ({names}): nothing is sent for them",
        run=run.paths.name,
        count=len(found),
        names=few([each.prompt_id for each, _ in found]),
    )
    for request, facts in found:
        path = run.images.lying(request)
        named = PNG if path.suffix == ".png" else JPEG
        if facts.kind is not named:
            session.log.say(
                "warning: {path} is a {kind} under the name of a {named}; it counts as it is",
                path=path,
                kind=facts.format,
                named=named.name,
            )


def _line(run: Run, request: Request, facts: Facts) -> Result:
    path = run.images.lying(request)
    size = request.choice.output.size_text
    return found_pictures.result_of(request, path, run.paths.relative(path), facts, size, clock.now())
