"""What a page of ours posts: a small JSON object, and nothing else is read to its end."""

from typing import Any

import orjson
from starlette.requests import Request


async def posted_object(request: Request, most_bytes: int) -> dict[str, Any] | None:
    """The JSON object of a post; None when it is none, is not announced as JSON, or is larger than `most_bytes`."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    try:
        said = orjson.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
