"""The Files API: upload as a form, get, list, delete, content of results. Files live for 30 days (O-03, O-08)."""

import re
import sqlite3
from typing import Any

from ..gemini.files_api import content
from ..world.state import identifier
from ..world.wire import MICROS, Reply, json_reply
from ..world.world import Request, World
from .wire import OpenAiError, listed, owner, read_form, seconds

RETENTION = 30 * 24 * 3600 * MICROS
MOST_BYTES = 512 << 20
_PURPOSES = ("batch", "vision", "user_data", "assistants", "fine-tune", "evals")


def upload(world: World, request: Request) -> Reply:
    """One file in one form, `expires_after` whole or not at all."""
    who, form = owner(request), read_form(request)
    file, purpose = form.get("file"), form.get("purpose")
    if file is None or file.filename is None:
        raise OpenAiError(400, "Missing required parameter: 'file'.", "missing_required_parameter", "file")
    if purpose is None or purpose.text not in _PURPOSES:
        raise OpenAiError(400, "Invalid 'purpose'.", "invalid_value", "purpose")
    _check_expiry(form)
    if len(file.data) > MOST_BYTES:
        raise OpenAiError(413, "The file is too large.")
    name = f"file-u{identifier('openai file', world.state.next('file'), 22)}"
    content(world, name).write_bytes(file.data)
    world.state.run(
        "insert into files (id, owner, display_name, mime, size, sha256, created) values (?, ?, ?, ?, ?, '', ?)",
        *(name, who, file.filename, purpose.text, len(file.data), world.clock.now()),
    )
    return json_reply(_resource(find(world, who, name)))


def _check_expiry(form: dict[str, Any]) -> None:
    given = {name for name in form if name.startswith("expires_after")}
    if not given:
        return
    if given != {"expires_after[anchor]", "expires_after[seconds]"}:
        raise OpenAiError(400, "expires_after takes anchor and seconds.", "invalid_value", "expires_after")
    lasts = form["expires_after[seconds]"].text
    if not re.fullmatch(r"[0-9]{1,9}", lasts) or not 3600 <= int(lasts) <= 2_592_000:
        raise OpenAiError(400, "Invalid 'expires_after.seconds'.", "invalid_value", "expires_after.seconds")


def find(world: World, who: str, name: str) -> sqlite3.Row:
    """The uploaded file of that id; 404 when it is missing, expired or another key's."""
    row = world.state.row("select * from files where id = ? and owner = ?", name, who)
    if row is None or row["created"] + RETENTION <= world.clock.now():
        raise no_file(name)
    return row


def no_file(name: str) -> OpenAiError:
    return OpenAiError(404, f"No such File object: {name}", param="id")


def _resource(row: sqlite3.Row) -> dict[str, Any]:
    return resource(row["id"], row["size"], row["created"], row["display_name"], row["mime"])


def resource(name: str, size: int, created: int, filename: str, purpose: str) -> dict[str, Any]:
    """A file as the provider prints it."""
    return {
        "id": name,
        "object": "file",
        "bytes": size,
        "created_at": seconds(created),
        "filename": filename,
        "purpose": purpose,
        "status": "processed",
        "expires_at": seconds(created + RETENTION),
    }


def file_list(world: World, request: Request) -> Reply:
    """Uploaded files, newest first."""
    who, oldest = owner(request), world.clock.now() - RETENTION
    rows = world.state.rows("select * from files where owner = ? and created > ? order by seq desc", who, oldest)
    purpose = request.query.get("purpose")
    return listed(request, [_resource(row) for row in rows if purpose in (None, row["mime"])], most=10_000)


def file_get(world: World, request: Request) -> Reply:
    return json_reply(_resource(find(world, owner(request), request.names["file"])))


def file_delete(world: World, request: Request) -> Reply:
    row = find(world, owner(request), request.names["file"])
    world.state.run("delete from files where id = ?", row["id"])
    content(world, row["id"]).unlink(missing_ok=True)
    return json_reply({"id": row["id"], "object": "file", "deleted": True})
