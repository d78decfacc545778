"""Forms by file and by API: the same rules, the same refusals, back and forth without change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loudou.customers import verbs as customers
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.forms import verbs
from loudou.forms.models import Form, FormRecord, FormVersion
from loudou.kernel.periods import Fiscal, Grain
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from tests.cast import Cast
from tests.daylog.files import bring
from tests.exchange.calling import Calls
from tests.forms.making import MARKET, field, filled, issued, justified

FORMULA = '=HYPERLINK("http://evil")'


def row(**more: str) -> dict[str, str]:
    return {
        **{"form_code": "M1", "username": "chenan", "submitted_at": "2026-04-03T18:00:00+08:00"},
        **{
            "answers": '"{""market"": ""甬江扩产""}"',
            "read_at": "2026-04-07T09:00:00+08:00",
            "minutes": "11.5",
        },
        **more,
    }


def test_records_come_by_file_once(cast: Cast, tmp_path: Path) -> None:
    issued(cast)
    rows = [
        row(),
        row(username="lina", reader_username="maxiao", used_at="2026-04-08T09:00:00+08:00", flagged="是"),
    ]
    for counts in ((2, 0), (0, 2)):
        told = bring(tmp_path, "form-records", rows).counts
        assert (told.new, told.unchanged, told.refused) == (*counts, 0)
    mine = FormRecord.objects.get(author=cast.chenan)
    assert (mine.answers["market"], str(mine.minutes), mine.opened_at is not None) == (
        "甬江扩产",
        "11.5",
        True,
    )
    hers = FormRecord.objects.get(author=cast.lina)  # whose reader is not among those of the form
    assert (hers.opened_at, hers.used_at is not None, hers.flags) == (None, True, ["unverified"])


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"form_code": "NO"}, "form_code"),
        ({"form_code": "F08"}, "form_code"),
        ({"username": "nobody"}, "username"),
        ({"reader_username": "nobody"}, "reader_username"),
        ({"customer_code": "NO"}, "customer_code"),
        ({"answers": "[1]"}, "answers"),
        ({"answers": "{"}, "answers"),
        ({"answers": '"{""strange"": ""x""}"'}, "answers"),
        ({"answers": '"{""mood"": ""sideways""}"'}, "answers"),
        ({"submitted_at": "2099-01-01T00:00:00+08:00"}, "submitted_at"),
    ],
)
def test_what_does_not_fit_is_refused(cast: Cast, tmp_path: Path, more: dict[str, str], column: str) -> None:
    issued(cast)
    result = bring(tmp_path, "form-records", [row(**more)])
    assert (result.counts.new, result.counts.refused) == (0, 1)
    assert [note.column for note in result.notes] == [column]


def test_who_a_form_is_about_comes_by_its_code(cast: Cast, tmp_path: Path) -> None:
    issued(cast, "V1", fields=(field("who", "customer"), field("what", "deal")))
    customer = customers.add_customer(name="宁波甬江机电", code="KH-77", by=cast.chenan)
    told = bring(tmp_path, "form-records", [row(form_code="V1", customer_code="KH-77", answers="{}")])
    assert (told.counts.new, told.counts.refused) == (1, 0)
    made = FormRecord.objects.get()
    assert made.answers == {"who": {"id": customer.pk, "name": "宁波甬江机电"}, "what": None}


def test_what_goes_out_comes_in_again_and_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    form = issued(cast)
    filled(form, cast.chenan, market=FORMULA)
    filled(form, cast.lina, market="{" * 300)
    file = tmp_path / "out.csv"
    hand("form-records", username=None, output=file, form="csv", filters={}, bom=False)
    assert ",=" not in file.read_text("utf-8")
    result = hand_in(Order("form-records", file), dry_run=False, all_or_nothing=False)
    assert (result.counts.new, result.counts.unchanged, result.counts.refused) == (0, 2, 0)


def test_a_form_goes_its_way_by_api(cast: Cast) -> None:
    boss, operations, gm, rep = map(Calls, (cast.heli, cast.linjing, cast.hezong, cast.chenan))
    fields = [one.plain() | {"least": None, "most": None} for one in MARKET]
    made = boss.post("/forms", {"code": "A1", "names": {"zh-hans": "日报"}, "fields": fields})
    assert made.status_code == 201, made.content
    version = made.json()["versions"][0]["id"]
    worth = {"decision": {"zh-hans": "定价"}, "readers": ["manager"], "fillers": ["rep"], "minutes": 1}
    worth |= {"times": 1, "period": "week", "serves": ["follow"]}
    assert boss.post(f"/form-versions/{version}/justify", worth).json()["state"] == "justified"
    assert boss.post(f"/form-versions/{version}/ask", {}).json()["state"] == "asked"
    for act, caller in (("forms.owner", operations), ("forms.council", gm)):
        asked = Request.objects.get(act=act, subject_id=version)
        answer = caller.post(f"/requests/{asked.pk}/sign", {"opinion": f"同意先试一个季度（{act}）"})
        assert answer.status_code == 200, answer.content
    assert operations.post(f"/form-versions/{version}/issue", {}).json()["state"] == "issued"
    sent = {"form": "A1", "answers": {"market": "甬江扩产", "mood": "up"}, "key": "k1"}
    first, again = rep.post("/form-records", sent), rep.post("/form-records", sent)
    assert first.json()["id"] == again.json()["id"]
    record = first.json()["id"]
    assert rep.post("/form-records", {**sent, "answers": {"mood": "sideways"}, "key": ""}).status_code == 422
    assert (
        operations.post(f"/form-records/{record}/read").json()["opened_at"] is None
    )  # not among its readers
    corrected = rep.post(f"/form-records/{record}/correct", {"answers": {"market": "推迟"}, "reason": "听错"})
    assert (corrected.json()["edition"], corrected.json()["reason"]) == (2, "听错")
    assert [one["id"] for one in rep.get("/form-records?form=A1").json()["items"]] == [corrected.json()["id"]]


def test_rows_are_named_by_their_id_and_only_ones_own(cast: Cast) -> None:
    issued(cast, fields=(field("who", "person"), field("customer", "customer")))
    mine = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    other = customers.add_customer(name="别区客户", by=cast.maxiao)
    call = Calls(cast.chenan)

    def fill(**answers: Any) -> Any:
        return call.post("/form-records", {"form": "M1", "answers": answers})

    assert fill(customer=mine.pk, who=cast.lina.pk).json()["customer"]["id"] == mine.pk
    for answers in ({"customer": other.pk}, {"customer": "1"}, {"who": 10**9}, {"strange": "x"}):
        assert fill(**answers).status_code == 422


def test_a_signed_record_by_api(cast: Cast) -> None:
    form = issued(cast, signed=True)
    made = filled(form, cast.chenan)
    asked = Request.objects.about(made).get()
    boss = Calls(cast.wumin)
    assert (
        boss.post(f"/requests/{asked.pk}/return", {"opinion": "请补上联系人的姓名和电话"}).status_code == 200
    )
    last = verbs.correct_record(made, verbs.Filled({"market": "许明华说推迟"}), reason="补人", by=cast.chenan)
    asked = Request.objects.about(last).waiting().get()
    assert boss.post(f"/requests/{asked.pk}/sign", {"opinion": "有出处，下次带上竞品报价"}).status_code == 200
    last.refresh_from_db()
    assert last.signed_at is not None


def test_unknown_units_and_stale_versions_are_refused_by_api(cast: Cast) -> None:
    call = Calls(cast.heli)
    new = {"code": "A2", "names": {"en": "Card"}, "unit": "NO"}
    assert call.post("/forms", new).status_code == 422
    made = call.post("/forms", {**new, "unit": "D1"}).json()
    version = made["versions"][0]["id"]
    edit = {"names": {"en": "Cards"}, "purpose": {"en": "why"}, "fields": [MARKET[0].plain()], "version": 1}
    assert call.post(f"/form-versions/{version}/edit", edit).status_code == 200
    assert call.post(f"/form-versions/{version}/edit", edit).status_code == 409
    assert call.post(f"/form-versions/{version}/drop", {"reason": "不做了"}).json()["state"] == "dropped"
    assert FormVersion.objects.get(pk=version).form == Form.objects.get(code="A2")
    assert [one["code"] for one in call.get("/forms?state=under_way").json()["items"]] == []


def test_a_list_of_forms_on_the_way_costs_as_many_queries_with_more_of_them(cast: Cast) -> None:
    call, costs = Calls(cast.heli), []
    call.get("/forms")  # what only a first call asks
    for round_ in (1, 8):
        for number in range(round_):
            justified(cast, f"L{round_}{number}")
        with CaptureQueriesContext(connection) as queries:
            found = call.get("/forms?state=under_way").json()["items"]
        costs.append(len(queries))
    assert [one["code"] for one in found][:2] == ["L87", "L86"] and len(found) == 9
    assert costs[0] == costs[1]


def test_a_review_is_decided_by_api(cast: Cast) -> None:
    form = issued(cast)
    quarter = Fiscal().of(organisation().today, Grain.QUARTER)
    review = verbs.open_review(
        form, period=quarter, figures={"waste": "0.9"}, verdicts=["retire"], merge_with="F08", by=None
    )
    assert review is not None
    call = Calls(cast.linjing)
    (told,) = call.get("/form-reviews?state=open").json()["items"]
    assert (told["form"], told["verdicts"], told["figures"]) == ("M1", ["retire"], {"waste": "0.9"})
    decide, said = f"/form-reviews/{review.pk}/decide", {"outcome": "retire", "note": "没人看"}
    assert call.post(decide, {**said, "outcome": "burn"}).status_code == 422
    assert call.post(decide, {**said, "version": 9}).status_code == 409
    made = call.post(decide, said).json()
    assert (made["outcome"], made["note"], made["decided_by"]["username"]) == ("retire", "没人看", "linjing")
    assert call.post(decide, said).status_code == 422  # decided already
    assert call.get("/form-reviews?state=open").json()["items"] == []
    assert [one["id"] for one in call.get("/form-reviews?state=decided").json()["items"]] == [review.pk]
    assert call.get(f"/form-reviews/{review.pk}").json()["outcome"] == "retire"
    assert call.get("/form-reviews/999999").status_code == 404
    assert not Form.objects.get(pk=form.pk).is_issued
