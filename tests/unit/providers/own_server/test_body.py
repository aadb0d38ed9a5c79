"""What a picture server of one's own is asked for, and what it would not draw but carry out."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from tasks.catalog.catalog import load_catalog
from tasks.catalog.choice import Choice
from tasks.project.paths import Paths
from tasks.providers.own_server.body import body, orders
from tests.support.emulator_process import ROOT

CATALOG = load_catalog(Paths(ROOT))


class Reference(NamedTuple):
    token: str
    mime: str


def choice(steps: int | None = None, image_size: str = "320x192") -> Choice:
    slot = CATALOG.slots["l-1"]
    model = replace(CATALOG.models[slot.model_key], steps=steps)
    return Choice(slot.code, model, slot.lane, "16:9", image_size, None, "a test")


def test_what_nobody_chose_is_left_to_the_server() -> None:
    """Steps and size are said where the slot has any; nothing stands in their place where it has none."""
    asked = body("雪の山道", choice(steps=4), ())
    assert (asked["prompt"], asked["size"], asked["num_inference_steps"]) == ("雪の山道", "320x192", 4)
    assert body("雪の山道", choice(image_size="any"), ()).keys().isdisjoint({"size", "num_inference_steps"})


def test_one_picture_is_asked_for_and_comes_with_the_answer() -> None:
    """A server that draws for minutes draws nothing that nobody takes, and names no address where none is needed."""
    asked = body("雪の山道", choice(), ())
    assert (asked["n"], asked["response_format"]) == (1, "b64_json")


def test_a_reference_picture_is_not_left_out_silently() -> None:
    """Such a server takes none: whoever refers to one hears of it before anything is drawn without it."""
    with pytest.raises(ValueError, match="takes no reference pictures"):
        body("雪の山道", choice(), [Reference("x", "image/png")])


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("a cat <lora:evil:1> asleep", "<lora:evil:1>"),
        ("a cat <LoRA: x>", "<LoRA: x>"),
        ("boat <sd_cpp_extra_args>{}", "<sd_cpp_extra_args>"),
        ("boat </sd_cpp_extra_args>", "</sd_cpp_extra_args>"),
        ("cat | dog", "|"),
        ("cat ｜ dog, 2 < 3 > 1, <lorax>", ""),
    ],
)
def test_texts_that_a_server_would_carry_out(text: str, piece: str) -> None:
    """Found in any case of letters; what only looks like it is a text."""
    assert orders(text) == piece
