"""Pages of forms, as people meet them: hostile words stay words, forms of others are not there, files hold no formula."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from loudou.customers import verbs as customers
from loudou.forms import verbs
from loudou.forms.forms import FillForm
from loudou.forms.models import Form, FormRecord, FormVersion, Review
from loudou.forms.verbs import Filled
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people.models import User
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.forms.making import MARKET, field, filled, issued, justified
from tests.world import World

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil","x")'


def page(user: User) -> Client:
    return enter(Client(), user)


@pytest.fixture
def form(cast: Cast) -> Form:
    return issued(cast)


def rows(*fields: dict[str, str]) -> dict[str, str]:
    """What the designer sends."""
    sent = {"field-TOTAL_FORMS": str(len(fields)), "field-INITIAL_FORMS": "0", "names": "新表"}
    for place, one in enumerate(fields):
        sent |= {f"field-{place}-{name}": value for name, value in {"kind": "text", **one}.items()}
    return sent


def test_a_form_is_written_without_a_programmer(cast: Cast) -> None:
    client = page(cast.heli)
    answer = client.post(reverse("forms:propose"), {"code": "F40", "names": "展会登记", "purpose": "登记"})
    version = FormVersion.objects.get(form__code="F40")
    assert answer["Location"] == reverse("forms:edit", args=[version.pk])
    sent = rows(
        {"label": "意向", "kind": "choice", "choices": "高\n低", "position": "2", "required": "on"},
        {"label": "客户名称", "position": "1", "most": "20"},
        {"label": "没用", "remove": "on"},
        {"label": ""},
    )
    assert client.post(reverse("forms:edit", args=[version.pk]), sent).status_code == 302
    version = FormVersion.objects.get(pk=version.pk)
    assert [(one.code, one.label["zh-hans"]) for one in version.questions] == [
        ("q1", "客户名称"),
        ("q2", "意向"),
    ]
    assert [one.label["zh-hans"] for one in version.questions[1].choices] == ["高", "低"]
    shown = reverse("forms:version", args=[version.pk])
    assert "每周 1 次" not in client.get(shown).content.decode()  # nobody said how often
    asked = {"decision": "谁去回访", "readers": ["manager"], "fillers": ["rep"], "serves": ["collect"]}
    asked |= {"minutes": "2", "times": "1", "period": "week", "version": str(version.version)}
    assert client.post(reverse("forms:justify", args=[version.pk]), asked).status_code == 302
    assert "每周 1 次" in client.get(shown).content.decode()
    assert client.post(reverse("forms:justify", args=[version.pk]), asked).status_code == 409
    assert client.post(reverse("forms:ask", args=[version.pk])).status_code == 302
    for request in Request.objects.about(version).waiting().order_by("act"):
        signer = cast.linjing if request.act == "forms.owner" else cast.hezong
        facts = page(signer).get(reverse("signoff:request", args=[request.pk])).content.decode()
        assert "客户名称，意向" in facts  # what it will ask, not only how much
        url, opinion = reverse("forms:confirm", args=[request.pk]), f"同意先试一个季度（{request.act}）"
        assert page(signer).post(url, {"opinion": opinion}).status_code == 302
    assert page(cast.linjing).post(reverse("forms:issue", args=[version.pk]), {}).status_code == 302
    assert "新表" in page(cast.chenan).get(reverse("forms:list")).content.decode()


def test_a_wrong_field_is_named(cast: Cast) -> None:
    version = justified(cast)
    sent = rows({"label": "只有一个", "kind": "choice", "choices": "一"})
    answer = page(cast.heli).post(reverse("forms:edit", args=[version.pk]), sent)
    assert answer.status_code == 422
    assert "选择题要有 2 到 30 个答案" in answer.content.decode()


def test_what_another_language_says_stays(cast: Cast) -> None:
    names = {"zh-hans": "市场", "zh-hant": "市場", "en": "Market"}
    version = justified(cast, fields=(field("market", label="市场"),))
    verbs.edit_version(version, by=cast.heli, names=names)
    client = page(cast.heli)
    client.cookies["loudou_language"] = "en"
    User.objects.filter(pk=cast.heli.pk).update(language="en")
    sent = rows({"label": "News", "code": "market"}) | {"names": "Market news"}
    assert client.post(reverse("forms:edit", args=[version.pk]), sent).status_code == 302
    version = FormVersion.objects.get(pk=version.pk)
    assert version.names == {**names, "en": "Market news"}
    assert version.questions[0].label == {"zh-hans": "市场", "en": "News"}


def test_answers_are_checked_beside_their_field(cast: Cast) -> None:
    fields = (
        field("price", "money", required=True),
        field("on", "date", rule="past"),
        field("n", "number", most=3),
    )
    form = issued(cast, fields=fields)
    sent = {"q-price": "很多", "q-on": "2099-01-01", "q-n": "4"}
    answer = page(cast.chenan).post(reverse("forms:fill", args=[form.pk]), sent)
    assert answer.status_code == 422
    told = answer.content.decode()
    for sentence in ("1,234.50", "这一天还没到", "不大于 3"):
        assert sentence in told
    assert 'value="很多"' in told
    assert not FormRecord.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"q-mood": "sideways"},
        {"q-mood": ["up", "down"]},
        {"q-market": "x" * 1_000_000},
        {"q-market": "a\x00b"},
        {"begun": "forged", "q-market": ""},
    ],
)
def test_hostile_answers_are_refused(cast: Cast, form: Form, sent: dict[str, Any]) -> None:
    answer = page(cast.chenan).post(reverse("forms:fill", args=[form.pk]), {"q-market": "市场平稳", **sent})
    assert answer.status_code in (302, 422)
    assert (answer.status_code == 302) == (sent == {"q-mood": ["up", "down"]})


def test_a_forged_beginning_measures_nothing(cast: Cast, form: Form) -> None:
    client = page(cast.chenan)
    client.post(reverse("forms:fill", args=[form.pk]), {"q-market": "市场平稳", "begun": "2020:forged"})
    assert FormRecord.objects.get().minutes is None
    begun = FillForm(version=form.current, user=cast.chenan)["begun"].value() if form.current else ""
    client.post(reverse("forms:fill", args=[form.pk]), {"q-market": "又来一条", "begun": begun})
    assert FormRecord.objects.latest("pk").minutes == 0


def test_script_in_labels_and_answers_is_shown_as_words(cast: Cast) -> None:
    form = issued(cast, name=SCRIPT[:60], fields=(field("a", label=SCRIPT, help={"zh-hans": SCRIPT}),))
    made = verbs.fill_form(form, Filled({"a": SCRIPT}), by=cast.chenan)
    client = page(cast.chenan)
    version = form.current_id
    for name, key in (("form", form.pk), ("version", version), ("fill", form.pk), ("record", made.pk)):
        told = client.get(reverse(f"forms:{name}", args=[key])).content.decode()
        assert "alert(1)" in told
        assert SCRIPT not in told
    assert SCRIPT not in client.get(reverse("forms:records")).content.decode()


@pytest.mark.parametrize("name", ["竞品[1]/快报:*?\\ '", "'", "Loudou", "History", "很" * 60])
def test_a_form_of_any_name_is_taken_out(cast: Cast, name: str) -> None:
    """Names of sheets may be short and hold no signs of formulas; those of forms are people's own."""
    form = issued(cast, name=name)
    book = page(cast.linjing).post(reverse("forms:take_out", args=[form.pk, "xlsx"]))
    assert book.status_code == 200
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(book.content)).sheet_names) == 2


