"""The application behind `doit review`: pages and pictures of the workspace to look at, verdicts to save.

GET  /                        everything there is to look at
GET  /video/runs/…            a file of the workspace, by its path; pages carry this server's token
GET  <place>/review.json      the verdicts of a place, also before there are any
POST <place>/review.json      one verdict: {"id", "sha256", "verdict": "OK" | "NG" | null, "note"}; null may have a note

What a run's page may order stands in order_app.py.

Whoever is not a page of this very server is refused: another Host (a name that was pointed at 127.0.0.1), another
Origin, a post without the token. Nothing outside the workspace is served, nothing hidden, and only pages and pictures.
"""

import hmac
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from ...project.names import PROMPT_ID
from ...project.paths import Paths
from ...text import clock
from ...text.errors import Stop
from ...text.sentences import t
from . import review_file
from .channel_index import overview
from .order_app import Bench, OrderDesk
from .posted_json import posted_object
from .review_file import Verdict

PAGES = frozenset({".html"})
PICTURES = frozenset({".png", ".webp", ".jpg", ".jpeg"})
MOST_BYTES = 32_768
"""Of one post: a note of 2,000 characters needs at most a fifth."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def application(paths: Paths, port: int, bench: Bench) -> Starlette:
    """The application for the project at `places`, which answers to 127.0.0.1:<port> and localhost:<port> only.

    bench: what changes prompts and orders pictures.
    """
    desk = Desk(paths)
    orders = OrderDesk(paths, bench, desk.place, desk.stranger)
    return Starlette(
        routes=[
            Route("/", desk.overview),
            *orders.routes(),
            Route("/{place:path}/review.json", desk.verdicts, methods=["GET"]),
            Route("/{place:path}/review.json", desk.judge, methods=["POST"]),
            Route("/{path:path}", desk.file),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_only_ourselves(port))],
    )


def _only_ourselves(port: int) -> Callable[..., Awaitable[Response]]:
    """Refuses requests that no page of this server can have made; puts the protective headers on every answer."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"} | ({"127.0.0.1", "localhost"} if port == 80 else set())

    async def dispatch(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin")
        foreign = request.method not in ("GET", "HEAD") and site != "same-origin"
        if host not in hosts:
            response = _refused(t("this server answers to 127.0.0.1 and localhost only"), 421)
        elif foreign or (origin is not None and origin != f"http://{host}"):
            response = _refused(t("refused: the request comes from another site"), 403)
        else:
            response = await call(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return dispatch


def _refused(why: str, status: int) -> Response:
    return PlainTextResponse(f"{why}\n", status)


class Desk:
    """The answers. Lives as long as the server; its token is new at each start."""

    def __init__(self, paths: Paths) -> None:
        self._places = paths
        self._root = paths.workspaces.resolve()
        self._token = secrets.token_urlsafe(32)

    async def overview(self, _: Request) -> Response:
        page = await run_in_threadpool(overview, self._places)
        return Response(page, media_type="text/html; charset=utf-8")

    async def file(self, request: Request) -> Response:
        """A page or picture of the workspace."""
        path = self._inside(request.path_params["path"])
        if path is None or path.suffix not in PAGES | PICTURES:
            return _refused(t("nothing here; doit review starts at /"), 404)
        if path.suffix in PICTURES:
            return FileResponse(path)
        page = await run_in_threadpool(path.read_bytes)
        return Response(self._with_token(page), media_type="text/html; charset=utf-8")

    async def verdicts(self, request: Request) -> Response:
        """review.json as it would be written now."""
        folder = self.place(request)
        if folder is None:
            return _refused(t("no such place"), 404)
        try:
            found = await run_in_threadpool(review_file.read, folder)
        except Stop as stop:
            return _refused(str(stop), 500)
        return Response(review_file.encode(found), media_type="application/json")

    async def judge(self, request: Request) -> Response:
        """Save one verdict; the answer comes when it is durable."""
        if refused := self.stranger(request):
            return refused
        folder, said = self.place(request), await _verdict(request)
        if folder is None or said is None:
            return _refused(t("that is no verdict on a picture here"), 400)
        lock = self._places.lock("review." + ".".join(folder.relative_to(self._root).parts))
        try:
            await run_in_threadpool(review_file.save, folder, lock, *said)
        except Stop as stop:
            return _refused(str(stop), 500)
        except OSError as error:
            why = t("the disk refuses: {error}\n-> make room there, then judge once more", error=error)
            return _refused(why, 500)
        return Response(status_code=204)

    def stranger(self, request: Request) -> Response | None:
        """The refusal of a post that no page of this very server sent; None for any other."""
        token = request.headers.get("x-kamishibai-review", "")
        if hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        return _refused(t("this page is of an earlier doit review\n-> reload it, then do it once more"), 403)

    def place(self, request: Request) -> Path | None:
        """The folder of a run, of thumbnails or of one slot of a comparison: there are results in it."""
        results = self._inside(f"{request.path_params['place']}/results.jsonl")
        return results.parent if results else None

    def _inside(self, name: str) -> Path | None:
        """The file of that name in the workspace; None for what is hidden or elsewhere, also through a link."""
        parts = name.split("/")
        if "\0" in name or "\\" in name or any(not part or part.startswith(".") for part in parts):
            return None
        try:
            path = self._root.joinpath(*parts).resolve()
            if not path.is_file() or not os.access(path, os.R_OK):
                return None
        except (OSError, ValueError, RuntimeError):
            return None  # longer than a name may be, no text that a disk takes, a link that leads to itself
        hidden = path.is_relative_to(self._root) and any(
            part.startswith(".") for part in path.relative_to(self._root).parts
        )
        return path if path.is_relative_to(self._root) and not hidden else None

    def _with_token(self, page: bytes) -> bytes:
        mark = f'<meta name="review" content="{self._token}">\n</head>'.encode()
        return page.replace(b"</head>", mark, 1)


async def _verdict(request: Request) -> tuple[str, Verdict | None] | None:
    """Prompt id and verdict (None: taken back) of a post; None when it is not one."""
    said = await posted_object(request, MOST_BYTES)
    try:
        return None if said is None else _read(said)
    except (ValueError, KeyError, TypeError):
        return None


def _read(said: dict[str, Any]) -> tuple[str, Verdict | None]:
    """Raises ValueError, KeyError or TypeError for what no page of ours sends."""
    prompt_id, sha256, verdict, note = said["id"], said["sha256"], said["verdict"], said["note"]
    if not (PROMPT_ID.fullmatch(prompt_id) and _SHA256.fullmatch(sha256)):
        raise ValueError(prompt_id)
    if verdict not in (review_file.OK, review_file.NG, None) or not isinstance(note, str) or len(note) > 2000:
        raise ValueError(verdict)
    at = clock.now()
    return prompt_id, Verdict(verdict or "", note, at, sha256) if verdict or note else None
