"""The forecast sheet of a level and the accuracy board, taken out as a workbook or a PDF to be signed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from loudou.journal.models import Entry
from loudou.kernel import clock
from tests.cast import Cast
from tests.doors import enter
from tests.forecasts.test_d2 import brought
from tests.forecasts.test_submit import hand_in
from tests.make import instant


def rows_of(client: Client, path: str) -> list[list[Any]]:
    response = client.post(path)
    assert response.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    return [
        row for number in range(len(book.sheet_names)) for row in book.get_sheet_by_index(number).to_python()
    ]


def test_a_managers_sheet_has_the_numbers_of_those_below(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-04-13 10:00")):
        hand_in(cast.lina, 900_000)
        enter(client, cast.wumin)
        rows = rows_of(client, "/forecasts/files/sheet.xlsx?period=2026-04")
        pdf = client.post("/forecasts/files/sheet.pdf?period=2026-04")
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    assert [row[1] for row in rows if row[0] == "李娜"] == [900_000]
    assert [row[2] for row in rows if row[0] == "吴敏"] == [0]
    assert "李娜" in text and "900,000" in text
    told = Entry.objects.filter(event="report.taken_out").order_by("pk")
    assert [entry.particulars["form"] for entry in told] == ["xlsx", "pdf"]


def test_the_board_of_d2_is_a_workbook(cast: Cast, client: Client, tmp_path: Path) -> None:
    with clock.at(instant("2026-07-02 10:00")):
        brought(tmp_path)
        enter(client, cast.linjing)
        rows = rows_of(client, "/forecasts/files/accuracy.xlsx?period=2026-Q2")
    errors = {row[1]: (row[3], row[4]) for row in rows if row[0] == "2026-Q2"}
    assert errors["张大伟"] == (1_150_000, 830_000) and errors["何主任"] == (3_000_000, 2_980_000)


@pytest.mark.parametrize("path", ["/forecasts/files/sheet.doc", "/forecasts/files/accuracy.csv"])
def test_there_are_two_forms_only(cast: Cast, client: Client, path: str) -> None:
    enter(client, cast.chenan)
    assert client.post(path).status_code == 404
    assert not Entry.objects.filter(event="report.taken_out").exists()
