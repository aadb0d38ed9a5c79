"""A JSON or YAML file -> its data: UTF-8 and one reading only; anything else is refused with its line."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..text.errors import disk_words
from ..text.sentences import t
from . import foreign, json_text, regular, yaml_text
from .problem import NotADocument, Spot, Steps, refused

_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_FEW_NULS = 4


def read(path: Path) -> bytes:
    """The bytes of `path`; NotADocument when there is no such file or it cannot be opened."""
    try:
        return regular.read(path)
    except FileNotFoundError:
        raise refused(path, None, t("this file is missing"), t("create it, or restore it from git")) from None
    except OSError as error:
        what, do = disk_words(error)
        raise refused(
            path, None, t("cannot be read: {what}", what=what), t("{do}, then: doit validate", do=do)
        ) from None


def decode(path: Path, raw: bytes, *, table: bool = False) -> str:
    """The text of `raw`, which must be UTF-8 without NUL and not another program's (see `foreign`).

    table: whether it may come as spreadsheets write it: with a byte order mark, in UTF-16 with one, or in Shift_JIS.
    """
    if other := foreign.problem(path, raw):
        raise NotADocument([other])
    if raw.startswith(b"\xef\xbb\xbf"):
        if not table:
            raise refused(path, 1, t("begins with a byte order mark"), t('save it as "UTF-8" without BOM'))
        raw = raw[3:]
    if wide := _wide(raw):
        raw = _narrowed(path, raw, wide, table)
    if (at := raw.find(b"\0")) >= 0:
        raise refused(
            path, raw.count(b"\n", 0, at) + 1, t("holds a NUL character"), t("remove it: nothing can show it")
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        text = shift_jis(raw)
        if table and text is not None:
            return text
        found = t("is Shift_JIS text") if text else t("is not UTF-8 (byte {at:,})", at=error.start + 1)
        line = raw.count(b"\n", 0, error.start) + 1
        raise refused(
            path, line, t("{found}, expected UTF-8", found=found), t('save it again with the encoding "UTF-8"')
        ) from None


def shift_jis(raw: bytes) -> str | None:
    """The text of bytes that are no UTF-8 and can only be Shift_JIS, as Excel in Japan writes it (cp932); else None.

    Bytes that are right as EUC-JP too are neither: read as the other one they are nonsense, and would be paid for.
    """
    if _decoded(raw, "utf-8") is not None or _decoded(raw, "euc_jp") is not None:
        return None
    text = _decoded(raw, "cp932")
    return None if text is None or _NOBODY_WRITES.search(text) else text


_NOBODY_WRITES = re.compile("[\x00\x80-\xa0\ue000-\uf8ff]")
"""What Python makes of bytes that stand for no character in cp932."""


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _wide(raw: bytes) -> str:
    """The codec of a text whose characters take two or four bytes each; "" of any other."""
    if marked := next((codec for mark, codec in _WIDE if raw.startswith(mark)), ""):
        return marked
    # Without a mark: a few NULs, all of them the upper halves of plain letters, signs and line ends.
    nuls = [raw.count(b"\0", 0, 4096) and raw[start:4096:2].count(0) for start in (0, 1)]
    return "" if min(nuls) or max(nuls) < _FEW_NULS else "utf-16-be" if nuls[0] else "utf-16-le"


def _narrowed(path: Path, raw: bytes, codec: str, may_be: bool) -> bytes:
    """The same text as UTF-8; refused where UTF-16 is not allowed, or has no mark that tells it for sure."""
    if may_be and codec == "utf-16":
        try:
            return raw.decode(codec).encode()
        except UnicodeError:
            raise refused(path, 1, t("begins as UTF-16 and is cut or damaged"), t("export it once more")) from None
    name = codec.upper()[:6] + ("" if codec in ("utf-16", "utf-32") else t(" without a byte order mark"))
    raise refused(path, 1, t("is {name}, expected UTF-8", name=name), t('save it again with the encoding "UTF-8"'))


def parse(path: Path, raw: bytes) -> Any:
    """Data of the JSON (or, by its ending, YAML) text `raw`; NotADocument with every bad key or the first error."""
    text = decode(path, raw)
    if not text.strip():
        raise refused(path, 1, t("is empty"), t("write it, or restore it from git"))
    try:
        return yaml_text.parse(path, text) if _is_yaml(path) else json_text.parse(path, text)
    except RecursionError:
        raise refused(path, None, t("is nested too deep to be one of our files")) from None


def spots(path: Path, raw: bytes) -> Mapping[Steps, Spot]:
    """The lines of every value in a document that `parse` accepts; none when it is nested absurdly deep."""
    try:
        return yaml_text.spots(raw.decode()) if _is_yaml(path) else json_text.spots(raw.decode())
    except RecursionError:
        return {}


def _is_yaml(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml")
