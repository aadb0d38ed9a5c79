"""Which language a person reads, and the catalogue of its sentences: locale/<language>/LC_MESSAGES/kamishibai.mo.

English is in the code and has no catalogue: it costs neither an import nor a look at the disk. Another language is one
file, found by its name.
"""

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import GNUTranslations

VARIABLE = "KAMISHIBAI_LANG"
FOLDER = Path(__file__).parent / "locale"
DOMAIN = "kamishibai"
ENGLISH = "en"
_OF_THE_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


@functools.cache
def catalogue() -> "GNUTranslations | None":
    """The sentences of the person's language; None for English, and for a language that nobody has written."""
    wanted = _wanted().partition(".")[0]
    if wanted in ("", "C", "POSIX") or wanted.partition("_")[0] == ENGLISH:
        return None
    import gettext

    try:
        return gettext.translation(DOMAIN, FOLDER, [wanted])
    except (OSError, ValueError):  # none of that name, or none that can be read
        return None


def tag() -> str:
    """The language that is spoken, as a page says it: "en", "ja"."""
    found = catalogue()
    return found.info().get("language", "").replace("_", "-") if found else ENGLISH


def _wanted() -> str:
    """What the environment asks for, such as "ja" or "ja_JP.UTF-8": the first variable that says anything."""
    names = (VARIABLE, *_OF_THE_LOCALE)
    return next((said for name in names if (said := os.environ.get(name, "").strip())), "") or _of_windows()


def _of_windows() -> str:
    """Windows has no such variables; there a locale is called "Japanese_Japan"."""
    if not _windows():
        return ""
    import locale

    name = (locale.getlocale()[0] or "").partition("_")[0]
    return locale.normalize(name).partition(".")[0]


def _windows() -> bool:
    return os.name == "nt"
