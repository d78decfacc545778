"""The decision-chain map of a key account (F06)."""

from __future__ import annotations

import pytest
from django.test import Client

from loudou.customers import verbs
from loudou.customers.figures.chain import WIDTH, Box, Line, Person, chain_map, cut
from loudou.customers.models import Customer
from loudou.customers.papers import chain_paper, drawn, map_of
from loudou.customers.queries import people_at
from loudou.forms.models import Form
from loudou.forms.papers import record_paper
from loudou.forms.verbs import Filled, fill_form
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden
from tests.cast import Cast
from tests.doors import enter


@pytest.fixture
def customer(cast: Cast) -> Customer:
    made = verbs.add_customer(name="宁波甬江机电", code="K-1", by=cast.chenan)
    for name, part, attitude in (
        ("王建国", "eb", "unknown"),
        ("许明华", "tb", "supports"),
        ("<script>", "tb", "against"),
        ("没角色", "", "neutral"),
    ):
        verbs.add_contact(made, name=name, title="经理", part=part, attitude=attitude, by=cast.chenan)
    gone = verbs.add_contact(made, name="走了的", part="coach", by=cast.chenan)
    verbs.mark_left(gone, by=cast.chenan)
    return made


def test_who_signs_stands_above_and_gaps_are_places_too() -> None:
    signs, checks = Person("王", "", "eb", "unknown"), Person("许", "", "tb", "supports")
    found = chain_map([signs, checks, Person("刘", "", "tb", "neutral"), Person("外", "", "", "neutral")])
    assert found.boxes == [
        Box(236, 22, "eb", signs),
        Box(118, 158, "ub", None),
        Box(354, 158, "tb", checks),
        Box(354, 226, "tb", Person("刘", "", "tb", "neutral")),
        Box(0, 22, "coach", None),
    ]
    assert found.lines == [
        Line(212, 158, 330, 80),
        Line(518, 158, 330, 80),
        Line(188, 51, 236, 51, guiding=True),
    ]
    assert (found.gaps, found.height, WIDTH) == (2, 284, 660)


def test_of_a_long_name_as_much_is_shown_as_fits() -> None:
    assert cut("许明华", 6) == "许明华"
    assert cut("许明华先生", 6) == "许明…"
    assert cut("Alexander", 6) == "Alexa…"


def test_the_map_leaves_out_who_has_left_and_escapes_names(cast: Cast, customer: Customer) -> None:
    people = people_at(customer)
    assert map_of(people).gaps == 2
    svg = drawn(customer, people)
    assert "王建国" in svg and "走了的" not in svg and "没角色" not in svg
    assert "<script>" not in svg and "&lt;script&gt;" in svg
    paper = chain_paper(customer, people, by=cast.chenan)
    assert paper.drawing == svg
    assert [row[1] for row in paper.tables[0].groups[0].rows] == [
        one.name for one in people if one.left_at is None
    ]


def test_it_stands_on_a_page_and_leaves_as_paper_on_record(cast: Cast, customer: Customer) -> None:
    client = enter(Client(), cast.chenan)
    shown = client.get(f"/customers/{customer.pk}/chain/").content.decode()
    assert 'class="chain-map"' in shown and "没角色" in shown
    assert f"/customers/{customer.pk}/chain/" in client.get(f"/customers/{customer.pk}/").content.decode()
    paper = client.post(f"/customers/{customer.pk}/chain/pdf/")
    assert paper.content.startswith(b"%PDF") and "K-1-chain.pdf" in paper["Content-Disposition"]
    assert Entry.objects.filter(event="customer.chain_printed").count() == 1
    with pytest.raises(Forbidden):
        verbs.print_chain(customer, by=cast.maxiao)


def test_a_follow_up_of_a_key_account_prints_the_chain_it_is_about(cast: Cast, customer: Customer) -> None:
    form = Form.objects.get(code="F06")
    answers = {"trigger": "复购", "content": "与总经理谈了二期产线的预算", "next_step": "送方案"}
    made = fill_form(form, Filled({**answers, "customer": customer}), by=cast.chenan)
    assert "王建国" in record_paper(made, by=cast.chenan).drawing
    assert record_paper(made, by=cast.maxiao).drawing == ""


def test_a_code_that_somebody_typed_leads_no_header_astray(cast: Cast) -> None:
    code = '甬"江; x=y'
    found = verbs.add_customer(name="宁波甬江机电", code=code, by=cast.linjing)
    client = Client()
    client.force_login(cast.linjing)
    said = client.post(f"/customers/{found.pk}/chain/pdf/")["Content-Disposition"]
    assert said == "attachment; filename*=utf-8''%E7%94%AC%22%E6%B1%9F%3B%20x%3Dy-chain.pdf"
