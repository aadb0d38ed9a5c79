"""Every fault that can be switched on: its name, the moment it strikes, and what is left of it.

A fault is `{"fault": NAME, "value": ..., "times": N, "match": TEXT, "every": N, "on": OPERATION}`; on the command line
`--fault NAME=VALUE,times=N,match=TEXT,...`. `times` is how often it strikes (without it: for ever), `match` a piece of
the path, request body, display name or request key, `every` strikes each n-th candidate only, `on` names an operation.
"""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .state import State

Value = str | int | float | None

OPERATIONS = (
    "upload_start",
    "upload_chunk",
    "file_get",
    "file_list",
    "file_delete",
    "download",
    "create",
    "get",
    "list",
    "cancel",
    "delete",
    "generate",
    "model_get",
    "model_list",
    "flux_generate",
    "flux_submit",
    "flux_result",
    "flux_picture",
    "own_generate",
    "own_models",
    "own_picture",
    "upload",
    "edit",
    "unknown",
)


@dataclass(frozen=True)
class Kind:
    """What a fault does, the moment it is drawn, and its value when none is given."""

    moment: str
    help: str
    value: Value = None


# request: on every HTTP request, before its operation. upload, upload_end, listing, cancel, download: in that one.
# flux: when a FLUX picture is asked for; line faults that spoil a picture strike there too. result: in get_result.
# own: when a picture server of one's own is asked for a picture; line faults too. models: when for its models.
# status: when a job is asked for that is done. model: when a model is asked for.
# create: when a job is made. job, line: when a job is first seen finished, once per job or per result line.
CATALOGUE = {
    "refuse": Kind("request", "answer this HTTP status, do nothing; retry_after=S adds the header", 503),
    "reset": Kind("request", "reset the connection, do nothing"),
    "slow": Kind("request", "wait this many seconds, then go on", 1),
    "html_502": Kind("request", "answer 502 with an HTML page, do nothing"),
    "lost_reply": Kind("request", "do it, then reset the connection"),
    "lost_reply_503": Kind("request", "do it, then answer 503"),
    "lost_reply_timeout": Kind("request", "do it, then say nothing for this many seconds and reset", 3600),
    "html_200": Kind("request", "answer 200 with an HTML page, do nothing"),
    "moved": Kind("request", "answer 307 to the same path, do nothing"),
    "insufficient_quota": Kind("request", "OpenAI: 429 insufficient_quota, do nothing"),
    "shutdown": Kind("model", "OpenAI: the model says that this is its last day", "2026-12-01"),
    "upload_without_file": Kind("upload_end", 'finish an upload with 200 and an error instead of "file"'),
    "mime_refused": Kind("upload", "400 Unsupported MIME type for this MIME type (without value: any)"),
    "list_lag": Kind("listing", "listings leave out jobs younger than this many seconds (without value: any age)"),
    "stuck_pending": Kind("create", "the job stays pending and expires after 48 h of the clock"),
    "expired": Kind("create", "the job ends EXPIRED when it should be done"),
    "expired_with_output": Kind("create", "the job ends EXPIRED, the first half of its results is there"),
    "token_limit_exceeded": Kind("create", "OpenAI: the job ends failed, too many tokens are enqueued"),
    "failed": Kind("create", "the job ends FAILED with this google.rpc code at top level", 13),
    "cancelled_with_output": Kind("create", "the job ends CANCELLED, the first half of its results is there"),
    "cancelled_without_output": Kind("create", "the job ends CANCELLED half way, no results"),
    "every_request_failed": Kind("create", "the job ends SUCCEEDED, every line is this error code", 13),
    "cancel_leaves_output": Kind("cancel", "a cancelled job keeps the results it has"),
    "cancel_loses_race": Kind("cancel", "cancel answers 200 but the job goes on to SUCCEEDED"),
    "shuffle": Kind("job", "result lines in another order"),
    "empty_output": Kind("job", "the result file is empty"),
    "crlf": Kind("job", "lines end with CR LF"),
    "no_final_newline": Kind("job", "the last line has no newline"),
    "missing": Kind("line", "the line is not there"),
    "duplicated": Kind("line", "the line is there twice"),
    "unknown_key": Kind("line", "one more line, with a key nobody sent"),
    "malformed": Kind("line", "the line is cut in half and is no JSON"),
    "line_separator": Kind("line", "a text part holds raw U+2028, U+2029 and U+0085"),
    "key_last": Kind("line", "the key stands at the end of the line"),
    "spaced_json": Kind("line", 'spaces after colons and commas, as in `"data": "`'),
    "escaped_slashes": Kind("line", "`/` is written `\\/`, also inside base64"),
    "request_error": Kind("line", "`error` with this google.rpc code instead of a response", 13),
    "request_status": Kind("line", "`status` with this google.rpc code instead of a response", 13),
    "response_error": Kind("line", "`response.error` with this google.rpc code", 13),
    "blocked_prompt": Kind("line", "promptFeedback with this blockReason, no candidate", "PROHIBITED_CONTENT"),
    "finish": Kind("line", "a candidate without picture and this finishReason", "IMAGE_OTHER"),
    "moderation_blocked": Kind("line", "OpenAI: 400 moderation_blocked"),
    "answer_status": Kind("line", "OpenAI: this HTTP status in place of a picture", 500),
    "failed_before": Kind("line", "OpenAI: the error file has a line of a picture too, with this HTTP status", 500),
    "no_status": Kind("line", "OpenAI: the line tells no HTTP status"),
    "no_usage": Kind("line", "OpenAI: the answer tells no usage"),
    "safety": Kind("line", "finishReason SAFETY, no picture", "SAFETY"),
    "no_image": Kind("line", "finishReason NO_IMAGE, no picture", "NO_IMAGE"),
    "text_only": Kind("line", "finishReason STOP with text and no picture"),
    "draft_thought": Kind("line", "a thought part with a draft picture before the real one"),
    "as_png": Kind("line", "the picture is a PNG"),
    "as_jpeg": Kind("line", "the picture is a JPEG"),
    "truncated_png": Kind("line", "a PNG cut in half"),
    "truncated_jpeg": Kind("line", "a JPEG cut in half"),
    "corrupt_png": Kind("line", "a PNG whose checksums are wrong"),
    "empty_picture": Kind("line", "inlineData with empty data"),
    "no_output": Kind("status", "a job that is done tells no result file and no inline answers; OpenAI: or not this"),
    "counts": Kind("status", "a job that is done counts this many as done and nothing as failed; without value: none"),
    "as_avif": Kind("line", "the picture is an AVIF"),
    "as_gif": Kind("line", "the picture is a GIF"),
    "stray_bytes": Kind("line", "a JPEG with three bytes between two segments that belong to none"),
    "hollow_png": Kind("line", "a PNG with right checksums and too few rows"),
    "foreign_bytes": Kind("line", "bytes that begin like an HEIC picture and go on like none"),
    "labelled": Kind("line", "the picture's mimeType is this", "application/octet-stream"),
    "thought_only": Kind("line", "the picture stands in a thought part, and there is no other"),
    "address": Kind("line", "fileData with an address in place of the picture; FLUX: in place of its base64"),
    "split_without_image": Kind("line", "usageMetadata splits the output tokens and names text only"),
    "filtered": Kind("flux", "no picture: CONTENT_FILTERED at once; of an order this status", "Content Moderated"),
    "flux_error": Kind("flux", "the order ends with status Error"),
    "answer_as": Kind("flux", "the picture at once as json or as binary, whatever Accept says", "binary"),
    "data_url": Kind("flux", "base64 in JSON as a data: URL"),
    "sample": Kind("flux", "the picture of an order as url, data, base64 or list", "data"),
    "result_by_get": Kind("result", "get_result answers 405 to POST"),
    "served": Kind("models", "own server: it lists these models, comma separated", "sd-cpp-local"),
    "wrong_size": Kind("own", "own server: the picture has this size, whatever was asked", "512x512"),
    "own_format": Kind("own", "own server: the picture is png, jpeg or webp", "webp"),
    "as_url": Kind("own", "own server: an address instead: here, relative, elsewhere, broken, gone or data", "here"),
    "no_data": Kind("own", "own server: 200 and no pictures"),
    "bare": Kind("own", "own server: the answer holds nothing but the picture"),
    "error_200": Kind("own", "own server: 200 and an error object"),
    "error_text": Kind("own", "own server: this status, the error a bare text", 500),
    "error_detail": Kind("own", "own server: this status, the error under `detail`", 400),
    "out_of_memory": Kind("own", "own server: 500, too little memory"),
    "cut": Kind("download", "close the connection after this many bytes of the announced length", 1000),
    "cut_silently": Kind("download", "no Content-Length; close after this many bytes", 1000),
    "chunked": Kind("download", "chunked transfer instead of Content-Length"),
    "redirect": Kind("download", "302 to another path of this server"),
    "rate": Kind("download", "at most this many bytes per second", 125_000_000),
    "short": Kind("download", "the file ends well after this many lines", 1),
    "instead": Kind(
        "download", "200, not the file: web_page, empty, error, gzip, utf_16; or it with a bom", "web_page"
    ),
    "damaged": Kind("download", "one byte in the middle of every picture is another one"),
    "output_403": Kind("download", "403, as if the results had been thrown away"),
}


