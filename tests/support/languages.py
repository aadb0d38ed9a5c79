"""Catalogues for tests: a language that is written for one test, and one that is spoken for a while."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tasks.text import languages


def write(folder: Path, language: str, words: Mapping[str, str], plural: str = "nplurals=1; plural=0;") -> None:
    """A catalogue as a translator adds one: a single file."""
    catalogue = Catalog(language)
    kept = {"Language": language, "Content-Type": "text/plain; charset=utf-8", "Plural-Forms": plural}
    catalogue.mime_headers = list(kept.items())
    for template, said in words.items():
        catalogue.add(template, said)
    stream = BytesIO()
    write_mo(stream, catalogue)
    file = folder / language / "LC_MESSAGES" / "kamishibai.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(stream.getvalue())


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """This process speaks another language for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(languages.VARIABLE, language)
        languages.catalogue.cache_clear()
        yield
    languages.catalogue.cache_clear()


_KEPT = re.compile(r"\{\{|\}\}|\{[^{}]*\}|</?[a-z][^>]*>")
"""Of a sentence: its fields, and tags of a page."""


def strange(template: str) -> str:
    """The sentence in a language that nobody speaks: its letters are full-width ones, which no English word has."""
    parts, at = [], 0
    for kept in _KEPT.finditer(template):
        parts += [_wide(template[at : kept.start()]), re.sub(r":([A-Za-z][^|}]*)[^}]*", _noun, kept[0])]
        at = kept.end()
    return "".join([*parts, _wide(template[at:])])


def _noun(found: re.Match[str]) -> str:
    """Of what is counted the one form that the language has."""
    return f":{_wide(found[1])}" if len(found[1]) > 1 else found[0]


def _wide(text: str) -> str:
    return re.sub("[A-Za-z]", lambda letter: chr(ord(letter[0]) + 0xFEE0), text)


class _Words(HTMLParser):
    """What a person reads or hears of a page: its text, and the attributes that hold some."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += [tag] if tag in ("script", "style") else []
        self.said += [value for name, value in attrs if value and name in ("alt", "title", "aria-label", "placeholder")]

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside[:-1] if self._inside[-1:] == [tag] else self._inside

    def handle_data(self, data: str) -> None:
        self.said += [] if self._inside else [data]


def words_of(page: str) -> list[str]:
    """Every text of a page, scripts and styles left out."""
    words = _Words()
    words.feed(page)
    return [text.strip() for text in words.said if text.strip()]
