"""Reading workbooks that people bring: a sheet becomes a CSV file, refused in one sentence where it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from loudou.kernel.refusals import Refused

MOST_BYTES = 50 << 20
MARKS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # XLSX, XLS
_SECONDS = 240


def is_workbook(path: Path) -> bool:
    """Whether a file begins as workbooks do, whatever it is called."""
    with path.open("rb") as file:
        return file.read(8).startswith(MARKS)


def write_csv(
    path: Path, target: Path, sheet: str = "", *, field: str = "file"
) -> tuple[str, list[str], int]:
    """Write a workbook's sheet (the named one, else the first that has rows) to `target` as UTF-8 CSV.

    Returns which was taken, the names of all, and the year its days are counted from. A hostile file exhausts a process of its own (`sheets`), which stands
    in another folder than ours may be.
    """
    if path.stat().st_size > MOST_BYTES:
        sentence = _("The workbook is larger than {n} MB; save the sheet as CSV.")
        raise Refused(sentence.format(n=MOST_BYTES >> 20), field=field)
    command = [sys.executable, "-m", "loudou.ui.sheets", str(path.resolve()), str(target.resolve())]
    try:
        run = subprocess.run(
            [*command, sheet] if sheet else command,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            cwd=Path(__file__).resolve().parents[2],
        )
        answer = json.loads(run.stdout or '{"fault": "vast"}')
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        answer = {"fault": "vast"}
    if fault := answer.get("fault"):
        raise Refused(_sentence(fault), field=field)
    return answer["sheet"], answer["sheets"], answer["since"]


def _sentence(fault: str) -> str:
    return {
        "bomb": _("The file unpacks to far more than a table needs; it is not read."),
        "wide": _("The sheet has cells beyond column ZZ; delete them and try again."),
        "vast": _("The sheet is too large to be read; save what you need of it as CSV."),
        "doctype": _("The file holds definitions that no spreadsheet program writes; it is not read."),
        "no_workbook": _("This is an archive, but no Excel workbook."),
        "no_sheet": _("The workbook has no such sheet."),
        "empty": _("The file has no rows."),
        "password": _("The workbook has a password; save it without one."),
    }.get(fault, _("The workbook is damaged; open it in Excel and save it again."))
