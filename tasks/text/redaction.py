"""What must never stand in a file or message, known by its shape: keys, tokens, webhook addresses, Slack ids. Pure."""

import re
import unicodedata

REDACTED = "[redacted]"
KEY = "(key)"
_MARGIN = 600
"""Characters looked at beyond what is shown: the patterns take time with the square of a text's length."""

# Whole tokens of the services this project meets and of those whose keys most often lie in the same shell.
_TOKENS = (
    r"AIza[\w-]{8,}",  # Google API key
    r"ya29\.[\w-]{8,}|GOCSPX-[\w-]{8,}",  # Google OAuth
    r"\bAQ\.[\w-]{16,}",  # Google authorization key
    r"\bfw_\w{8,}",  # Fireworks
    r"xox[a-z](?:\.xox[a-z])?-[\w-]*|xapp-[\w-]{4,}",  # Slack tokens
    r"(?:https?://)?hooks\.slack(?:-gov)?\.com/[^\s\"'<>)\]]*",  # Slack webhooks: the address is the secret
    r"whsec_[\w+/=-]*",  # Standard Webhooks
    r"\bsk-[\w-]{16,}",  # OpenAI, Anthropic and others
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # AWS
    r"\bgh[pousr]_\w{20,}|github_pat_\w{20,}|\bglpat-[\w-]{16,}",  # GitHub, GitLab
    r"\beyJ[\w-]{10,}\.[\w-]{4,}(?:\.[\w-]*)?",  # JSON web token
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
)
_TOKEN = re.compile("|".join(_TOKENS), re.ASCII | re.DOTALL)

# The name or the word before says that a secret follows; only what follows is taken away.
_NAMED = re.compile(
    r"""(?ix)
    ( \b(?:bearer|basic)\s+ (?=[\w.~+/=-]{8})
    | (?:api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|token|secret|passw(?:or)?d|credentials?|authorization
        |signature|パスワード|[?&](?:key|sig)) ["']?\s*[=:：]\s*["']? (?:(?:bearer|basic)\s+)?
    | ://[^\s:/@]{1,100}: (?=[^\s@]{1,200}@)
    )
    (?!\[redacted\]|(?:bearer|basic)\b) [^\s"'<>,;&、。]{6,}?
    (?= ["'\s<>,;&、。] | @ | \Z)""",
)

# A long value without a telling name: letters and digits mixed. Paths, words and our own request keys are shorter.
_LONG = re.compile(
    r"([A-Za-z_][\w.-]{0,60}[\"']?\s*[=:]\s*[\"']?)(?=[A-Za-z+_-]*[0-9])(?=[0-9+_-]*[A-Za-z])[A-Za-z0-9+_-]{32,}[\w+/=-]*",
    re.ASCII,
)

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_MENTION = re.compile(r"<(?:([@#])|!subteam\^)[A-Z0-9]{2,}(?:\|([^<>]*))?>")
_SLACK_LINK = re.compile(r"(?:https?://)?[\w-]+\.slack\.com/(?:archives|team|files)/[^\s<>|)\]]*", re.ASCII)
_SLACK_ID = re.compile(r"\b[UWCGDTBAF]0[A-Z0-9]{7,11}\b", re.ASCII)


def holds_secret(text: str) -> bool:
    """Whether a key, token or webhook address stands anywhere in `text`."""
    return _TOKEN.search(text) is not None


def redacted(text: str) -> str:
    """`text` with every secret and every Slack id replaced; the same again when it is given its own result."""
    text = _TOKEN.sub(REDACTED, text)
    text = _NAMED.sub(lambda found: found[1] + REDACTED, text)
    text = _LONG.sub(lambda found: found[1] + REDACTED, text)
    return _without_slack_ids(text)


def without(secret: str, text: str) -> str:
    """`text` with the very `secret` replaced, whatever its shape; "" for no secret."""
    return text.replace(secret, KEY) if secret else text


def visible(text: str) -> str:
    """`text` with "?" for what moves a cursor, turns the reading direction, or cannot be written; line breaks stay."""
    return _UNSEEN.sub("?", text)


def one_line(text: str, longest: int) -> str:
    """`text` redacted, in one printable line of at most `longest` characters; what is cut off is marked with "…"."""
    seen = (char for char in text if unicodedata.category(char) != "Cf")  # unseen joiners could hide a key's shape
    plain = " ".join("".join(char if char.isprintable() else " " for char in seen).split())
    clean = redacted(plain[: longest + _MARGIN])
    if len(plain) > longest + _MARGIN and len(clean) <= longest:
        clean = clean.rpartition(" ")[0] + " …"  # a secret that was cut in two may have no shape any more
    return clean if len(clean) <= longest else clean[: longest - 1].rstrip() + "…"


def _without_slack_ids(text: str) -> str:
    text = _MENTION.sub(_mentioned, text)
    return _SLACK_ID.sub("[id]", _SLACK_LINK.sub("[Slack link]", text))


def _mentioned(found: re.Match[str]) -> str:
    if label := (found[2] or "").lstrip("@#"):
        return f"{found[1] or '@'}{label}"
    return "#[channel]" if found[1] == "#" else "@[someone]"