@dataclass(frozen=True)
class Fault:
    """One fault that is switched on."""

    fault: str
    value: Value = None
    times: int | None = None
    match: str | None = None
    every: int | None = None
    on: str | None = None
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.fault not in CATALOGUE:
            raise ValueError(f"no fault is called {self.fault}; the known ones: {', '.join(CATALOGUE)}")
        if self.on is not None and self.on not in OPERATIONS:
            raise ValueError(f"no operation is called {self.on}; the known ones: {', '.join(OPERATIONS)}")
        for name in ("times", "every"):
            number = getattr(self, name)
            if number is not None and (not isinstance(number, int) or number < 1):
                raise ValueError(f"{name} must be a whole number from 1, not {number}")
        if not isinstance(self.match, str | None) or not isinstance(self.retry_after, int | None):
            raise TypeError("match is a text, retry_after a number of seconds")
        if isinstance(CATALOGUE[self.fault].value, int) and not isinstance(self.value, int | float | None):
            raise TypeError(f"the value of {self.fault} must be a number, not {self.value}")

    @property
    def amount(self) -> Value:
        """The value given, or the one the catalogue gives."""
        return CATALOGUE[self.fault].value if self.value is None else self.value

    def number(self) -> float:
        """The value as a number, 0 when there is none."""
        return float(self.amount or 0)


