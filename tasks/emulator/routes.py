"""Which operation a request is: method and path against one table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .fireworks import fireworks_api
from .gemini import files_api, generate_api, jobs_api
from .openai import batches_api, images_api
from .openai import files_api as openai_files
from .openai import wire as openai_wire
from .own_server import own_server_api
from .world.wire import Reply
from .world.world import Request, World

Action = Callable[[World, Request], Reply]
Refusal = Callable[[int, Mapping[str, str]], Reply]


@dataclass(frozen=True)
class Route:
    """One line of the table. needs_key: false where the address itself is the permission, or the API checks by itself.

    refusal: how the API says an HTTP status, where that is not Gemini's way.
    """

    operation: str
    methods: tuple[str, ...]
    path: re.Pattern[str]
    action: Action
    needs_key: bool = True
    refusal: Refusal | None = None


def _route(operation: str, methods: str, path: str, action: Action, needs_key: bool = True) -> Route:
    pattern = path.replace("VERSION", r"(?P<version>v1|v1beta|v1alpha)")
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/:?]+)", pattern)
    return Route(operation, tuple(methods.split()), re.compile(pattern), action, needs_key)


def _flux(operation: str, methods: str, path: str, action: Action) -> Route:
    return replace(_route(operation, methods, path, action, needs_key=False), refusal=fireworks_api.refusal)


def _openai(operation: str, methods: str, path: str, action: Action) -> Route:
    """A route below the address that OPENAI_BASE_URL names: other APIs here have the same paths."""
    found = _route(operation, methods, f"/openai/v1{path}", action, needs_key=False)
    return replace(found, refusal=openai_wire.refusal)


def _own(operation: str, methods: str, path: str, action: Action) -> Route:
    """A route of the picture server that IMAGE_SERVER_URL names."""
    return replace(_route(operation, methods, path, action, needs_key=False), refusal=own_server_api.refusal)


_FLUX = "(?:/inference)?/v1/workflows/accounts/fireworks/models/{model}"

# Both download paths are in use: the SDK takes the first, the REST samples the second.
ROUTES = (
    _route("upload_start", "POST", "/upload/VERSION/files", files_api.upload_start),
    _route("upload_chunk", "POST PUT", "/upload/VERSION/files", files_api.upload_chunk, needs_key=False),
    _route("download", "GET", "/VERSION/files/{file}:download", jobs_api.download),
    _route("download", "GET", "/download/VERSION/files/{file}:download", jobs_api.download),
    _route("file_get", "GET", "/VERSION/files/{file}", files_api.file_get),
    _route("file_list", "GET", "/VERSION/files", files_api.file_list),
    _route("file_delete", "DELETE", "/VERSION/files/{file}", files_api.file_delete),
    _route("create", "POST", "/VERSION/models/{model}:batchGenerateContent", jobs_api.create),
    _route("get", "GET", "/VERSION/batches/{job}", jobs_api.get),
    _route("list", "GET", "/VERSION/batches", jobs_api.list_jobs),
    _route("cancel", "POST", "/VERSION/batches/{job}:cancel", jobs_api.cancel),
    _route("delete", "DELETE", "/VERSION/batches/{job}", jobs_api.delete),
    _route("generate", "POST", "/VERSION/models/{model}:generateContent", generate_api.generate),
    _route("model_get", "GET", "/VERSION/models/{model}", generate_api.model_get),
    _route("model_list", "GET", "/VERSION/models", generate_api.model_list),
    # Fireworks and OpenAI check Bearer keys by themselves, and have another shape of error.
    _flux("flux_generate", "POST", f"{_FLUX}/text_to_image", fireworks_api.generate),
    _flux("flux_submit", "POST", _FLUX, fireworks_api.submit),
    _flux("flux_result", "POST GET", f"{_FLUX}/get_result", fireworks_api.result),
    _flux("flux_picture", "GET", "/flux-pictures/{order}", fireworks_api.picture),
    _openai("upload", "POST", "/files", openai_files.upload),
    _openai("download", "GET", "/files/{file}/content", batches_api.download),
    _openai("file_get", "GET", "/files/{file}", batches_api.file_get),
    _openai("file_list", "GET", "/files", openai_files.file_list),
    _openai("file_delete", "DELETE", "/files/{file}", openai_files.file_delete),
    _openai("create", "POST", "/batches", batches_api.create),
    _openai("get", "GET", "/batches/{job}", batches_api.get),
    _openai("list", "GET", "/batches", batches_api.list_batches),
    _openai("cancel", "POST", "/batches/{job}/cancel", batches_api.cancel),
    _openai("generate", "POST", "/images/generations", images_api.generate),
    _openai("edit", "POST", "/images/edits", images_api.edit),
    _openai("model_get", "GET", "/models/{model}", images_api.model_get),
    _openai("model_list", "GET", "/models", images_api.model_list),
    _own("own_generate", "POST", "/own/v1/images/generations", own_server_api.generate),
    _own("own_models", "GET", "/own/v1/models", own_server_api.model_list),
    _own("own_picture", "GET", "/own-pictures/{picture}", own_server_api.picture),
)


def find_route(method: str, path: str, uploading: bool) -> tuple[Route, dict[str, str]] | None:
    """The route and the names in the path; None for an address the provider does not have.

    uploading: the query names an upload session, which tells a chunk from a start.
    """
    for route in ROUTES:
        match = route.path.fullmatch(path)
        if match and method in route.methods and not (uploading and route.operation == "upload_start"):
            return route, match.groupdict()
    return None
