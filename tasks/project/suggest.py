"""What a person probably meant by a name that there is not, and what there is instead."""

import difflib
import re
from collections.abc import Collection, Sequence

from ..text.sentences import later, t

MOST = 6


def nearest(variable: str, wanted: str, there: Sequence[str], none: str = later("there is none yet")) -> str:
    """In words: the one of the names `there` that `wanted` was meant to be, and a few near it. variable: "CH"."""
    if not there:
        return t(none)
    same = [name for name in there if _plain(name.casefold()) == _plain(wanted.casefold())]
    close = difflib.get_close_matches(wanted.upper(), [name.upper() for name in there], MOST, 0.3)
    by_upper = {name.upper(): name for name in there}
    shown = list(there) if len(there) <= MOST else [by_upper[name] for name in close] or list(there)[-MOST:]
    meant = t("did you mean {near}? ", near=f"{variable}={same[0]}") if same else ""
    more = t(" and {more} more", more=len(there) - len(shown)) if len(there) > len(shown) else ""
    if len(there) == 1:
        return t("{meant}there is {names}", meant=meant, names=there[0])
    return t("{meant}there are {names}{more}", meant=meant, names=", ".join(shown), more=more)


def same_name(wanted: str, there: Collection[str]) -> str:
    """The one of the names that is `wanted` but for zeros before a number, 1 for 001; `wanted` when none or several
    are."""
    same = [name for name in there if _plain(name) == _plain(wanted)]
    return same[0] if wanted not in there and len(same) == 1 else wanted


def _plain(name: str) -> str:
    """Zeros before a number are what people leave out: CH1 for CH01."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", name)
