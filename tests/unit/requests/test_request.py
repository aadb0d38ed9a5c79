"""Requests: the same input gives the same bytes, and the digest changes exactly when the picture would."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.providers.fireworks import body
from tasks.requests import request
from tasks.requests.request import PromptSpec, Request, key_of, line, requests
from tests.support import facts


def one(text: str = "雪の山道", **changes: object) -> Request:
    return requests([PromptSpec("0001", text, facts.choice(**changes))])[0]


def test_the_same_input_gives_the_same_bytes() -> None:
    """In every process the same facts make these very bytes: a job is known again by the hash of its lines."""
    body = (
        '{"contents":[{"role":"user","parts":[{"text":"雪の山道"}]}],"generationConfig":{"responseModalities":["IMAGE"],'
        '"imageConfig":{"aspectRatio":"16:9","imageSize":"1K"},"thinkingConfig":{"thinkingLevel":"minimal"}}}'
    )
    assert line(one()).decode() == f'{{"key":"0001-09b49334c51cb639","request":{body}}}\n'


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other-model"},
        {"aspect_ratio": "1:1"},
        {"image_size": "2K"},
        {"thinking_level": "high"},
        {"text": "別"},
    ],
)
def test_what_changes_the_picture_changes_the_digest(changes: dict[str, str]) -> None:
    """Model, ratio, size, thinking and text are all in the digest."""
    assert one(**changes).digest != one().digest


@pytest.mark.parametrize("changes", [{"lane": "immediate"}, {"slot": None}, {"output_size": (1920, 1080)}])
def test_what_does_not_change_the_picture_keeps_the_digest(changes: dict[str, object]) -> None:
    """Lane, slot code and later cropping leave the digest, so that a paid picture is found again."""
    assert one(**changes).digest == one().digest


def test_a_size_that_is_not_sent_is_not_in_the_digest() -> None:
    """A model that takes no size makes the same request whatever size is asked."""
    assert one(sends_image_size=False, image_size="2K").digest == one(sends_image_size=False).digest
    assert "imageSize" not in line(one(sends_image_size=False)).decode()


def test_identical_prompts_of_a_run_stay_apart() -> None:
    """The n-th prompt with the same content has a digest of its own, which does not depend on ids."""
    same = [PromptSpec(name, "夜空", facts.choice()) for name in ("a", "b", "c")]
    digests = [request.digest for request in requests(same)]
    assert len(set(digests)) == 3
    renamed = [wish._replace(prompt_id=name) for name, wish in zip("xyz", same, strict=True)]
    assert [request.digest for request in requests(renamed)] == digests


def test_a_new_twin_before_bought_ones_leaves_them_theirs() -> None:
    """A prompt of the same text put before two bought ones is a third picture; each of those keeps its own."""
    bought = requests([PromptSpec(name, "夜空", facts.choice()) for name in ("0001", "0002")])
    had = {(each.prompt_id, each.prompt_sha256): {each.digest} for each in bought}
    now = requests([PromptSpec(name, "夜空", facts.choice()) for name in ("0000", "0001", "0002")], had)
    third = requests([PromptSpec(name, "夜空", facts.choice()) for name in ("a", "b", "c")])[2]
    assert [each.digest for each in now] == [third.digest, bought[0].digest, bought[1].digest]


SPLITTERS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""All that some reader takes for the end of a line."""


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(SPLITTERS), min_size=1))
@example("一\x85二")
@example("一\u2028二")
@example("一\u2029二")
@example(SPLITTERS)
def test_any_text_survives_the_line(text: str) -> None:
    """A line is one line to every reader, valid JSON, and holds the text unchanged."""
    encoded = line(one(text))
    assert encoded.endswith(b"\n") and len(encoded.decode().splitlines()) == 1
    data = json.loads(encoded)
    assert data["request"]["contents"][0]["parts"][0]["text"] == text
    assert key_of(encoded) == data["key"] == one(text).key


def test_the_wire_format() -> None:
    """The body is the provider's GenerateContentRequest with one text part, an image config and the thinking level."""
    body = json.loads(line(one("山")))["request"]
    assert body == {
        "contents": [{"role": "user", "parts": [{"text": "山"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"},
            "thinkingConfig": {"thinkingLevel": "minimal"},
        },
    }


def test_each_provider_is_asked_in_its_own_form() -> None:
    """Fireworks gets its own body, references as tokens in it; Gemini a list of parts."""
    choice = facts.choice()
    fireworks = replace(choice, model=replace(choice.model, api="fireworks"))
    expected = body.body("山", fireworks.model, choice.aspect_ratio, references=[])
    assert request.body("山", fireworks) == expected and "contents" in request.body("山", choice)
