"""The Files API: resumable upload, get, list, delete."""

import base64
import hashlib
import re
import sqlite3
from pathlib import Path
from typing import Any

from ..world.state import identifier
from ..world.wire import MICROS, ApiError, Reply, json_reply, page, page_token, read_json, timestamp, whole_number
from ..world.world import Request, World

RETENTION = 48 * 3600 * MICROS
MOST_BYTES = 2 << 30
STORAGE_BYTES = 20 << 30
_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_HOST = "https://generativelanguage.googleapis.com"


def upload_start(world: World, request: Request) -> Reply:
    """Open an upload session; the answer carries its address on this server in `x-goog-upload-url`."""
    if request.headers.get("x-goog-upload-command") != "start":
        raise ApiError(400, "Upload command must be start. Only the resumable protocol is served.")
    asked = read_json(request.body.bytes()).get("file") or {}
    if not isinstance(asked, dict):
        raise ApiError(400, "Invalid value at 'file': a message was expected.")
    mime = asked.get("mimeType") or request.headers.get("x-goog-upload-header-content-type", "")
    announced = asked.get("sizeBytes") or request.headers.get("x-goog-upload-header-content-length")
    size = whole_number(announced, "file.size_bytes")
    _check_upload(world, request, asked, mime, size)
    number = world.state.next("upload")
    upload = identifier("upload", number, 48)
    world.state.run(
        "insert into uploads (id, owner, file_id, display_name, mime, size, received) values (?, ?, ?, ?, ?, ?, 0)",
        *(upload, request.owner, _file_id(world, asked), asked.get("displayName"), mime, size),
    )
    _part(world, upload).write_bytes(b"")
    url = f"{request.base_url}/upload/{request.version}/files?upload_id={upload}&upload_protocol=resumable"
    return Reply(headers={"x-goog-upload-url": url, "x-goog-upload-control-url": url, "x-goog-upload-status": "active"})


def _check_upload(world: World, request: Request, asked: dict[str, Any], mime: str, size: int) -> None:
    if world.faults.draw("upload", f"{request.path} {asked.get('displayName', '')}", request.operation, value=mime):
        raise ApiError(400, f"Unsupported MIME type: {mime}")
    if size > MOST_BYTES:
        raise ApiError(400, f"File size exceeds the limit of {MOST_BYTES} bytes.")
    if len(asked.get("displayName") or "") > 512:
        raise ApiError(400, "File display name must be no more than 512 characters.")
    stored = sum(row["size"] for row in _living(world, request.owner))
    if stored + size > STORAGE_BYTES:
        raise ApiError(429, f"You exceeded the file storage limit of {STORAGE_BYTES} bytes.")


def _file_id(world: World, asked: dict[str, Any]) -> str:
    name = asked.get("name")
    if not name:
        return identifier("file", world.state.next("file"), 12)
    wanted = name.removeprefix("files/")
    if not _ID.fullmatch(wanted):
        raise ApiError(400, f"File name {name} must be at most 40 lower-case letters, digits and inner dashes.")
    oldest = world.clock.now() - RETENTION
    if world.state.row("select 1 from files where id = ? and created > ?", wanted, oldest):
        raise ApiError(409, f"Requested entity already exists: {name}")
    return str(wanted)


def upload_chunk(world: World, request: Request) -> Reply:
    """Append one piece. The address is the permission: the client sends no key. `upload, finalize` makes the File."""
    upload = world.state.row("select * from uploads where id = ?", request.query.get("upload_id", ""))
    if upload is None or upload["finished"]:
        raise ApiError(404, "Upload session not found.")
    commands = {word.strip() for word in request.headers.get("x-goog-upload-command", "").split(",")}
    if commands == {"query"}:
        return _active(upload["received"])
    offset = whole_number(request.headers.get("x-goog-upload-offset"), "X-Goog-Upload-Offset")
    if offset != upload["received"]:
        raise ApiError(400, f"Upload offset {offset} does not match the {upload['received']} bytes received.")
    received = offset + _append(_part(world, upload["id"]), offset, request)
    world.state.run("update uploads set received = ? where id = ?", received, upload["id"])
    if "finalize" not in commands:
        return _active(received)
    return _finalize(world, request, upload, received)


