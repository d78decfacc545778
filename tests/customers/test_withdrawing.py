"""Taking back what an import brought by mistake."""

from __future__ import annotations

import pytest

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.customers.verbs import withdrawing
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden
from tests.cast import Cast


def test_customers_and_people_go_as_they_came_and_history_says_so(cast: Cast) -> None:
    mine = verbs.add_customer(name="甬江机电", by=cast.chenan)
    contact = verbs.add_contact(mine, name="许明华", by=cast.chenan)
    withdrawing.withdraw_contacts([contact.pk], by=cast.chenan)
    withdrawing.withdraw_customers([mine.pk], by=cast.chenan)
    assert not Customer.objects.exists()
    assert not Contact.objects.exists()
    said = [entry.subject_label for entry in Entry.objects.order_by("-id")[:2]]
    assert said == ["甬江机电", "许明华"]


def test_nobody_takes_back_what_is_anothers(cast: Cast) -> None:
    theirs = verbs.add_customer(name="恒力自动化", by=cast.maxiao)
    contact = verbs.add_contact(theirs, name="罗建", by=cast.maxiao)
    for act, row in ((withdrawing.withdraw_customers, theirs), (withdrawing.withdraw_contacts, contact)):
        with pytest.raises(Forbidden):
            act([row.pk], by=cast.chenan)
    assert Contact.objects.exists()
