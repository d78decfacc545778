"""When an opinion is one."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loudou.signoff.figures import Approvals, letters, repeats, substantial


def test_blanks_do_not_count() -> None:
    assert letters(" 同意 \n 办理\u3000") == 4


def test_blanks_and_case_do_not_make_it_new() -> None:
    assert repeats("Agreed, go on", ["x", "agreed,goon"])
    assert not repeats("同意", [])


@given(st.text(), st.lists(st.text()))
def test_what_was_said_is_said_again(opinion: str, former: list[str]) -> None:
    assert repeats(opinion, [*former, opinion])
    assert letters(opinion) <= len(opinion)


def test_ten_characters_are_an_opinion_and_nine_are_none() -> None:
    assert substantial(["已核对价格同意照此办", "已核对交期同意照办"]) == [True, False]


def test_five_seconds_are_reading_and_less_is_a_rubber_stamp() -> None:
    assert not Approvals(reading=(Decimal(5),)).is_rubber_stamp
    assert Approvals(reading=(Decimal("4.99"),)).is_rubber_stamp
    assert not Approvals().is_rubber_stamp
