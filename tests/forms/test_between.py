"""Rules between the fields of a form: asked only after an answer, not before another day, not below another figure."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from loudou.forms import verbs
from loudou.forms.figures.fields import Condition, Wrong, answered, faults, read, unasked
from loudou.forms.models import Form, FormRecord, FormVersion
from loudou.forms.verbs import Filled
from loudou.forms.words import condition, follows
from loudou.kernel.refusals import Refused
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.forms.making import field, issued, justified
from tests.forms.test_photos import photo
from tests.make import day

TODAY = day("2026-04-15")
LOST = Condition("result", "lost")
TRIAL = (
    field("result", "choice", "结果", choices=("won", "lost"), required=True),
    field("why", "long", "输在哪里", when=LOST, required=True),
    field("rivals", "multi", "还有谁", choices=("a", "b"), when=LOST),
    field("price", "money", "对方报价", when=Condition("rivals", "a")),
    field("shot", "photo", "照片", when=LOST),
    field("whose", "person", "谁去补", when=LOST, required=True),
    field("from", "date", "试用从"),
    field("to", "date", "试用到", after="from"),
    field("least", "number", "最低"),
    field("most", "number", "最高", after="least"),
)


@pytest.fixture
def form(cast: Cast) -> Form:
    return issued(cast, "T1", name="试用登记", fields=TRIAL)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (TRIAL, []),
        ([field("a", when=LOST), TRIAL[0]], [(0, "when_unknown")]),
        ([TRIAL[0], field("a", when=Condition("result", "drawn"))], [(1, "when_unknown")]),
        ([field("b"), field("a", when=Condition("b", "x"))], [(1, "when_unknown")]),
        ([field("a", "date", after="b"), field("b", "date")], [(0, "after_unknown")]),
        ([field("b", "number"), field("a", "date", after="b")], [(1, "after_unknown")]),
        ([field("b"), field("a", after="b")], [(1, "after_unknown")]),
        ([field("a", "date", after="a")], [(0, "after_unknown")]),
    ],
)
def test_a_field_hangs_on_one_before_it(fields: Any, found: Any) -> None:
    assert faults(fields) == found


@pytest.mark.parametrize(
    ("code", "raw", "before", "kept"),
    [
        ("why", " 交期 ", {"result": "lost"}, "交期"),
        ("why", "", {"result": "lost"}, Wrong("required")),
        ("why", " ", {"result": "won"}, None),
        ("why", "交期", {"result": "won"}, Wrong("unasked")),
        ("why", "", {}, None),
        ("rivals", ["b"], {"result": "lost"}, ["b"]),
        ("rivals", [], {"result": "won"}, []),
        ("price", "8万", {"rivals": ["b", "a"]}, "80000.00"),
        ("price", "8万", {"rivals": ["b"]}, Wrong("unasked")),
        ("price", 0, {"rivals": []}, Wrong("unasked")),
        ("to", "2026-04-09", {"from": "2026-04-09"}, "2026-04-09"),
        ("to", "2026-04-08", {"from": "2026-04-09"}, Wrong("early", "2026-04-09")),
        ("to", "2026-04-08", {"from": None}, "2026-04-08"),
        ("to", "", {"from": "2026-04-09"}, None),
        ("most", "10", {"least": "9.5"}, "10"),
        ("most", "9.4999", {"least": "9.5"}, Wrong("small", "9.5")),
    ],
)
def test_answers_are_held_against_those_before_them(code: str, raw: Any, before: Any, kept: Any) -> None:
    asked = next(one for one in TRIAL if one.code == code)
    if not isinstance(kept, Wrong):
        assert answered(asked, raw, before, today=TODAY) == kept
        return
    with pytest.raises(Wrong) as wrong:
        answered(asked, raw, before, today=TODAY)
    assert (wrong.value.reason, wrong.value.limit) == (kept.reason, kept.limit)


def test_rules_are_kept_as_they_were_written() -> None:
    assert read([one.plain() for one in TRIAL]) == TRIAL
    assert unasked(TRIAL[4], None) == []
    with translation.override("zh-hans"):
        assert condition(TRIAL[1], TRIAL) == "仅当“结果”为“lost”时填"
        assert (follows(TRIAL[7], TRIAL), follows(TRIAL[9], TRIAL)) == ("不早于“试用从”", "不低于“最低”")
        assert (condition(TRIAL[0], TRIAL), follows(TRIAL[0], TRIAL)) == ("", "")


def test_what_is_not_asked_is_not_handed_in(cast: Cast, form: Form) -> None:
    made = verbs.fill_form(form, Filled({"result": "won"}), by=cast.chenan)
    assert made.answers == {
        **dict.fromkeys([one.code for one in TRIAL]),
        "result": "won",
        "rivals": [],
        "shot": [],
    }
    for more in ({"why": "交期"}, {"whose": cast.lina}, {"shot": [photo()]}):
        with pytest.raises(Refused) as refusal:
            verbs.fill_form(form, Filled({"result": "won", **more}), by=cast.chenan)
        assert refusal.value.field == next(iter(more))
    lost = {"result": "lost", "why": "交期", "whose": cast.lina}
    for missing in ("why", "whose"):
        with pytest.raises(Refused) as refusal:
            verbs.fill_form(form, Filled({**lost, missing: None}), by=cast.chenan)
        assert refusal.value.field == missing
    assert verbs.fill_form(form, Filled(lost), by=cast.chenan).answers["whose"]["id"] == cast.lina.pk


def test_a_correction_that_asks_no_more_lets_its_photos_go(cast: Cast, form: Form) -> None:
    lost = Filled({"result": "lost", "why": "交期", "whose": cast.lina, "shot": [photo()]})
    made = verbs.fill_form(form, lost, by=cast.chenan)
    assert len(made.answers["shot"]) == 1
    again = verbs.correct_record(
        made, Filled({"result": "lost", "why": "价格", "whose": cast.lina}), reason="原因", by=cast.chenan
    )
    assert again.answers["shot"] == made.answers["shot"]
    last = verbs.correct_record(again, Filled({"result": "won"}), reason="后来赢了", by=cast.chenan)
    assert last.answers["shot"] == []
    assert made.files.count() == 1


def test_the_page_shows_what_a_question_hangs_on_and_checks_it(cast: Cast, form: Form) -> None:
    client, url = enter(Client(), cast.chenan), reverse("forms:fill", args=[form.pk])
    shown = client.get(url).content.decode()
    assert 'data-when="q-result=lost"' in shown
    assert "仅当“结果”为“lost”时填" in shown
    assert "不早于“试用从”" in shown

    def said(**answers: str) -> str:
        answer = client.post(url, {f"q-{code}": text for code, text in answers.items()})
        return answer.content.decode() if answer.status_code == 422 else str(answer.status_code)

    assert "按前面的答案，这一项不用填" in said(result="won", why="交期")
    assert "此项必填" in said(result="lost", whose=str(cast.lina.pk))
    assert "不早于 2026-04-09。" in said(result="won", **{"from": "2026-04-09", "to": "2026-04-08"})
    nothing = said(why="交期")  # what it hangs on is missing: only that is said
    assert "按前面的答案，这一项不用填" not in nothing
    assert said(result="won", least="3", most="3") == "302"
    assert FormRecord.objects.get().answers["most"] == "3"


def test_rules_are_written_without_a_programmer(cast: Cast) -> None:
    version = justified(cast, "T2", fields=(TRIAL[0], field("q1", "date", "从"), field("q2", "text", "说明")))
    client, url = enter(Client(), cast.heli), reverse("forms:edit", args=[version.pk])
    offered = client.get(url).content.decode()
    assert '<option value="result=lost">结果 = lost</option>' in offered
    rows = [
        {"code": "result", "label": "结果", "kind": "choice", "choices": "won\nlost", "position": "1"},
        {"code": "q1", "label": "从", "kind": "date", "position": "2"},
        {"label": "到", "kind": "date", "position": "3", "after": "q1", "when": "result=won"},
        {
            "code": "q2",
            "label": "说明",
            "kind": "text",
            "position": "4",
            "when": "result=lost",
            "after": "q1",
        },
    ]
    sent = {"field-TOTAL_FORMS": "4", "field-INITIAL_FORMS": "3", "names": "试用"}
    sent |= {f"field-{place}-{name}": text for place, one in enumerate(rows) for name, text in one.items()}
    assert client.post(url, sent).status_code == 302
    asked = FormVersion.objects.get(pk=version.pk).questions
    assert [(one.code, one.when, one.after) for one in asked] == [
        ("result", None, ""),
        ("q1", None, ""),
        ("q3", Condition("result", "won"), "q1"),
        ("q2", Condition("result", "lost"), ""),  # a text follows nothing
    ]
    again = client.get(url).content.decode()
    assert '<option value="result=won" selected>结果 = won</option>' in again
    shown = client.get(reverse("forms:version", args=[version.pk])).content.decode()
    assert "仅当“结果”为“won”时填" in shown
    gone = client.post(url, sent | {"field-0-position": "9"})
    assert gone.status_code == 422
    assert "所依据的不是前面选择题的答案" in gone.content.decode()


def test_rules_go_by_api_as_they_come(cast: Cast) -> None:
    call = Calls(cast.heli)
    fields = [one.plain() for one in TRIAL]
    made = call.post("/forms", {"code": "T3", "names": {"en": "Trial"}, "fields": fields})
    assert made.status_code == 201, made.content
    assert made.json()["versions"][0]["fields"] == fields
    fields[1]["when"] = {"field": "result", "answer": "drawn"}
    refused = call.post("/forms", {"code": "T4", "names": {"en": "Trial"}, "fields": fields})
    assert refused.status_code == 422
