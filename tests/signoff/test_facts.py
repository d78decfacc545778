"""What a signer is told: kept without language, said in theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.signoff.facts import beginnings, change, days_of, kept, label, share, told
from loudou.signoff.models import Request
from tests import make

NAMES = {"zh-hans": "提案", "zh-hant": "提案", "en": "Propose"}


def said(value: Any, language: str = "zh-hans", *, full: bool = False) -> str:
    """A value kept and told again."""
    with clock.at(make.instant("2026-11-20 10:00")), translation.override(language):
        return told([["x", kept(value)]], full_amounts=full)[0].text


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("宁波甬江", "宁波甬江", "宁波甬江"),
        ("", "—", "—"),
        (None, "—", "—"),
        (7, "7", "7"),
        (Money(Decimal(1_680_000), "CNY"), "¥168万", "¥1.68m"),
        (_("waiting"), "待签", "waiting"),
        (NAMES, "提案", "Propose"),
        (date(2026, 12, 1), "12-01", "12-01"),
        (datetime(2026, 11, 20, 1, 30, tzinfo=UTC), "11-20 09:30", "11-20 09:30"),
        ({"period": "2026-Q4"}, "2026 年四季度", "2026 fourth quarter"),
        (share(Decimal("0.30")), "30%", "30%"),
        (days_of(34, 30), "34 天 / 上限 30", "34 days of at most 30"),
        (days_of(1, None), "1 天", "1 day"),
        ([], "—", "—"),
        (["a", "b"], "a、b", "a, b"),
        (["从哪个科目出？", "谁批", "何时"], "从哪个科目出？ 谁批、何时", "从哪个科目出？ 谁批, 何时"),
        (
            [[NAMES, share(Decimal("0.5"))], days_of(2, 30)],
            "提案 50%，2 天 / 上限 30",
            "Propose 50%, 2 days of at most 30",
        ),
        (change(Money(Decimal(1), "CNY"), Money(Decimal(2), "CNY")), "¥1 → ¥2", "¥1 → ¥2"),
        ({"a": 1, "b": "c"}, "a 1; b c", "a 1; b c"),
    ],
)
def test_values_are_said_in_the_readers_language(value: Any, chinese: str, english: str) -> None:
    assert (said(value), said(value, "en")) == (chinese, english)


def test_amounts_are_written_in_full_for_who_likes_it() -> None:
    assert said(Money(Decimal("1680000.50"), "CNY"), full=True) == "¥1,680,000.50"


def test_too_many_days_are_red() -> None:
    parts = told([["x", days_of(31, 30)], ["y", days_of(30, 30)]])
    assert [fact.parts[0].tone for fact in parts] == ["red", ""]


def test_labels_are_the_programs_words() -> None:
    with translation.override("zh-hans"):
        assert label(_("waiting")) == "waiting"
        assert [fact.label for fact in told([["waiting", 1], ["", 2]])] == ["待签", ""]


def test_an_opinion_begins_with_what_the_record_suggests_then_with_what_always_fits() -> None:
    asked = Request(starters=[["Meet %(what)s first, ", "许明华"]])
    with translation.override("zh-hans"):
        assert beginnings(asked) == ["先见到许明华，", "同意，但要注意：", "先核实："]
