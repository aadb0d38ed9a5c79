"""Excel workbooks as Excel writes them, for tests: shared texts with their readings, numbers with a style, errors."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACK = "http://schemas.openxmlformats.org/package/2006"
RELS = "application/vnd.openxmlformats-package.relationships+xml"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
DATE = 1
"""The style of a cell that holds a day: its number counts days since 1899-12-30."""
Cell = str | float | tuple[float, int] | None


def workbook(
    rows: Sequence[Sequence[Cell]], name: str = "台本", hidden: str = "", more: Sequence[str] = (), far: str = ""
) -> bytes:
    """A workbook with those rows on its first sheet that can be seen. A text that begins with # is a formula's error.

    hidden: the name of a sheet before it. more: names of sheets behind it. far: where one more cell stands, behind all
    others. A tuple is a number and its style; True and False are what Excel shows as TRUE and FALSE.
    """
    names = [*([hidden] if hidden else []), name, *more]
    texts: list[str] = []
    sheets = [_sheet(rows if each == name else [["x"]], texts) for each in names]
    stray = f'<row><c r="{far}"><v>1</v></c></row></sheetData>' if far else "</sheetData>"
    sheets = [each.replace("</sheetData>", stray) for each in sheets]
    links = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)]
    held = {f"xl/worksheets/sheet{number}.xml": each for number, each in enumerate(sheets, 1)} | {
        "[Content_Types].xml": _types(len(names)),
        "_rels/.rels": _links([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(names, hidden),
        "xl/_rels/workbook.xml.rels": _links(
            [*links, ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(texts)}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        for path, text in held.items():
            parts.writestr(path, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text)
    return made.getvalue()


def _sheet(rows: Sequence[Sequence[Cell]], texts: list[str]) -> str:
    lines = []
    for row, cells in enumerate(rows, 1):
        made = [_cell(f"{chr(64 + at)}{row}", cell, texts) for at, cell in enumerate(cells, 1) if cell is not None]
        lines.append(f'<row r="{row}">{"".join(made)}</row>' if made else "")
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(at: str, cell: Cell, texts: list[str]) -> str:
    if isinstance(cell, str) and cell.startswith("#"):
        return f'<c r="{at}" t="e"><f>A1</f><v>{cell}</v></c>'
    if isinstance(cell, str):
        # Excel keeps the reading of Japanese text beside it; it is no part of the text.
        texts.append(f'<si><t xml:space="preserve">{escape(cell)}</t><rPh sb="0" eb="1"><t>ヨミ</t></rPh></si>')
        return f'<c r="{at}" t="s"><v>{len(texts) - 1}</v></c>'
    if isinstance(cell, bool):
        return f'<c r="{at}" t="b"><v>{cell:d}</v></c>'
    number, style = cell if isinstance(cell, tuple) else (cell, 0)
    return f'<c r="{at}" s="{style}"><v>{number}</v></c>'


def _book(names: Sequence[str], hidden: str) -> str:
    sheets = []
    for number, name in enumerate(names, 1):
        state = ' state="hidden"' if name == hidden else ""
        sheets.append(f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="rId{number}"/>')
    return f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets>{"".join(sheets)}</sheets></workbook>'


def _links(links: Sequence[tuple[str, str]]) -> str:
    made = [
        f'<Relationship Id="rId{number}" Type="{LINK}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, 1)
    ]
    return f'<Relationships xmlns="{PACK}/relationships">{"".join(made)}</Relationships>'


def _types(sheets: int) -> str:
    parts = [("workbook", "sheet.main"), ("sharedStrings", "sharedStrings"), ("styles", "styles")]
    parts += [(f"worksheets/sheet{number}", "worksheet") for number in range(1, sheets + 1)]
    made = [f'<Override PartName="/xl/{part}.xml" ContentType="{KIND}.{kind}+xml"/>' for part, kind in parts]
    rels = f'<Default Extension="rels" ContentType="{RELS}"/>'
    return f'<Types xmlns="{PACK}/content-types">{rels}{"".join(made)}</Types>'
