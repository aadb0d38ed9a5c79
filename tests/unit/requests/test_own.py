"""What a row itself says of its picture: recorded with each request, so that a later version knows an edit as one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.catalog.presets import Preset
from tasks.prompts.prompts import Prompt
from tasks.prompts.revisions import Edit, Revision
from tasks.prompts.templates import Template
from tasks.prompts.thumbnail_subjects import Subject
from tasks.requests.own import OwnFacts, of_prompt, of_subject
from tasks.requests.references import Reference

FILE = Path("prompts.json")
ROW = Prompt("0001", " 雪の山道、{{season}} ", FILE)
CHANNEL = Preset("CH01", FILE, style="水彩")
SHAPE = Template("CH01", "t1", "{{thumbnail_prompt}}、太い線", FILE, 0)
SUBJECT = Subject("001", "侍の決断", None, {}, FILE, 0, own={"episode": "001"})


def prompt(run_slot: str | None = None, typed: str | None = None, **changes: object) -> OwnFacts:
    references = (Reference(FILE, "e" * 64, "image/png"),) if changes.pop("referred", False) else ()
    return of_prompt(ROW._replace(**changes), run_slot, CHANNEL, references, "", typed)


def subject(revision: Revision | None = None, template: Template = SHAPE, **changes: str) -> OwnFacts:
    return of_subject(replace(SUBJECT, **changes), template, revision, "")  # type: ignore[arg-type]


TABLE: dict[str, tuple[Callable[[], OwnFacts], str]] = {
    "a plain row": (
        prompt,
        "d05e75e37bc74ac80c9c0372316011a445d0dc179091a818473120783eee92e6",
    ),
    "a slot of the run": (
        lambda: prompt("g-2"),
        "b012697dcae721ec76330f411427dea2ca3131def1a69bb16843a659eeef5b51",
    ),
    "a slot of its own": (
        lambda: prompt(slot="g-1"),
        "6a54001cc3c3238918e0d7d709dfcc22154b3c59732db27555ecf8223d3c630d",
    ),
    "a ratio": (
        lambda: prompt(aspect_ratio="9:16"),
        "5fb6fc4a53e74d2d6831736c84124db65169e2844bd7592a56cc51ef538e3950",
    ),
    "a size": (
        lambda: prompt(image_size="2K"),
        "52141bb8b39a4a181683ad4a5a40df0cb4b7e34a159d904eb6bff0a24f728d8f",
    ),
    "what to avoid": (
        lambda: prompt(negative_prompt=" 文字 "),
        "d9f3b1d8f94c40a68668d22fc63738e7334bdc2af94c8839f03cc66157c6f7c9",
    ),
    "characters": (
        lambda: prompt(characters=("僧",)),
        "06706ea76574289ef3c067f26ee46eff78f0c77a18764e63251d279ae9fc3212",
    ),
    "a picture it refers to": (
        lambda: prompt(referred=True),
        "27c4aa9e02ad27cda517b81260f74f32033dd5467907f76530b13605b66353a0",
    ),
    "a thumbnail": (
        subject,
        "d38b2e873e9cdd36a1655fb558e6a510e48d4b9b51dd6d01d374160565c57d48",
    ),
    "a thumbnail that names its template": (
        lambda: subject(template_id="t2"),
        "99ca46e85dbf31d5e4b63d0e8dd580c0b32bfcad2229d034a062db4134e6140a",
    ),
    "a thumbnail that was changed on its page": (
        lambda: subject(Revision("2026-11-23T00:00:00Z", prompt=Edit("侍の決断", "侍の涙"))),
        "9220b59ad839bb49d590df0928c8439f69643d07fb9b8a88b110001165a89d5c",
    ),
}


@pytest.mark.parametrize("what", TABLE)
def test_what_a_row_says_is_recorded_the_same_for_ever(what: str) -> None:
    """Else every row of every run would count as edited after an update, and a change of the channel as the row's."""
    made, sha256 = TABLE[what]
    assert made().sha256 == sha256


def test_no_two_rows_of_the_table_say_the_same() -> None:
    """Whatever a row may say tells it apart."""
    assert len({sha256 for _, sha256 in TABLE.values()}) == len(TABLE)


def test_what_the_channel_says_is_in_no_row() -> None:
    """Another template: the row is the same; when a change was made does not matter."""
    assert subject(template=Template("CH01", "t2", "別の型", FILE, 0)).sha256 == subject().sha256
    early, late = (Revision(at, prompt=Edit("a", "b")) for at in ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"))
    assert subject(early).sha256 == subject(late).sha256


def test_a_slot_that_was_typed_goes_on_record_with_the_row() -> None:
    """SLOT= is as good as a word of the row; without it the row speaks alone."""
    assert prompt().as_sent == prompt().sha256
    assert len({prompt(typed=slot).as_sent for slot in (None, "g-1", "g-2")}) == 3
