"""Who reads history is in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry, Notice
from loudou.journal.verify import Verdict
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs
from tests.cast import Cast


def test_it_is_noted_once_an_hour(cast: Cast) -> None:
    start = clock.now()
    for minutes in (0, 10, 59, 61, 100, 130):
        with clock.at(start + timedelta(minutes=minutes)):
            verbs.open_journal(by=cast.yanzheng, asked={"event": "deal.won"})
    entries = Entry.objects.filter(event="journal.opened", actor=cast.yanzheng)
    assert entries.count() == 3
    assert entries.first().particulars["asked"] == {"event": "deal.won"}  # type: ignore[union-attr]


def test_every_export_is(cast: Cast) -> None:
    for _n in range(2):
        verbs.export_journal(by=cast.anran, count=120, asked={})
    assert Entry.objects.filter(event="journal.exported").count() == 2


@pytest.mark.parametrize("who", ["gaoming", "hezong", "chenan"])
def test_others_neither_read_nor_take_nor_verify(cast: Cast, who: str) -> None:
    user = getattr(cast, who)
    for act in (
        lambda: verbs.open_journal(by=user),
        lambda: verbs.export_journal(by=user, count=1, asked={}),
        lambda: verbs.note_verification(Verdict(1), by=user),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_broken_chain_is_told_to_auditors_and_keepers(cast: Cast) -> None:
    verbs.note_verification(Verdict(rows=7), by=cast.yanzheng)
    verbs.note_verification(Verdict(rows=7, bad_id=3, fault="content"), by=None)
    good, bad = Entry.objects.filter(event__in=("journal.verified", "journal.broken")).order_by("id")
    assert good.particulars == {"rows": 7}
    assert (bad.particulars["bad"], bad.particulars["fault"]) == (3, "content")
    hearers = set(Notice.objects.filter(entry=bad).values_list("recipient__username", flat=True))
    assert hearers == {"yanzheng", "anran", "gaoming"}
