"""Slack, inwards: what people write in the channel and in its threads becomes entries of the inbox.

Slack's answers: docs.slack.dev, conversations.history and conversations.replies (2026-11-23): pages by cursor, newest
first in a channel; `edited.ts` on a changed message; `reply_count` and `latest_reply` on the first of a thread. An edit
inside a thread changes neither, so lively threads are read again.
"""

import html
import re
import time
from datetime import UTC, datetime
from typing import Any

import orjson

from ..files import atomic, regular
from ..project.paths import Paths
from ..text import clock
from ..text.redaction import one_line
from . import events
from .events import NOTE, Event
from .posted import folder
from .slack_api import SlackApi

WINDOW = 30 * 86400.0  # seconds; edits, and replies in threads begun in this time, are seen
LIVELY = 7 * 86400.0  # seconds after its last reply that a thread is read again for edits
LONGEST_READ = 10_000  # characters of a message
SUBTYPES = frozenset({"", "file_share", "me_message", "thread_broadcast"})  # messages that a person wrote
_KEY = re.compile(r"\bkey=([a-z2-7]{8})\b")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^|<>]*)(?:\|([^<>]*))?>")
_CALL = re.compile(r"<!(channel|here|everyone)(?:\|[^<>]*)?>")

Message = dict[str, Any]


def sync(paths: Paths, api: SlackApi, channel: str) -> list[Event]:
    """Take in what people wrote since the last time; durable in the journal before it counts as read.

    Gives the new and the changed notes. Raises Stop when Slack refuses or asks to wait longer than we do; what was
    read until then is in, and the next call goes on from there.
    """
    notes = _Notes(paths, channel)
    messages = list(
        api.pages("conversations.history", channel=channel, oldest=f"{notes.oldest():.6f}", inclusive="true")
    )
    messages.sort(key=lambda message: float(message["ts"]))
    notes.take([each for each in messages if each.get("subtype") != "thread_broadcast"], None)
    for parent in messages:
        if notes.must_read(parent):
            replies = api.pages("conversations.replies", channel=channel, ts=parent["ts"])
            notes.take([each for each in replies if each["ts"] != parent["ts"]], parent)
            notes.read_thread(parent)
    if messages:
        notes.state["newest"] = messages[-1]["ts"]
        notes.save()
    return notes.fresh


class _Notes:
    """The notes of one channel, and what of it was read: `sync.json`, which ties our keys to Slack's ids."""

    def __init__(self, paths: Paths, channel: str) -> None:
        self.paths = paths
        self.channel = channel
        self.path = folder(paths) / "sync.json"
        self.all = self._read()
        self.state = self.all.setdefault(channel, {"newest": "", "threads": {}, "notes": {}})
        self.subjects = {each.event.id: each.event.subject for each in events.read(paths)}
        self.fresh: list[Event] = []

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            return dict(orjson.loads(regular.read(self.path)))
        except (FileNotFoundError, ValueError, TypeError):
            return {}  # everything is read again; the keys make it the same entries

    def save(self) -> None:
        atomic.write(self.path, orjson.dumps(self.all, option=orjson.OPT_INDENT_2))

    def oldest(self) -> float:
        """Unix time from which the channel is read: since the last time, and at least as far back as edits are seen."""
        start = time.time() - WINDOW
        return min(start, float(self.state["newest"] or start))

    def must_read(self, parent: Message) -> bool:
        latest = float(parent.get("latest_reply") or 0)
        is_new = latest > float(self.state["threads"].get(parent["ts"], 0))
        return bool(parent.get("reply_count")) and (is_new or latest > time.time() - LIVELY)

    def read_thread(self, parent: Message) -> None:
        self.state["threads"][parent["ts"]] = parent["latest_reply"]
        self.save()

    def take(self, messages: list[Message], parent: Message | None) -> None:
        """Record the messages that people wrote; `parent` is the first of their thread."""
        written = [(each, self._note(each, parent)) for each in messages if _is_human(each)]
        self.fresh += events.record(self.paths, [note for _, note in written if note.text])
        for message, note in written:
            edited = (message.get("edited") or {}).get("ts", "")
            self.state["notes"][note.id] = {
                "ts": message["ts"],
                "thread_ts": message.get("thread_ts", ""),
                "edited": edited,
            }

    def _note(self, message: Message, parent: Message | None) -> Event:
        about, text = self._about(parent) if parent else "", self._text(message)
        subject = self.subjects.get(about, "")
        text = f"re {about}: {text}" if about and text else text
        return Event(NOTE, subject, text, "", at=_time(message["ts"]), key=self._key(message), src="slack")

    def _key(self, message: Message) -> str:
        return Event(NOTE, "", "", "", detail=f"{self.channel} {message['ts']}").id

    def _about(self, parent: Message) -> str:
        """The key of what a thread is about: our only event in its first message, or that message itself."""
        named = [key for key in _KEY.findall(parent.get("text", "")) if key in self.subjects]
        if _is_human(parent):
            return self._key(parent)
        return named[0] if len(named) == 1 else " ".join(named[:3]) + (" …" if len(named) > 3 else "")

    def _text(self, message: Message) -> str:
        text = message.get("text") or " ".join(f"(file: {each.get('name', '')})" for each in message.get("files", ()))
        text = one_line(_CALL.sub(r"@\1", _LINK.sub(lambda found: found[2] or found[1], text)), LONGEST_READ)
        for name in filter(None, (self.channel, message.get("user"), message.get("team"))):
            text = re.sub(rf"\b{re.escape(name)}\b", "[id]", text)
        return html.unescape(text)


def _is_human(message: Message) -> bool:
    is_ours = message.get("bot_id") or message.get("bot_profile")
    return not is_ours and bool(message.get("user")) and message.get("subtype", "") in SUBTYPES


def _time(ts: str) -> str:
    return clock.said(datetime.fromtimestamp(float(ts), UTC))
