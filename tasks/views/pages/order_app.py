"""Routes of `doit review` for a page that acts: prompts are changed, pictures ordered, takes put back, files taken.

GET  <place>/prompt.json?id=0003   a prompt as it may be changed
POST <place>/revisions.json        {"id", "prompt", "slot", "references"}: kept at once, nothing is bought
POST <place>/quote.json            {"ids", "takes"}: what it would cost
POST <place>/orders.json           {"id", "ids", "takes", "about_usd"}: the one click that spends
POST <place>/orders.json           {"id", "do": "go on" | "leave"}: about an order that was clicked before
GET  <place>/orders.json           how far orders are
POST <place>/picks.json            {"id", "take"}: that one is the picture from now on
POST <place>/pictures.zip          {"ids"}: an address from which the ZIP can be loaded, for a while
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ...project.all_paths import paths_of
from ...project.names import PROMPT_ID
from ...project.paths import Paths
from ...project.run_paths import RunPaths
from ...project.settings import MOST_TAKES
from ...text.errors import DiskRefuses, Stop
from ...text.sentences import t
from .export import zipped
from .posted_json import posted_object

MOST_BYTES = 262_144
"""Of one post: two thousand ids, or the longest prompt that any model takes, many times over."""
MOST_TICKETS = 32
_ORDER = re.compile(r"[a-z0-9]{8,32}")


class Bench(Protocol):
    """What is behind the routes; each may raise Stop or OSError. folder: of a place."""

    def prompt(self, folder: Path, name: str) -> dict[str, Any]: ...
    def change(
        self, folder: Path, name: str, prompt: str, slot: str | None, references: Sequence[str]
    ) -> dict[str, Any]: ...
    def quote(self, folder: Path, names: Sequence[str], takes: int) -> Any: ...
    def order(
        self, folder: Path, names: Sequence[str], takes: int, identity: str, confirmed_usd: float
    ) -> dict[str, Any]: ...
    def orders(self, folder: Path) -> dict[str, Any]: ...
    def go_on(self, folder: Path, identity: str) -> dict[str, Any]: ...
    def leave(self, folder: Path, identity: str) -> dict[str, Any]: ...
    def pick(self, folder: Path, name: str, number: int) -> None: ...


Place = Callable[[Request], Path | None]
Allowed = Callable[[Request], Response | None]


class OrderDesk:
    """The answers. place: the folder that a request is about. allowed: why a post is refused that is not ours."""

    def __init__(self, paths: Paths, bench: Bench, place: Place, allowed: Allowed) -> None:
        self._paths = paths
        self._bench = bench
        self._place = place
        self._allowed = allowed
        self._tickets: dict[str, tuple[Path, tuple[str, ...]]] = {}

    def routes(self) -> list[Route]:
        """All of them; they come before the one that serves files."""
        posts = {
            "revisions.json": self._change,
            "quote.json": self._quote,
            "orders.json": self._order,
            "picks.json": self._pick,
            "pictures.zip": self._ticket,
        }
        gets = {"prompt.json": self._prompt, "orders.json": self._orders, "pictures.zip": self._zip}
        made = [Route(f"/{{place:path}}/{name}", self._post(work), methods=["POST"]) for name, work in posts.items()]
        return made + [Route(f"/{{place:path}}/{name}", work, methods=["GET"]) for name, work in gets.items()]

    def _folder(self, request: Request) -> Path | None:
        """As the project's paths say it."""
        found = self._place(request)
        return found and self._paths.workspaces / found.relative_to(self._paths.workspaces.resolve())

    def _post(self, work: Callable[[Path, dict[str, Any]], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if refused := self._allowed(request):
                return refused
            folder, said = self._folder(request), await posted_object(request, MOST_BYTES)
            if folder is None or said is None:
                return _refused(t("that is nothing that a page of doit review asks for"), 400)
            return await self._answered(work, folder, said)

        return answer

    async def _answered(self, work: Callable[..., Any], *given: Any) -> Response:
        try:
            return Response(orjson.dumps(await run_in_threadpool(work, *given)), media_type="application/json")
        except (KeyError, TypeError, ValueError):
            return _refused(t("that is nothing that a page of doit review asks for"), 400)
        except Stop as stop:
            return _refused(str(stop), 409)
        except OSError as error:
            return _refused(str(DiskRefuses(error)), 500)

    async def _prompt(self, request: Request) -> Response:
        folder, name = self._folder(request), request.query_params.get("id", "")
        if folder is None or not PROMPT_ID.fullmatch(name):
            return _refused(t("no such prompt"), 404)
        return await self._answered(self._bench.prompt, folder, name)

    async def _orders(self, request: Request) -> Response:
        folder = self._folder(request)
        return _refused(t("no such place"), 404) if folder is None else await self._answered(self._bench.orders, folder)

    def _change(self, folder: Path, said: dict[str, Any]) -> Any:
        slot, prompt = said["slot"], said["prompt"]
        if not isinstance(prompt, str) or not (slot is None or isinstance(slot, str)):
            raise TypeError(prompt)
        return self._bench.change(folder, _id(said["id"]), prompt, slot or None, _texts(said["references"]))

    def _quote(self, folder: Path, said: dict[str, Any]) -> Any:
        return asdict(self._bench.quote(folder, _ids(said), _takes(said)))

    def _order(self, folder: Path, said: dict[str, Any]) -> Any:
        identity = str(said["id"])
        if not _ORDER.fullmatch(identity):
            raise ValueError(identity)
        if "do" in said:
            work = {"go on": self._bench.go_on, "leave": self._bench.leave}[said["do"]]
            return work(folder, identity)
        return self._bench.order(folder, _ids(said), _takes(said), identity, float(said["about_usd"]))

    def _pick(self, folder: Path, said: dict[str, Any]) -> Any:
        number = said["take"]
        if type(number) is not int or not 1 <= number < 1000:
            raise ValueError(number)
        self._bench.pick(folder, _id(said["id"]), number)
        return {}

    def _ticket(self, folder: Path, said: dict[str, Any]) -> Any:
        ticket = secrets.token_urlsafe(16)
        while len(self._tickets) >= MOST_TICKETS:
            self._tickets.pop(next(iter(self._tickets)))
        self._tickets[ticket] = folder, tuple(_ids(said))
        return {"address": f"pictures.zip?ticket={ticket}"}

    async def _zip(self, request: Request) -> Response:
        folder, names = self._tickets.get(request.query_params.get("ticket", ""), (None, ()))
        if folder is None or folder != self._folder(request):
            return _refused(t("this address is over; ask for the ZIP on the page once more"), 404)
        run_paths = paths_of(self._paths, folder)
        head = {"Content-Disposition": f'attachment; filename="{run_paths.name}.zip"'}
        return StreamingResponse(zipped(_files(run_paths, names)), media_type="application/zip", headers=head)


def _files(paths: RunPaths, names: Sequence[str]) -> list[tuple[str, Path]]:
    found = ((name, paths.at(image)) for name in names for image in paths.image_names(name))
    return [(f"{paths.name}_{name}{path.suffix}", path) for name, path in found]


def _id(value: Any) -> str:
    if not isinstance(value, str) or not PROMPT_ID.fullmatch(value):
        raise ValueError(value)
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise TypeError(values)
    return tuple(values)


def _ids(said: dict[str, Any]) -> list[str]:
    found = list(dict.fromkeys(map(_id, _texts(said["ids"]))))
    if not found:
        raise ValueError(said)
    return found


def _takes(said: dict[str, Any]) -> int:
    takes = said["takes"]
    if type(takes) is not int or not 1 <= takes <= MOST_TAKES:
        raise ValueError(takes)
    return takes


def _refused(why: str, status: int) -> Response:
    return PlainTextResponse(f"{why}\n", status)
