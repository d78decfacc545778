"""Two forms that ask the same become one (M47): what a decision to merge begins."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from loudou.forms import verbs
from loudou.forms.figures.fields import Condition, loose
from loudou.forms.lens import RecordLens
from loudou.forms.models import Form, Review
from loudou.kernel.periods import Fiscal, Grain
from loudou.people.models import User
from loudou.people.queries import organisation
from tests.cast import Cast
from tests.doors import enter
from tests.forms.making import MARKET, field, filled, issued

SMALL = (MARKET[0], MARKET[2], field("risk", "text", "风险"))


def reviewed(form: Form, into: str, by: User) -> Review:
    quarter = Fiscal().of(organisation().today, Grain.QUARTER)
    review = verbs.open_review(form, period=quarter, figures={}, verdicts=["merge"], merge_with=into, by=None)
    assert review is not None
    return verbs.decide_review(review, outcome="merge", note="问的是一回事", by=by)


def asked(form: Form) -> list[str]:
    version = form.under_way
    return [one.code for one in version.questions] if version is not None else []


def test_the_larger_form_gets_what_only_the_smaller_one_asks(cast: Cast) -> None:
    large, small = issued(cast), issued(cast, "M2", fields=SMALL)
    review = reviewed(small, "M1", cast.linjing)
    assert (asked(large), asked(small)) == (["market", "competitors", "place", "mood", "risk"], [])
    assert Form.objects.get(pk=small.pk).is_issued  # until that version is in force
    begun = large.under_way
    assert begun is not None
    shown = enter(Client(), cast.linjing).get(reverse("forms:review", args=[review.pk])).content.decode()
    assert reverse("forms:version", args=[begun.pk]) in shown


def test_what_a_page_of_the_product_asks_is_not_asked_again(cast: Cast) -> None:
    form = issued(cast, "M3", fields=[*MARKET, field("shade", "text", "深浅", when=Condition("mood", "up"))])
    reviewed(form, "F08", cast.linjing)
    assert asked(form) == ["mood", "shade"]
    assert asked(Form.objects.get(code="F08")) == []


def test_nothing_of_its_own_and_it_is_retired(cast: Cast) -> None:
    issued(cast)
    form = issued(cast, "M4", fields=MARKET[:2])
    reviewed(form, "M1", cast.linjing)
    form.refresh_from_db()
    assert (form.is_issued, form.retired_reason) == (False, "问的是一回事")


def test_who_does_not_keep_the_other_form_writes_on_ones_own(cast: Cast) -> None:
    large = issued(cast)
    mine = issued(cast, "M5", fields=SMALL, unit=cast.unit("D1"), by=cast.wumin)
    reviewed(mine, "M1", cast.wumin)
    assert (asked(large), asked(mine)) == ([], ["risk"])


@pytest.mark.parametrize("into", ["", "M6", "NONE"])
def test_without_the_other_form_its_own_next_version_is_begun(cast: Cast, into: str) -> None:
    form = issued(cast, "M6", fields=SMALL)
    verbs.change_form(form, by=cast.linjing)
    reviewed(form, into, cast.linjing)
    assert asked(form) == ["market", "place", "risk"]
    assert form.versions.count() == 2


def test_fields_leave_the_rules_behind_that_name_others() -> None:
    hangs = field("why", when=Condition("mood", "up"))
    later = field("to", "date", after="from")
    assert [(one.when, one.after) for one in loose([hangs, later])] == [(None, ""), (None, "")]
    whole = [MARKET[3], hangs, field("from", "date"), later]
    assert loose(whole) == whole


def test_the_list_behind_waste_has_what_waste_counts(cast: Cast) -> None:
    form = issued(cast)
    read, unread = filled(form, cast.chenan), filled(form, cast.chenan, market="船期推迟到下月中旬")
    late = filled(form, cast.lina, market="园区停电两天，客户改约下周三")
    for made in (read, late):
        verbs.read_record(made, by=cast.wumin)
    late.read_until = late.submitted_at
    late.save(update_fields=["read_until"])
    lens = RecordLens.read({"form": "M1", "state": "wasted"}, cast.heli)
    assert set(lens.records) == {unread, late}
    shown = enter(Client(), cast.heli).get("/forms/worth/").content.decode()
    assert "state=wasted" in shown
    assert enter(Client(), cast.heli).post(f"/forms/{form.pk}/records.pdf").content.startswith(b"%PDF")
