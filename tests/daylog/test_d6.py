"""Scenario D6 (`domain.md`): a manager's signatures of a month go in as a file, the KPI comes out to the digit."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.signoff import verbs
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox
from tests.cast import Cast
from tests.daylog import files
from tests.daylog.files import bring
from tests.doors import enter
from tests.exchange.calling import Calls

APRIL = {"owner": files.BOSS, "period": "2026-04", "as-of": files.REVIEW}


@pytest.fixture
def month(cast: Cast, tmp_path: Path) -> Path:
    for kind, rows in files.team("D6", [f"six{number}" for number in range(1, 7)], files.BOSS):
        bring(tmp_path, kind, rows)
    result = bring(tmp_path, "signatures", files.signatures())
    assert (result.counts.new, result.counts.refused) == (258, 0)
    return tmp_path


def test_the_manager_of_d6(month: Path) -> None:
    told = run("approvals", APRIL, None)
    assert [told[name] for name in ("received", "in_time", "late", "pending", "pending_inside")] == [
        *(258, 232, 18, 8, 3)
    ]
    assert told["timeliness"] == "0.909804"  # 232 ÷ 255
    assert (told["opinions"], told["substantial"], told["substance"]) == (250, 175, "0.700000")
    assert told["score"] == "82.59"
    assert (told["median_reading_seconds"], told["rubber_stamp"]) == ("60.00", False)
    assert [row["who"] for row in told["rows"]] == [files.BOSS]


def test_again_it_changes_nothing_and_back_it_goes(month: Path) -> None:
    result = bring(month, "signatures", files.signatures())
    assert (result.counts.new, result.counts.unchanged) == (0, 258)
    verbs.withdraw_signatures(list(Request.objects.values_list("pk", flat=True)), by=None)
    assert run("approvals", APRIL, None)["timeliness_reason"] == "no_base"


def test_what_still_waits_can_be_signed_here(month: Path) -> None:
    boss = User.objects.get(username=files.BOSS)
    waiting = inbox(boss)
    assert waiting.count() == 8
    first = waiting.order_by("pk")[0]
    with pytest.raises(Refused):
        verbs.confirm(first, opinion="同意", by=boss)
    signed = verbs.confirm(first, opinion="纪要齐全，下周带上样机再谈一次", by=boss)
    assert signed.state == Request.State.SIGNED
    returned = verbs.refuse(waiting.order_by("pk")[0], opinion="缺少客户的联系人与下一步日期", by=boss)
    assert returned.state == Request.State.RETURNED


def test_other_requests_are_not_signed_as_paper(cast: Cast) -> None:
    from tests.world import World

    request = World().request
    for act in (verbs.confirm, verbs.refuse):
        with pytest.raises(Refused):
            act(request, opinion="先把验证的证据补齐再谈提案", by=cast.wumin)


def test_the_api_and_the_page_tell_the_same_digits(month: Path) -> None:
    control = User.objects.get(username="wangfang")
    with clock.at(datetime.fromisoformat(files.REVIEW)):
        query = f"owner={files.BOSS}&period=2026-04"
        told = Calls(control).get(f"/reports/approvals?{query}").json()
        assert [told[name] for name in ("timeliness", "substance", "score")] == [
            "0.909804",
            "0.700000",
            "82.59",
        ]
        page = enter(Client(), control).get(f"/field/approvals/?{query}").content.decode()
    for figure in ("82.59", "91.0%", "232/255", "70.0%", "175/250"):
        assert figure in page, figure


def test_the_signatures_leave_the_house_as_a_file_on_record(month: Path) -> None:
    """258 received, 232 and 18 answered, 8 waiting; 232 ÷ 255, 175 ÷ 250, 82.59, read for a minute."""
    client = enter(Client(), User.objects.get(username="wangfang"))
    with clock.at(datetime.fromisoformat(files.REVIEW)):
        saved = client.post(f"/field/approvals/file/xlsx/?owner={files.BOSS}&period=2026-04").content
        pdf = client.post(f"/field/approvals/file/pdf/?owner={files.BOSS}&period=2026-04").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(saved))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    figures = [258, 232, 18, 8, 0.909804, 0.7, 82.59, 60, ""]
    assert [row[-9:] for row in rows if 258 in row] == [figures] * 2
    assert "258 232 18 8 91.0% 70.0% 82.59 60" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    taken = Entry.objects.filter(event="report.taken_out")
    assert [entry.particulars["report"] for entry in taken] == ["approvals"] * 2
