"""Catalogues for tests: a language that is written for one test, and one that is spoken for a while."""

import contextlib
from collections.abc import Iterator, Mapping
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
