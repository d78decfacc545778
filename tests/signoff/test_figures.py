"""When an opinion is one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loudou.signoff.figures import letters, repeats


def test_blanks_do_not_count() -> None:
    assert letters(" 同意 \n 办理\u3000") == 4


def test_blanks_and_case_do_not_make_it_new() -> None:
    assert repeats("Agreed, go on", ["x", "agreed,goon"])
    assert not repeats("同意", [])


@given(st.text(), st.lists(st.text()))
def test_what_was_said_is_said_again(opinion: str, former: list[str]) -> None:
    assert repeats(opinion, [*former, opinion])
    assert letters(opinion) <= len(opinion)
