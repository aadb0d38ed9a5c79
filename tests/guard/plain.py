"""The one place where something is made equal that need not be, each rule with its reason.

A scenario that differs is played once more before it counts: a clock may pass a full hour between the two halves.
"""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Every match of `pattern` becomes `word`. only: for files whose path it matches; outputs have the path ""."""

    pattern: re.Pattern[str]
    word: str
    why: str
    only: re.Pattern[str] = re.compile("")


def _rule(pattern: str, word: str, why: str, only: str = "") -> Rule:
    return Rule(re.compile(pattern), word, why, re.compile(only))


RULES = (
    _rule(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "<time>", "the two halves are played one after the other"
    ),
    _rule(r"20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?", "<time>", "the same, as pages show it"),
    _rule(r"(?<!in) +\d+ (min|h)\b(?=  )", " <age>", "a job gets older meanwhile; padded to its column of a table"),
    _rule(r"pending +age\b", "pending <age>", "the head of that column"),
    _rule(r"\b\d+ min\b", "<age>", "the same age, in a sentence"),
    _rule(r"\b\d+ s old\b", "<age> old", "the same, for a young one"),
    _rule(r"(pictures?) in \d+ s\b", r"\1 in <seconds>", "how long the immediate lane took"),
    _rule(r'("(?:age|expires_in|results_vanish_in)_hours": *)[\d.-]+', r"\1<hours>", "the same, for programs"),
    _rule(
        r'("hours": *)\d+\.\d+', r"\1<hours>", "the same, as the inbox keeps what a sentence is made of", r"\.jsonl$"
    ),
    _rule(r'("seconds": *)[\d.]+', r"\1<seconds>", "how long the provider took to answer is never the same"),
    _rule(r">\d+(\.\d+)? s<", "><seconds><", "the same, on the page of a comparison", r"\.html$"),
    _rule(r"looked at \d\d:\d\d:\d\d UTC", "looked at <time>", "a table on a terminal says when it was drawn"),
    _rule(r'"\d{10}\.\d{6}"', '"<time>"', "Slack's times are those of the stand-in's clock", r"\.slack/"),
    _rule(r"127\.0\.0\.1:\d+", "127.0.0.1:<port>", "servers of doit take any free port"),
    _rule(r'("pid": *)\d+', r"\1<pid>", "whoever holds a lock is another process each time", r"\.locks/"),
    _rule(r"\b(process|kill) \d+", r"\1 <pid>", "the same, in a message"),
    _rule(r'<meta name="review" content="[^"]+">', "<token>", "drawn by lot for each doit review"),
    _rule(r',"cause": *(null|"(?:[^"\\]|\\.)*")', "", "an optional key that is to come", r"\.jsonl$"),
)
CODE = "<code>"
"""Stands for the folder of either code: lock files and tracebacks say where doit was started from."""
UNREAD = re.compile(
    r"\.doit\.db.*|workspaces/(\.emulator/.*|\.index\.json|\.report\.json|\.machines\.json|inbox/\.digest)"
)
"""doit's cache and ours, whose loss costs nothing, the state of doit's own emulator, and how many bytes of the inbox's
events are told: full of times, or of their lengths."""
INCOMING = re.compile(r"(workspaces/\.store/\.incoming/[^/]+/)[0-9a-f]{64}(?=\.part$)")
"""Pictures that several threads were writing when the process was killed: which of them is a matter of luck."""
RECORDS = re.compile(r"results\.jsonl$|_immediate/.*\.jsonl$|\.store/../.*\.json$")
"""Objects that programs read by their keys: their order became one later, and a seed nobody told is left out."""
_BINARY = re.compile(r"\.(png|jpg|webp|part)$")


def text(said: str, folders: tuple[str, ...], path: str = "") -> str:
    """`said` as it is compared. folders: of the codes. path: of a file, "" for an output."""
    for folder in folders:
        said = said.replace(folder, CODE)
    for rule in RULES:
        if rule.only.search(path):
            said = rule.pattern.sub(rule.word, said)
    return said


def name(path: str) -> str:
    """The path of a file as it is compared."""
    return INCOMING.sub(r"\1<digest>", path)


def data(content: bytes, folders: tuple[str, ...], path: str) -> bytes:
    """The bytes of a file as they are compared: pictures to the last bit."""
    if UNREAD.fullmatch(path) or "<digest>" in path:
        return b""
    if _BINARY.search(path):
        return content
    if RECORDS.search(path):
        content = b"\n".join(map(_by_key, content.split(b"\n")))
    return text(content.decode("utf-8", "surrogateescape"), folders, path).encode("utf-8", "surrogateescape")


def _by_key(line: bytes) -> bytes:
    """A JSON object with its keys in the order of the alphabet; any other line as it is."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    for each in (record, record.get("line")) if isinstance(record, dict) else ():
        if isinstance(each, dict) and each.get("seed", "") is None:
            del each["seed"]
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
