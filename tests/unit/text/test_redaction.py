"""What looks like a secret is redacted wherever it stands; a line is one printable line."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.text.redaction import holds_secret, one_line, redacted

KEYS = [
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "fw_3ZabcdefGHIJKlmnop",
    "xoxb-123456789012-123456789012-AbCdEfGhIjKl",
    "https://hooks.slack.com/services/T01234567/B01234567/AbCdEfGhIjKlMnOp",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "sk-proj-abcdefghijklmnop1234",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc123",
    "-----BEGIN PRIVATE KEY----- MIIEvQIBADANBg -----END PRIVATE KEY-----",
]
NAMED = [
    ("Authorization: Bearer ", "abcdef0123456789.xyz"),
    ("password=", "hunter2hunter2"),
    ("/v1beta/models?key=", "abcd1234efgh"),
    ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("setting=", "0123456789abcdef0123456789abcdef"),
    ("https://user:", "p4ssword"),
    ("", "U012ABCDEF"),
    ("channel ", "C0123456789"),
]
EDGES = st.text(st.sampled_from(" \n\"'()、。「」雪"), max_size=3)


@given(before=EDGES, after=EDGES, key=st.sampled_from(KEYS))
def test_keys_are_redacted_wherever_they_stand(before: str, after: str, key: str) -> None:
    """The usual key shapes, in any surroundings, leave nothing of themselves; a second look changes nothing."""
    clean = redacted(f"鍵 {before}{key}{after} です")
    assert key not in clean and key[8:] not in clean and "[redacted]" in clean
    assert redacted(clean) == clean and holds_secret(key) and not holds_secret(clean)


@pytest.mark.parametrize(("name", "secret"), NAMED)
def test_named_secrets_and_slack_ids(name: str, secret: str) -> None:
    """What a name calls a secret is taken out, whatever its shape; so are ids of Slack."""
    clean = redacted(f"見て {name}{secret}@example ok")
    assert secret not in clean and clean.endswith("ok")
    assert redacted(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "CH01-251 0003-0123456789abcdef: 503 UNAVAILABLE (attempt 2)",
        "batches/abc123def456 has been pending for 30 h; key=qk3dm2p7",
        "workspaces/video/runs/CH01-251/images/0001.png",
        "gemini_nano_banana_2_1 ends on 2026-12-01; tokens: 1290",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Keys of requests, job names, paths and model keys are what a person needs to read."""
    assert redacted(text) == text


@given(st.text(max_size=60))
def test_one_line_is_one_printable_line(text: str) -> None:
    """Whatever comes in, out comes one short line; hidden characters cannot hide a key."""
    line = one_line(text, 40)
    assert line.isprintable() and len(line) <= 40
    assert "AIza" not in one_line(f"{text} AIza\u200bSyA1234567890", 200) or "AIza" in text


@pytest.mark.parametrize("text", ["A" * 60_000, "eyJ" * 20_000, "key=A1" * 10_000, "://a:" * 12_000, "hooks" * 12_000])
def test_a_long_text_is_redacted_quickly(text: str) -> None:
    """A provider's megabyte costs no more time than its first line."""
    began = time.monotonic()
    line = one_line(text, 240)
    assert time.monotonic() - began < 0.5 and len(line) <= 240


@given(st.integers(0, 900), st.integers(0, 900))
def test_a_cut_secret_is_not_shown(before: int, after: int) -> None:
    """Wherever a long text is cut, no part of a key comes into view."""
    line = one_line("x " * before + f"password={'S' * 500}9 " * 3 + "AIzaSyMARKER0123456789" + " x" * after, 120)
    assert "MARKER" not in line and "SSSSSSSSS" not in line
