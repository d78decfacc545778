"""Unlocking an account."""

from __future__ import annotations

import pytest

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs
from tests.cast import Cast


def test_the_failures_are_forgotten_and_it_is_on_record(cast: Cast) -> None:
    for _n in range(5):
        verbs.sign_in(username="lina", password="wrong", address=None)
    verbs.unlock(cast.lina, by=cast.gaoming)
    assert not verbs.sign_in(username="lina", password="wrong", address=None).locked
    assert Entry.objects.filter(event="user.unlocked", actor=cast.gaoming).exists()


@pytest.mark.parametrize("who", ["lina", "wumin", "renli", "hezong"])
def test_others_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        verbs.unlock(cast.lina, by=getattr(cast, who))