def read_fault(data: object) -> Fault:
    """A fault from JSON; ValueError with the known names when it is none."""
    if not isinstance(data, dict) or "fault" not in data:
        raise ValueError('a fault is an object like {"fault": "refuse", "value": 503, "on": "get", "times": 1}')
    known = {field.name for field in dataclasses.fields(Fault)}
    if unknown := set(data) - known:
        raise ValueError(
            f"a fault has no field {', '.join(sorted(unknown))}; the known ones: {', '.join(sorted(known))}"
        )
    return Fault(**data)


def parse_option(text: str) -> Fault:
    """A fault from the command line: `NAME[=VALUE][,times=N][,match=TEXT][,every=N][,on=OPERATION]`."""
    first, *rest = text.split(",")
    name, _, value = first.partition("=")
    fields: dict[str, Any] = {"fault": name, "value": _literal(value) if value else None}
    for item in rest:
        field, _, given = item.partition("=")
        fields[field] = given if field in ("match", "on") else _literal(given)
    return read_fault(fields)


def _literal(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


class Faults:
    """The faults that are switched on, kept in the state; drawing one uses it up."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, fault: Fault) -> None:
        spec = json.dumps(dataclasses.asdict(fault))
        self._state.run("insert into faults (spec, left, seen) values (?, ?, 0)", spec, fault.times)

    def clear(self) -> None:
        self._state.run("delete from faults")

    def active(self) -> list[dict[str, Any]]:
        """What is switched on, each with how often it will still strike (`left`, null: for ever)."""
        rows = self._state.rows("select spec, left from faults order by seq")
        return [{**json.loads(row["spec"]), "left": row["left"]} for row in rows]

    def any(self) -> bool:
        return self._state.row("select 1 from faults limit 1") is not None

    def draw(self, moment: str, subject: str, operation: str | None = None, value: Value = None) -> list[Fault]:
        """The faults that strike `subject` now, oldest first; each is counted as used.

        value: where given, faults that name another value pass by.
        """
        if not self.any():
            return []
        with self._state.transaction():
            return list(self._strike(moment, subject, operation, value))

    def _strike(self, moment: str, subject: str, operation: str | None, value: Value) -> Iterator[Fault]:
        for row in self._state.rows("select seq, spec, left, seen from faults order by seq"):
            fault = Fault(**json.loads(row["spec"]))
            if row["left"] == 0 or not _fits(fault, moment, subject, operation):
                continue
            if value is not None and fault.amount not in (None, value):
                continue
            seen = row["seen"] + 1
            strikes = seen % (fault.every or 1) == 0
            left = row["left"] - 1 if strikes and row["left"] is not None else row["left"]
            self._state.run("update faults set seen = ?, left = ? where seq = ?", seen, left, row["seq"])
            if strikes:
                yield fault


def _fits(fault: Fault, moment: str, subject: str, operation: str | None) -> bool:
    if CATALOGUE[fault.fault].moment != moment:
        return False
    if fault.on is not None and fault.on != operation:
        return False
    return fault.match is None or fault.match in subject
