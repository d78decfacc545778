"""Entries become sentences in the reader's language, whatever is in them."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import translation
from django.utils.functional import Promise

from loudou import journal
from loudou.journal import sentences
from loudou.journal.labels import LABELS
from loudou.journal.models import Entry
from loudou.people import verbs as people
from loudou.people.models import Organisation, User
from loudou.pipeline import verbs
from tests import make
from tests.cast import Cast


def entry(
    event: str = "deal.noted", subject: str = "pipeline.deal", label: str = "柔性产线", **told: Any
) -> Entry:
    return Entry(event=event, subject_type=subject, subject_id=7, subject_label=label, particulars=told)


def test_the_subject_is_a_link_and_the_actor_stands_apart(cast: Cast) -> None:
    people.unlock(cast.lina, by=cast.gaoming)
    made = Entry.objects.latest("id")
    with translation.override("en"):
        assert sentences.sentence(made) == f'unlocked <a href="/settings/people/{cast.lina.pk}/">李娜</a>'
        assert sentences.sentence(made, linked=False) == "unlocked 李娜"
        assert sentences.plain_sentence(made) == "unlocked 李娜"
    assert sentences.actor(made) == "高明"
    assert sentences.icon(made) == "lock-open"


def test_what_people_wrote_is_escaped_and_cut() -> None:
    hostile = entry(
        label="<script>alert(1)</script>", text="{subject.__class__} <b>\r\nx\x00\x1b[31m" + "长" * 1_000_000
    )
    with translation.override("en"):
        shown = sentences.sentence(hostile, linked=False)
    assert "<" not in shown
    assert "&lt;script&gt;" in shown and "{subject.__class__} &lt;b&gt; x [31m" in shown
    assert len(shown) < 600
    assert shown.endswith("…")


@pytest.mark.parametrize(
    ("code", "opinion", "shown"),
    [
        ("zh-hans", "同意按“分期”签", "“同意按‘分期’签”"),
        ("zh-hant", "同意按「分期」簽", "「同意按『分期』簽」"),
        ("en", "Agreed, “in parts”", "“Agreed, ‘in parts’”"),
    ],
)
def test_a_quotation_within_one_has_the_inner_marks(code: str, opinion: str, shown: str) -> None:
    signed = entry("signoff.signed", "signoff.request", "pipeline.discount “甲”「乙」", opinion=opinion)
    with translation.override(code):
        for told in (sentences.plain_sentence(signed), str(sentences.sentence(signed))):
            assert told.endswith(shown)
            assert "“甲”「乙」" in told  # not quoted by the sentence: as it was written
    task = entry("task.set", "tasks.task", "回访“甲”厂", owner="张伟")
    with translation.override("zh-hans"):
        assert "回访‘甲’厂" in sentences.sentence(task)


def test_an_event_nobody_knows_any_more_shows_its_name() -> None:
    shown = entry(event="tribe.raised", subject="old.model")
    assert sentences.sentence(shown) == "tribe.raised"
    assert sentences.icon(shown) == "point"
    assert sentences.address(shown) == ""
    assert sentences.noun(shown) == "old.model"
    assert sentences.changes(entry(subject="old", changes={"x": [1, 2]})) == [sentences.Change("x", "1", "2")]


def test_a_missing_particular_is_a_dash() -> None:
    with translation.override("en"):
        assert sentences.sentence(entry(), linked=False) == "wrote on 柔性产线: —"


def test_changes_carry_the_fields_own_names_and_formats(db: None) -> None:
    told = entry(
        event="deal.edited",
        changes={
            "amount": ["1500000.00", "1680000.00"],
            "expected_on": ["2026-05-20", "2026-06-20"],
            "probability": [None, "0.3500"],
            "source": ["web", "referral"],
            "customer": [None, {"id": 3, "name": "宁波甬江机电"}],
            "no_such_field": ["a", "b"],
            "title": ["same", "same"],
        },
    )
    with translation.override("en"):
        rows = {row.label: (row.before, row.after) for row in sentences.changes(told)}
    assert rows["expected order amount"] == ("¥1.5m", "¥1.68m")
    assert rows["expected order date"] == ("2026-05-20", "2026-06-20")
    assert rows["own success rate"] == ("—", "35.0%")
    assert rows["source"] == ("website", "referral")
    assert rows["customer"] == ("—", "宁波甬江机电")
    assert rows["no_such_field"] == ("a", "b")
    assert len(rows) == 6


def test_amounts_are_written_as_the_reader_likes_them(db: None) -> None:
    told = entry(event="deal.edited", currency="USD", changes={"amount": ["1.00", "1234567.50"]})
    viewer = User(full_amounts=True)
    with translation.override("zh-hans"):
        assert sentences.changes(told, viewer)[0].after == "$1,234,567.50"
        assert sentences.changes(told)[0].after == "$123万"
    won = entry(event="deal.won", amount={"amount": "80000", "currency": "CNY"})
    with translation.override("zh-hans"):
        assert "¥8万" in sentences.sentence(won)
    broken = entry(event="deal.won", amount={"amount": "lots", "currency": "CNY"})
    assert "lots" in sentences.sentence(broken)
    assert sentences.changes(entry(changes={"amount": ["x", "2"]}))[0].before == "x"


def test_amounts_that_look_alike_when_shortened_are_written_to_the_last_digit(db: None) -> None:
    told = entry(subject="catalog.product", changes={"list_price": ["910011.00", "910022.00"]})
    change = sentences.changes(told)[0]
    assert (change.before, change.after) == ("¥910,011", "¥910,022")


def test_a_bare_amount_is_in_the_currency_of_the_organisation(db: None) -> None:
    Organisation.objects.update(base_currency="TWD")
    told = entry(subject="catalog.product", changes={"list_price": ["1.00", "2.00"]})
    assert [(change.before, change.after) for change in sentences.changes(told)] == [("NT$1", "NT$2")]


def test_values_of_all_shapes_are_shown() -> None:
    told = entry(
        subject="people.organisation",
        verb="pipeline.see",
        role="rep",
        field="reach",
        before="",
        after="TEAM",
        at="2026-04-17T01:30:00+00:00",
        on="2026-13-99",
        flag=True,
        off=False,
        names={"zh-hans": "验证", "en": "Verify"},
        rows=[["李娜", "0.3"], "x"],
        map={"a": 1},
        many=1234567,
        few=12,
        empty=[],
    )
    with translation.override("en"):
        assert sentences.changes(told) == [sentences.Change("reach", "—", "team")]
        shown = dict(sentences.facts(told))
    assert shown["right"] == "see deals"
    assert shown["happened at"].endswith("09:30")
    assert shown["from day"] == "2026-13-99"
    assert shown["flag"] == "yes"
    assert shown["names"] == "Verify"
    assert shown["rows"] == "李娜 · 0.3, x"
    assert shown["map"] == "a 1"
    assert shown["many"] == "1,234,567"
    assert shown["few"] == "12"
    assert set(shown).isdisjoint({"off", "empty", "before", "after", "field", "reach"})


def test_roles_are_named(cast: Cast) -> None:
    told = entry(
        event="user.roles_granted", subject="people.user", field="roles", before=["rep"], after=["rep", "hr"]
    )
    with translation.override("en"):
        assert sentences.changes(told) == [
            sentences.Change("roles", "Salesperson", "Salesperson, Human resources")
        ]
    with translation.override("zh-hans"):
        assert "、" in sentences.changes(told)[0].after


def test_a_guarded_field_is_hidden_from_who_may_not_see_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from loudou.catalog.models import Product

    monkeypatch.setattr(Product, "guarded", {"cost": "catalog.see_cost"}, raising=False)
    told = entry(
        event="product.edited",
        subject="catalog.product",
        changes={"cost": ["10.00", "12.00"], "name": ["a", "b"]},
        cost="9.00",
    )
    hidden = sentences.changes(told, may=lambda verb: False)
    assert [row.before for row in hidden] == ["a"]  # both sides of the cost read the same and say nothing
    seen = sentences.changes(told, may=lambda verb: verb == "catalog.see_cost")
    assert seen[0].after == "¥12"
    assert sentences.HIDDEN in dict(sentences.facts(told)).values()


def test_a_page_says_it_for_its_reader(cast: Cast) -> None:
    verbs.set_competitor(make.deal(cast.chenan), name="沈阳新松", by=cast.chenan, quote=Decimal("5"))
    made = Entry.objects.filter(event="deal.competitor_set").latest("id")
    say = sentences.Say(cast.chenan, lambda verb: True)
    assert "沈阳新松" in say.sentence(made)
    assert say.icon(made) == "flag"
    assert say.actor(made) == "陈安"
    assert say.changes(made) == []
    assert say.noun(made)
    assert say.address(entry(subject="people.rate")) == "/settings/rates/"
    assert dict(say.facts(made))
    made.actor = None
    with translation.override("en"):
        assert say.actor(made) == "System"


@pytest.mark.parametrize(
    ("kind", "kept", "hant", "english"),
    [
        (
            "reviews.pack",
            "业绩报告 张伟 2026-10",
            "業績報告 张伟 2026 年 10 月",
            "period report 张伟 2026-10",
        ),
        ("targets.target", "李娜 签约", "李娜 簽約", "李娜 bookings"),
        ("targets.target", "Li Na bookings · 提案", "Li Na 簽約 · 提案", "Li Na bookings · 提案"),
        ("forms.formrecord", "F06-118 重点客户跟进记录表", "F06-118 ", "F06-118 "),
        ("steering.cost", "直销一部 展会 2026-08-12", "直销一部 展", "直销一部 exhibitions"),
        ("pipeline.reason", "Price", "價格", "Price"),
        ("pipeline.deal", "业绩报告 签约", "业绩报告 签约", "业绩报告 签约"),
    ],
)
def test_what_the_program_called_a_thing_is_said_in_the_readers_language(
    kind: str, kept: str, hant: str, english: str
) -> None:
    for code, wanted in (("zh-hant", hant), ("en", english)):
        with translation.override(code):
            shown = sentences.label_in_words(entry(subject=kind, label=kept))
            assert shown.startswith(wanted) and (shown != kept or wanted == kept)


def test_a_request_says_once_what_it_is_about() -> None:
    asked = entry("signoff.asked", "signoff.request", "reviews.pack 业绩报告 张伟 2026-10")
    logged = entry("signoff.asked", "signoff.request", "daylog.sign 张伟 2026-11-20")
    with translation.override("zh-hans"):
        assert sentences.plain_sentence(asked).count("业绩报告") == 1
        assert "日清单 张伟 2026-11-20" in sentences.plain_sentence(logged)
    with translation.override("en"):
        assert "period report 张伟 2026-10" in sentences.plain_sentence(asked)


# What the journal itself makes of an act's words, and who is told; never shown by its name.
UNSHOWN = {"by", "notify", "changes", "field", "before", "after"}


def test_every_particular_that_acts_note_has_a_name_in_words() -> None:
    """The audit page shows no field as programmers call it."""
    named = {
        (model._meta.app_label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(getattr(field, "verbose_name", None), Promise)
    }
    root = Path(journal.__file__).parents[1]
    bare = {
        (room, word.arg)
        for file in root.rglob("*.py")
        for room in [file.relative_to(root).parts[0]]
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record"
        for word in node.keywords
        if word.arg not in (None, *UNSHOWN, *LABELS) and (room, word.arg) not in named
    }
    assert bare == set()


@pytest.mark.parametrize(("name", "said"), [("last_at", "time of the entry before"), ("opinion", "opinion")])
def test_a_field_whose_model_gives_it_no_word_has_one_here(db: None, name: str, said: str) -> None:
    with translation.override("en"):
        assert sentences.label_of(entry(subject="signoff.request"), name) == said
    with translation.override("zh-hans"):
        assert not sentences.label_of(entry(subject="signoff.request"), name).isascii()