def test_no_cell_is_a_formula(cast: Cast) -> None:
    form = issued(cast, fields=(field("a", label=FORMULA), field("n", "number"), field("b", label="日期")))
    verbs.fill_form(form, Filled({"a": FORMULA, "n": "3.5"}), by=cast.chenan)
    client = page(cast.linjing)
    csv = client.post(reverse("forms:take_out", args=[form.pk, "csv"])).content.decode("utf-8-sig")
    assert "'=HYPERLINK" in csv
    assert ",=" not in csv
    book = client.post(reverse("forms:take_out", args=[form.pk, "xlsx"])).content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert sheet[0][4] == FORMULA  # a cell of text, whatever it begins with
    assert sheet[1][4:6] == [FORMULA, 3.5]
    with ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert client.post(reverse("forms:take_out", args=[form.pk, "exe"])).status_code == 404


def test_many_records_go_by_an_export_that_is_approved(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are cut: what went out within a day counts, other people's and yesterday's do not."""
    monkeypatch.setattr("loudou.forms.verbs.reading.MOST_OUT", 1)
    form = issued(cast)
    url = reverse("forms:take_out", args=[form.pk, "csv"])
    verbs.fill_form(form, Filled({"market": "一条"}), by=cast.chenan)
    assert page(cast.wumin).post(url).status_code == 200
    assert page(cast.linjing).post(url).status_code == 200
    refused = page(cast.linjing).post(url)
    assert refused.status_code == 422 and "由上级批准" in refused.content.decode()
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        assert page(cast.linjing).post(url).status_code == 200


def test_forms_and_records_of_others_are_not_there(cast: Cast) -> None:
    form = issued(cast, unit=cast.unit("D1"))
    made = filled(form, cast.chenan)
    stranger = page(cast.maxiao)
    for name, key in (
        ("form", form.pk),
        ("version", form.current_id),
        ("fill", form.pk),
        ("record", made.pk),
    ):
        assert stranger.get(reverse(f"forms:{name}", args=[key])).status_code == 404
    assert "市场信息日报" not in stranger.get(reverse("forms:list")).content.decode()
    told = stranger.get(reverse("forms:records") + "?form=M1").content.decode()
    assert "form" in told
    assert made.code not in told
    assert "M1" not in run("form-map", {}, cast.maxiao)["idle"]


def test_it_is_listed_on_the_customer_and_the_deal(cast: Cast) -> None:
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    deal = make.deal(cast.chenan, customer=customer)
    form = Form.objects.get(code="F06")
    said = {
        "deal": deal,
        "customer": customer,
        "trigger": "催样机",
        "content": "约了周四上午到车间现场看样机",
        "next_step": "送样机",
    }
    made = verbs.fill_form(form, Filled(said), by=cast.chenan)
    client = page(cast.chenan)
    for name, key in (("of_customer", customer.pk), ("of_deal", deal.pk)):
        assert made.code in client.get(reverse(f"forms:{name}", args=[key])).content.decode()
    opened = client.get(reverse("forms:fill", args=[form.pk]) + f"?deal={deal.pk}").content.decode()
    assert f'name="q-deal" value="{deal.pk}"' in opened
    assert f'name="q-customer" value="{customer.pk}"' in opened


def test_a_follow_up_of_a_key_account_shows_its_decision_chain(cast: Cast, form: Form) -> None:
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    customers.add_contact(customer, name="许明华", part="coach", by=cast.chenan)
    said = {
        "customer": customer,
        "trigger": "催样机",
        "content": "约了周四上午到车间看样机",
        "next_step": "送样机",
    }
    made = verbs.fill_form(Form.objects.get(code="F06"), Filled(said), by=cast.chenan)
    told = page(cast.wumin).get(reverse("forms:record", args=[made.pk])).content.decode()
    assert "许明华" in told
    assert reverse("customers:chain", args=[customer.pk]) in told
    other = filled(form, cast.chenan)
    assert "chain-map" not in page(cast.wumin).get(reverse("forms:record", args=[other.pk])).content.decode()


def test_it_is_found_by_what_it_says(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan)
    other = filled(form, cast.lina, market="另一件事情完全不同")
    told = page(cast.wumin).get(reverse("forms:records") + "?q=甬江机电").content.decode()
    assert made.code in told
    assert other.code not in told


def test_a_correction_and_its_use_by_page(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan)
    sent = {"q-market": "推迟到明年", "reason": "听错", "version": str(made.version)}
    assert page(cast.chenan).post(reverse("forms:correct", args=[made.pk]), sent).status_code == 302
    last = FormRecord.objects.current().get(code=made.code)
    boss = page(cast.wumin)
    assert boss.post(reverse("forms:read", args=[last.pk])).status_code == 302
    assert (
        boss.post(reverse("forms:use", args=[last.pk]), {"use": "meeting", "note": "周会"}).status_code == 302
    )
    assert boss.post(reverse("forms:doubt", args=[last.pk]), {"reason": "查无此事"}).status_code == 302
    told = boss.get(reverse("forms:record", args=[last.pk])).content.decode()
    for words in ("听错", "周会", "未能核实", "第 1 版"):
        assert words in told
    assert boss.post(reverse("forms:paper", args=[last.pk])).content[:4] == b"%PDF"


def test_owners_change_and_forms_retire_by_page(cast: Cast, form: Form) -> None:
    client = page(cast.linjing)
    assert client.post(reverse("forms:give", args=[form.pk]), {"to": cast.wumin.pk}).status_code == 302
    assert client.post(reverse("forms:change", args=[form.pk])).status_code == 302
    version = form.versions.get(number=2)
    assert client.post(reverse("forms:drop", args=[version.pk]), {"reason": "不改了"}).status_code == 302
    assert client.post(reverse("forms:retire", args=[form.pk]), {"reason": " "}).status_code == 422
    assert client.post(reverse("forms:retire", args=[form.pk]), {"reason": "没人看"}).status_code == 302
    assert "没人看" in client.get(reverse("forms:form", args=[form.pk])).content.decode()


def test_a_review_is_decided_by_page(db: None) -> None:
    world = World()
    url = reverse("forms:review", args=[world.form_review.pk])
    assert page(world.cast.wumin).post(url, {"outcome": "keep", "note": "有用"}).status_code == 403
    assert page(world.cast.heli).post(url, {"outcome": "keep", "note": "有用"}).status_code == 302
    assert "有用" in page(world.cast.heli).get(url).content.decode()


def test_a_review_tells_its_quarter_and_leads_to_the_version_it_began(db: None) -> None:
    world = World()
    review, client = world.form_review, page(world.cast.heli)
    Review.objects.filter(pk=review.pk).update(first=date(2026, 7, 1), end=date(2026, 10, 1))
    Review.objects.filter(pk=review.pk).update(figures={"waste": "0.884615", "water": None})
    url = reverse("forms:review", args=[review.pk])
    shown = client.get(url).content.decode()
    assert "2026 年三季度" in shown and "88.5%" in shown
    client.post(url, {"outcome": "change", "note": "拆成两栏"})
    begun = review.form.under_way
    assert begun is not None
    assert reverse("forms:version", args=[begun.pk]) in client.get(url).content.decode()
    form = client.get(reverse("forms:form", args=[review.form_id])).content.decode()
    assert "2026 年三季度" in form and "2026-10-01" not in form


@pytest.mark.parametrize("language", ["zh-hant", "en"])
def test_pages_speak_every_language(cast: Cast, form: Form, language: str) -> None:
    filled(form, cast.chenan)
    User.objects.filter(pk=cast.linjing.pk).update(language=language)
    client = page(cast.linjing)
    with translation.override(language):
        for name in ("list", "records", "worth", "map"):
            told = client.get(reverse(f"forms:{name}")).content.decode()
            assert "表单" not in told


def test_the_queries_of_pages_do_not_grow(cast: Cast, form: Form, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        filled(
            form,
            (cast.chenan, cast.lina, cast.zhangwei)[number % 3],
            market=f"第{number}条消息各不相同{number}",
        )
    client = page(cast.linjing)
    for name in ("list", "records", "worth", "map"):
        client.get(reverse(f"forms:{name}"))
        with django_assert_max_num_queries(20):
            client.get(reverse(f"forms:{name}"))
    with django_assert_max_num_queries(20):
        client.get(reverse("forms:record", args=[FormRecord.objects.latest("pk").pk]))


def test_the_fields_of_a_page_of_the_product_are_not_edited(cast: Cast) -> None:
    version = verbs.change_form(Form.objects.get(code="F08"), by=cast.linjing)
    client = page(cast.linjing)
    told = client.get(reverse("forms:edit", args=[version.pk])).content.decode()
    assert "系统页面的字段不能在这里修改" in told
    sent = {"field-TOTAL_FORMS": "0", "field-INITIAL_FORMS": "0", "names": "日清单二"}
    assert client.post(reverse("forms:edit", args=[version.pk]), sent).status_code == 302
    version.refresh_from_db()
    assert (version.names["zh-hans"], len(version.questions)) == ("日清单二", len(MARKET) + 6)
