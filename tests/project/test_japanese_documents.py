"""Every Japanese page says what the English one beside it says: the same parts, blocks, tables, names and messages."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.support.emulator_process import ROOT

ENGLISH = [path.with_name(path.name.removesuffix(".ja.md") + ".md") for path in sorted((ROOT / "docs").glob("*.ja.md"))]
WHOLE = [ROOT / "docs" / name for name in ("configuration.md", "install.md", "operations.md")]
"""Pages whose every part is there in Japanese, with every row."""

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CELLS = re.compile(r"(?<!\\)\|")


def japanese(english: Path) -> Path:
    """The page beside it."""
    return english.with_name(f"{english.stem}.ja.md")


def _blocks(path: Path) -> list[str]:
    return _FENCED.findall(path.read_text("utf-8"))


def _parts(path: Path) -> list[tuple[str, str]]:
    """The level of each heading, and what stands there without its blocks; "" for what is above the first."""
    text = _FENCED.sub("", path.read_text("utf-8"))
    found = re.split(r"^(#+) ", text, flags=re.MULTILINE)
    return [("", found[0]), *zip(found[1::2], found[2::2], strict=True)]


def _rows(part: str) -> list[int]:
    """How many cells each row of its tables has, in order."""
    return [len(_CELLS.split(line)) for line in part.splitlines() if line.startswith("|")]


def _names(part: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", part.replace(".ja.md", ".md")))


def _links(part: str) -> set[str]:
    """Where a part leads, without the place on that page, which has another name in each language."""
    return set(re.findall(r"\]\(([^)#]+)", part.replace(".ja.md", ".md")))


@pytest.mark.parametrize("english", ENGLISH, ids=lambda path: path.name)
def test_blocks_are_the_same(english: Path) -> None:
    """What can be copied from either page is the same, in the same order."""
    assert _blocks(japanese(english)) == _blocks(english) != []


@pytest.mark.parametrize("english", WHOLE, ids=lambda path: path.name)
def test_parts_and_rows_are_the_same(english: Path) -> None:
    """Each heading has its counterpart at the same place, with tables of as many rows and cells."""
    for said, told in zip_longest(_parts(english), _parts(japanese(english)), fillvalue=("", "nothing")):
        assert (told[0], _rows(told[1])) == (said[0], _rows(said[1])), f"{_title(said[1])} | {_title(told[1])}"


@pytest.mark.parametrize("english", WHOLE, ids=lambda path: path.name)
def test_names_and_links_are_the_same(english: Path) -> None:
    """Commands, keys, files and links of each part are those of its counterpart."""
    for said, told in zip(_parts(english)[1:], _parts(japanese(english))[1:], strict=True):
        assert _names(told[1]) == _names(said[1]), _title(said[1])
        assert _without_self(_links(told[1]), english) == _without_self(_links(said[1]), english), _title(said[1])


def _title(part: str) -> str:
    return part.partition("\n")[0]


def _without_self(links: set[str], english: Path) -> set[str]:
    """Each page leads to the other at its top."""
    return links - {english.name}


@pytest.mark.parametrize("english", [ROOT / "README.md", *ENGLISH], ids=lambda path: path.name)
def test_pages_lead_to_each_other(english: Path) -> None:
    """A reader of either finds the other at its top."""
    for page, other in ((english, japanese(english)), (japanese(english), english)):
        assert f"]({other.name})" in "".join(page.read_text("utf-8").splitlines()[:4])


@pytest.mark.parametrize("path", [ROOT / "README.ja.md", *map(japanese, ENGLISH)], ids=lambda path: path.name)
def test_a_japanese_page_leads_to_japanese_pages(path: Path) -> None:
    """Who reads Japanese goes on in Japanese where there is such a page; elsewhere it is said that there is none."""
    body = path.read_text("utf-8").partition("\n[English](")[2]
    links = re.findall(r"\[([^\]]*)\]\(((?!https?:)[^)#]+\.md)", body)
    assert [to for name, to in links if name != "English" and (path.parent / to).with_suffix(".ja.md").exists()] == []


def _quoting(path: Path) -> list[str]:
    """Headings, and first cells of tables, where messages are quoted."""
    text = _FENCED.sub("", path.read_text("utf-8"))
    places = re.findall(r"^#+ (.*)$|^\|((?:\\\||[^|\n])*)\|", text, re.MULTILINE)
    return [heading or cell for heading, cell in places]


def test_the_same_messages_are_explained() -> None:
    """Headings and rows of operations.ja.md quote the English message of their counterpart: it is found there too."""
    english = ROOT / "docs" / "operations.md"
    quoted = [[re.findall(r'"([^"]+)"', each) for each in _quoting(page)] for page in (english, japanese(english))]
    assert quoted[1] == quoted[0]


CATALOGUE = ROOT / "tasks" / "text" / "locale" / "ja" / "LC_MESSAGES" / "kamishibai.po"


def _told() -> list[tuple[str, str]]:
    """Every message in English and in Japanese, with … for values."""
    with CATALOGUE.open("rb") as stream:
        found = read_po(stream, locale="ja")
    return [(_without_fields(str(each.id)), _without_fields(str(each.string))) for each in found if each.id]


def _without_fields(template: str) -> str:
    return re.sub(r"\{\w[^{}]*\}", "…", template)


def _words(quoted: str) -> re.Pattern[str]:
    """These words in this order, where … stands for anything."""
    pieces = [re.escape(piece.strip()) for piece in quoted.split("…") if piece.strip()]
    return re.compile(".*….*".join(pieces), re.DOTALL)


def test_messages_are_quoted_as_the_catalogue_has_them() -> None:
    """Where a message is said in Japanese, its Japanese words stand before the English ones."""
    told, wrong = _told(), []
    for place in _quoting(ROOT / "docs" / "operations.ja.md"):
        for before, english in re.findall(r'(?:「([^」]*)」 )?"([^"]+)"', place):
            wanted = _words(english)
            said = [string for template, string in told if wanted.search(template)]
            if said and not (before and any(map(_words(before).search, said))):
                wrong.append((before, english, said[:3]))
    assert wrong == []
