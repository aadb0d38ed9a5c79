"""One text in several spellings is one picture; texts that need no folding keep the digest they always had."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.requests import request
from tasks.requests.folding import folded
from tasks.requests.request import PromptSpec, Request, requests, retaken
from tests.support import facts

TEXT = "\u96ea\u306e\n\u5ce0\u3067\u00e9"
SPELLINGS = [
    TEXT.replace("\n", "\r\n"),
    TEXT.replace("\n", "\r"),
    unicodedata.normalize("NFD", TEXT),
    "\ufeff" + TEXT,
    TEXT.replace("\u5ce0", "\u5ce0\u200b\u2060\u00ad"),
    unicodedata.normalize("NFD", TEXT).replace("\u3066", "\u3066\u200b").replace("\n", "\r\u200b\n"),
]
PIECES = st.sampled_from(
    ["\u5c71", "\u304c", "\u304b\u3099", "\n", "\r\n", "\r", "\u200b", "\ufeff", "e\u0301", "\u00e9", "\ufa19"]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map("".join)


def wishes(*texts: str) -> list[PromptSpec]:
    return [PromptSpec(f"{number:04d}", text, facts.choice()) for number, text in enumerate(texts, 1)]


def as_before(*texts: str) -> list[Request]:
    """The requests that a version made which folded nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request, "folded", lambda text: text)
        return requests(wishes(*texts))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_that_nobody_sees_is_the_same_picture(spelling: str) -> None:
    """Line ends, composed or parted letters, zero-width characters: one digest, and what is sent stays as written."""
    (now,), (plain,) = requests(wishes(spelling)), requests(wishes(TEXT))
    assert now.digest == plain.digest and now.text == spelling and now.digest_before == as_before(spelling)[0].digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u5c71 \u5ddd", "\u5c71  \u5ddd"),
        ("\u5c71\n\u5ddd", "\u5c71 \n\u5ddd"),
        ("\u795e", "\ufa19"),
        ("\u2764", "\u2764\ufe0f"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\U0001f467"),
        ("\u06cc\u200c\u06a9", "\u06cc\u06a9"),
        ("A", "\uff21"),
        ("\u30ab", "\uff76"),
        ("\u5c71\u2028\u5ddd", "\u5c71\n\u5ddd"),
    ],
)
def test_what_shows_is_another_picture(one: str, other: str) -> None:
    """Blanks, emoji of several parts, old forms of characters, full-width letters are the writer's own."""
    assert requests(wishes(one))[0].digest != requests(wishes(other))[0].digest


@given(st.text(st.characters(exclude_categories=["Cs"])) | TEXTS)
def test_folding_once_is_enough(text: str) -> None:
    """A folded text is its own folding, the very object, so that its digest is made as it always was."""
    once = folded(text)
    assert folded(once) is once


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_what_was_bought_before_is_known(texts: list[str]) -> None:
    """Every request has the digest it had before texts were folded: as its own, or as its former one."""
    pairs = list(zip(requests(wishes(*texts)), as_before(*texts), strict=True))
    assert all(old.digest in now.digests for now, old in pairs)
    assert all(now.digest == old.digest for (now, old), text in zip(pairs, texts, strict=True) if folded(text) is text)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(TEXTS, max_size=3))
def test_two_prompts_of_one_text_are_two_pictures(texts: list[str], former: list[str]) -> None:
    """However they are spelt, and whatever was asked for before, no picture can be taken for that of two prompts."""
    had = {
        (each.prompt_id, each.prompt_sha256): {each.digest}
        for each in (*as_before(*former), *requests(wishes(*former)))
    }
    names = [digest for each in requests(wishes(*texts), had) for digest in each.digests]
    assert len(set(names)) == len(names)


def test_a_twin_keeps_its_picture_when_its_spelling_changes() -> None:
    """Two prompts of one text, of which the first one is spelt otherwise later: each has the picture it had."""
    bought = requests(wishes(TEXT, TEXT))
    had = {(each.prompt_id, each.prompt_sha256): {each.digest} for each in bought}
    now = requests(wishes(SPELLINGS[0], TEXT), had)
    assert [each.digest for each in now] == [each.digest for each in bought]


def test_a_twin_that_was_bought_by_its_spelling_keeps_its_picture() -> None:
    """Before, two spellings were two texts, each the first of its kind; both pictures are known, and none for two."""
    bought = as_before(SPELLINGS[0], TEXT)
    had = {(each.prompt_id, each.prompt_sha256): {each.digest} for each in bought}
    for known in ({}, had):
        now = requests(wishes(SPELLINGS[0], TEXT), known)
        assert [old.digest in new.digests for new, old in zip(now, bought, strict=True)] == [True, True]
        assert not set(now[0].digests) & set(now[1].digests)


def test_takes_are_folded_too() -> None:
    """A further take is the same one in every spelling, and known by what it was before."""
    (plain,), (other,) = wishes(TEXT), wishes(SPELLINGS[0])
    assert retaken(other, 2, 0).digest == retaken(plain, 2, 0).digest
    assert len(retaken(other, 2, 0).digests) == 2 and len(retaken(plain, 2, 0).digests) == 1


def test_the_names_of_a_request_are_its_digests_and_keys() -> None:
    """The digest of today comes first; a text that needs no folding has one name only."""
    for each in (*requests(wishes(TEXT)), *requests(wishes(SPELLINGS[0]))):
        assert each.digests[0] == each.digest and each.keys[0] == each.key
        assert [key[-16:] for key in each.keys] == [digest[:16] for digest in each.digests]
    assert all(one != two for one, two in pairwise(each.digests))
