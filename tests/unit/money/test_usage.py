"""usage.csv: its columns, and cells that are harmless in a spreadsheet."""

import csv
import io

from tasks.money import usage
from tests.support import facts


def test_the_columns_of_usage() -> None:
    """usage.csv has the columns of design.md in their order, tokens split, cost with six digits."""
    rows = list(csv.DictReader(io.StringIO(usage.encode("CH01-001", "visual_image_gen", [facts.line()]).decode())))
    assert ",".join(rows[0]).startswith(
        "run,task,prompt_id,key,attempt,slot,model_key,model_name,provider,lane,job,status"
    )
    assert rows[0]["thinking_tokens"] == "5" and rows[0]["cost_usd"] == "0.016800" and rows[0]["run"] == "CH01-001"


def test_cells_are_harmless_in_a_spreadsheet() -> None:
    """A reason that looks like a formula is quoted; commas, quotes and line breaks survive."""
    nasty = ['=HYPERLINK("x")', "+1", "-1", "@x", 'a,"b"\nc', "静か", "\t=1", "\n=1", "＝1", "＠x", "two\rrows"]
    lines = [facts.failed(str(number), reason=reason) for number, reason in enumerate(nasty)]
    text = usage.encode("CH01-001", "visual_image_gen", lines).decode()
    read = [row["reason"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert read == [
        "'" + nasty[0],
        "'+1",
        "'-1",
        "'@x",
        nasty[4],
        "静か",
        *(f"'{each}" for each in nasty[6:10]),
        "two\nrows",
    ]