def _active(received: int) -> Reply:
    return Reply(headers={"x-goog-upload-status": "active", "x-goog-upload-size-received": str(received)})


def _append(part: Path, offset: int, request: Request) -> int:
    with part.open("r+b") as stream:
        stream.truncate(offset)
        stream.seek(offset)
        return sum(stream.write(piece) for piece in request.body.pieces())


def _finalize(world: World, request: Request, upload: sqlite3.Row, received: int) -> Reply:
    final = {"x-goog-upload-status": "final"}
    if received != upload["size"]:
        raise ApiError(400, f"Upload has {received} bytes, {upload['size']} were announced.")
    subject = f"{request.path} {upload['display_name'] or ''}"
    if world.faults.draw("upload_end", subject, request.operation):
        return json_reply({"error": {"code": 400, "message": "Unsupported MIME type."}}, headers=final)
    part = _part(world, upload["id"])
    with part.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    part.replace(content(world, upload["file_id"]))
    with world.state.transaction():
        world.state.run("update uploads set finished = 1 where id = ?", upload["id"])
        world.state.run(
            "insert or replace into files (id, owner, display_name, mime, size, sha256, created)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            *(upload["file_id"], upload["owner"], upload["display_name"], upload["mime"], received, sha256),
            world.clock.now(),
        )
    return json_reply({"file": _resource(find(world, upload["owner"], upload["file_id"]))}, headers=final)


def _part(world: World, upload: str) -> Path:
    return world.state.folder / "uploads" / upload


def content(world: World, file_id: str) -> Path:
    """Where the bytes of an uploaded file lie."""
    return world.state.folder / "files" / file_id


def find(world: World, owner: str, file_id: str) -> sqlite3.Row:
    """The file of that id; 403, as the provider answers, when it is missing, expired or another key's."""
    row = world.state.row("select * from files where id = ? and owner = ?", file_id, owner)
    if row is None or row["created"] + RETENTION <= world.clock.now():
        raise ApiError(
            403, f"You do not have permission to access the File {file_id} or it may not exist.", "PERMISSION_DENIED"
        )
    return row


def _living(world: World, owner: str) -> list[sqlite3.Row]:
    oldest = world.clock.now() - RETENTION
    return world.state.rows("select * from files where owner = ? and created > ? order by seq desc", owner, oldest)


def _resource(row: sqlite3.Row) -> dict[str, Any]:
    created = timestamp(row["created"])
    named = {"displayName": row["display_name"]} if row["display_name"] else {}
    return {
        "name": f"files/{row['id']}",
        **named,
        "mimeType": row["mime"],
        "sizeBytes": str(row["size"]),
        "createTime": created,
        "updateTime": created,
        "expirationTime": timestamp(row["created"] + RETENTION),
        "sha256Hash": base64.b64encode(row["sha256"].encode()).decode(),
        "uri": f"{_HOST}/v1beta/files/{row['id']}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }


def _checked_id(request: Request) -> str:
    """The id in the path; 400 for one over 40 characters, which includes every batch output (python-genai #1759)."""
    file_id = request.names["file"]
    if len(file_id) > 40:
        raise ApiError(400, f"* GetFileRequest.name: files/{file_id} cannot be more than 40 characters.")
    return file_id


def file_get(world: World, request: Request) -> Reply:
    return json_reply(_resource(find(world, request.owner, _checked_id(request))))


def file_list(world: World, request: Request) -> Reply:
    """Newest first, paged; `{}` when there are none."""
    size, before = page(request.query, default=10, most=100)
    rows = [row for row in _living(world, request.owner) if before is None or row["seq"] < before]
    answer: dict[str, Any] = {"files": [_resource(row) for row in rows[:size]]} if rows else {}
    if len(rows) > size:
        answer["nextPageToken"] = page_token(rows[size - 1]["seq"])
    return json_reply(answer)


def file_delete(world: World, request: Request) -> Reply:
    row = find(world, request.owner, _checked_id(request))
    world.state.run("delete from files where id = ?", row["id"])
    content(world, row["id"]).unlink(missing_ok=True)
    return json_reply({})
