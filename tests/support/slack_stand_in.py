"""Slack on this machine, for tests: an incoming webhook and the Web API methods that read, over real HTTP.

with SlackStandIn() as slack:
    slack.answers = [503, (429, 1)]      # what the next requests get before all is well again
    slack.write("指示です")               # a person writes in the channel; gives the ts
"""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

CHANNEL = "C0STANDIN01"
PERSON = "U0PERSON001"
TOKEN = "xoxb-1234567890-stand-in-token"
PATH = "/services/T0TEAM00001/B0HOOK00001/verysecretpart"


class SlackStandIn:
    """posts: texts the webhook accepted. asked: every request, accepted or not. page: messages per page."""

    def __init__(self, page: int = 2) -> None:
        self.page = page
        self.answers: list[Any] = []
        self.posts: list[str] = []
        self.asked: list[str] = []
        self.channel: list[dict[str, Any]] = []
        self.threads: dict[str, list[dict[str, Any]]] = {}
        self._count = 0

    def __enter__(self) -> Self:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.asked.append(self.path)
                code, headers, answer = stand_in.answer(self.path, body, self.headers.get("Authorization", ""))
                if code == 0:
                    self.connection.close()
                    return
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def env(self) -> dict[str, str]:
        return {
            "SLACK_WEBHOOK_URL": self.url + PATH,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_CHANNEL": CHANNEL,
            "SLACK_BASE_URL": f"{self.url}/api/",
        }

    @property
    def keys(self) -> list[str]:
        """The keys in every accepted post, in order, duplicates and all."""
        return [key for text in self.posts for key in re.findall(r"key=([a-z2-7]{8})", text)]

    def write(self, text: str, thread: str = "", **more: Any) -> str:
        """A message in the channel, or in the thread of another; by a person unless `more` says otherwise."""
        self._count += 1
        ts = f"{time.time() - 1000 + self._count:.6f}"
        message = {"type": "message", "user": PERSON, "text": text, "ts": ts, "team": "T0TEAM00001"} | more
        if thread:
            parent = next(each for each in self.channel if each["ts"] == thread)
            self.threads.setdefault(thread, [parent]).append(message | {"thread_ts": thread})
            parent |= {"thread_ts": thread, "reply_count": len(self.threads[thread]) - 1, "latest_reply": ts}
        else:
            self.channel.append(message)
        return ts

    def edit(self, ts: str, text: str) -> None:
        for message in [*self.channel, *(each for thread in self.threads.values() for each in thread)]:
            if message["ts"] == ts:
                message |= {"text": text, "edited": {"user": PERSON, "ts": f"{time.time():.6f}"}}

    def answer(self, path: str, body: bytes, authorization: str) -> tuple[int, dict[str, str], bytes]:
        told = self.answers.pop(0) if self.answers else 200
        if isinstance(told, tuple):
            return told[0], {"Retry-After": str(told[1])}, b'{"ok": false, "error": "ratelimited"}'
        if told != 200 and told != "lost":
            return told, {}, b"" if told == 0 else b"server_error"
        if path == PATH:
            text = json.loads(body)["text"]
            self.posts.append(text)
            self.write(text, user="", bot_id="B0HOOK00001", subtype="bot_message")
            return (0, {}, b"") if told == "lost" else (200, {}, b"ok")
        if authorization != f"Bearer {TOKEN}":
            return 200, {}, b'{"ok": false, "error": "invalid_auth"}'
        return 200, {}, json.dumps(self._read(path, parse_qs(body.decode()))).encode()

    def _read(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        if query["channel"][0] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        if path.endswith("conversations.history"):
            oldest = float(query["oldest"][0])
            messages = [each for each in reversed(self.channel) if float(each["ts"]) >= oldest]
        else:
            messages = self.threads[query["ts"][0]]
        start = int(query.get("cursor", ["0"])[0])
        more = str(start + self.page) if start + self.page < len(messages) else ""
        found = messages[start : start + self.page]
        return {"ok": True, "messages": found, "has_more": bool(more), "response_metadata": {"next_cursor": more}}
