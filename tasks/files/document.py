"""A JSON or YAML file -> its data: UTF-8 and one reading only; anything else is refused with its line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import disk_words
from ..text.sentences import t
from . import json_text, regular, yaml_text
from .problem import Spot, Steps, refused


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


def decode(path: Path, raw: bytes, *, byte_order_mark: bool = False) -> str:
    """The text of `raw`, which must be UTF-8 without NUL; a byte order mark is dropped where allowed, else refused."""
    if raw.startswith(b"\xef\xbb\xbf"):
        if not byte_order_mark:
            raise refused(path, 1, t("begins with a byte order mark"), t('save it as "UTF-8" without BOM'))
        raw = raw[3:]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refused(path, 1, t("is UTF-16, expected UTF-8"), t('save it again with the encoding "UTF-8"'))
    if (at := raw.find(b"\0")) >= 0:
        raise refused(
            path, raw.count(b"\n", 0, at) + 1, t("holds a NUL character"), t("remove it: nothing can show it")
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        found = "is Shift_JIS text" if _is_shift_jis(raw) else f"is not UTF-8 (byte {error.start + 1:,})"
        line = raw.count(b"\n", 0, error.start) + 1
        raise refused(
            path, line, t("{found}, expected UTF-8", found=found), t('save it again with the encoding "UTF-8"')
        ) from None


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


def _is_shift_jis(raw: bytes) -> bool:
    try:
        return any("\u3040" <= char <= "\u30ff" for char in raw.decode("cp932"))
    except UnicodeDecodeError:
        return False
