"""From a request to a reply: count it, let the faults strike, check the key, do it."""

import contextlib
from dataclasses import dataclass

import orjson

from .openai.wire import out_of_quota
from .routes import Route
from .world.faults import Fault
from .world.wire import ApiError, Reply
from .world.world import Request, World

_SUBJECT_BYTES = 65536

_NOT_FOUND_PAGE = b"""<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That's an error.</ins>
  <p>The requested URL was not found on this server.  <ins>That's all we know.</ins>
"""
_SIGN_IN_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to this network.</body></html>"
_BAD_GATEWAY_PAGE = b"""<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>502 Server Error</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Server Error</h1>
<h2>The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.</h2>
<h2></h2>
</body></html>
"""
_REFUSALS = {
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    429: "You exceeded your current quota, please check your plan and billing details.",
    500: "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
    503: "The service is currently unavailable.",
}
_QUOTA_HELP = [
    {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [
            {
                "description": "Learn more about Gemini API quotas",
                "url": "https://ai.google.dev/gemini-api/docs/rate-limits",
            }
        ],
    }
]


def _html(status: int, page: bytes) -> Reply:
    return Reply(status, page, {"Content-Type": "text/html; charset=UTF-8"})


@dataclass(frozen=True)
class Api:
    """The provider's side of the connection. `route` None: an address the provider does not have."""

    world: World

    def answer(self, route: Route | None, request: Request) -> Reply:
        self.world.ledger.count(request.operation)
        struck = self._draw(route, request)
        for fault in struck:
            if fault.fault == "slow":
                self.world.stopping.wait(fault.number())
        strikes = [fault for fault in struck if fault.fault != "slow"]
        return self._strike(strikes[0], route, request) if strikes else self._act(route, request)

    def _draw(self, route: Route | None, request: Request) -> list[Fault]:
        if not self.world.faults.any():
            return []
        return self.world.faults.draw("request", _subject(route, request), request.operation)

    def _act(self, route: Route | None, request: Request) -> Reply:
        if route is None:
            return _html(404, _NOT_FOUND_PAGE)
        try:
            if route.needs_key:
                request.check_key()
            return route.action(self.world, request)
        except ApiError as error:
            final = {"x-goog-upload-status": "final"} if request.operation == "upload_chunk" else None
            return error.reply(final)

    def _strike(self, fault: Fault, route: Route | None, request: Request) -> Reply:
        if fault.fault == "refuse":
            return _refusal(int(fault.number()), fault.retry_after, route)
        if fault.fault == "insufficient_quota":
            return out_of_quota().reply()
        if fault.fault == "html_200":
            return _html(200, _SIGN_IN_PAGE)
        if fault.fault == "moved":
            return Reply(307, b"", {"Location": request.path})
        if fault.fault == "html_502":
            return _html(502, _BAD_GATEWAY_PAGE)
        if fault.fault == "reset":
            return Reply(drop=True)
        self._act(route, request)
        if fault.fault == "lost_reply_503":
            return _refusal(503, fault.retry_after, route)
        return Reply(drop=True, hang=fault.number() if fault.fault == "lost_reply_timeout" else 0)


def _refusal(status: int, retry_after: int | None, route: Route | None) -> Reply:
    message = _REFUSALS.get(status, "The request was refused.")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if route and route.refusal:
        return route.refusal(status, headers)
    return ApiError(status, message, details=_QUOTA_HELP if status == 429 else None).reply(headers)


def _subject(route: Route | None, request: Request) -> str:
    """What a fault's `match` is looked for in: path and, unless it is a file's content, the body with plain letters."""
    if route is None or request.operation in ("upload_chunk", "upload", "edit"):
        return request.path
    body = request.body.bytes()[:_SUBJECT_BYTES]
    with contextlib.suppress(orjson.JSONDecodeError):
        body = orjson.dumps(orjson.loads(body))
    return f"{request.path} {body.decode(errors='replace')}"
