"""Setting, adjusting, describing and withdrawing targets; the seasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.models import Organisation
from loudou.targets import verbs
from loudou.targets.models import SeasonalIndex, Target
from loudou.targets.queries import editions
from tests.cast import Cast

YEAR = Fiscal().parse("2027")


def set_for(cast: Cast, **more: Any) -> Target:
    said = {"unit": None, "person": cast.chenan, "metric": "bookings", "period": YEAR, "amount": Decimal(100)}
    return verbs.set_target(**{"by": cast.wumin, **said, **more})


def test_a_manager_sets_the_target_of_a_person_who_hears_of_it(cast: Cast) -> None:
    target = set_for(cast, specific="华东装备", relevant="进入锂电行业")
    assert (target.unit, target.currency, target.base_amount) == (cast.chenan.unit, "CNY", 100)
    assert [edition.number for edition in editions(target)] == [1]
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="target.set").exists()
    assert str(target) and target.in_money and str(editions(target)[0]) == f"{target.pk}#1"


def test_set_again_it_is_adjusted_and_the_former_number_stays(cast: Cast) -> None:
    target = set_for(cast)
    assert set_for(cast).version == target.version
    again = set_for(cast, amount=Decimal("120.5"), cause="market", reason="行业回暖")
    kept = [(edition.number, edition.amount, edition.cause) for edition in editions(again)]
    assert again.pk == target.pk and kept == [(2, Decimal("120.50"), "market"), (1, Decimal(100), "")]
    with pytest.raises(Refused) as refusal:
        set_for(cast, anew=True)
    assert refusal.value.field == "period"
    with pytest.raises(Stale):
        verbs.adjust_target(again, amount=Decimal(7), version=1, by=cast.wumin)


def test_an_amount_in_another_currency_counts_at_its_plan_rate(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        set_for(cast, currency="USD")
    assert refusal.value.field == "currency"
    people.set_rate(currency="USD", kind="plan", valid_from=date(2027, 1, 1), rate=Decimal("7.1"), by=None)
    assert set_for(cast, currency="USD").base_amount == Decimal("710.00")
    deals = set_for(cast, metric="deals", currency="USD")
    assert (deals.currency, deals.base_amount, deals.in_money) == ("", 100, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"person": None}, "unit"),
        ({"metric": "fame"}, "metric"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("0.001")}, "amount"),
        ({"amount": Decimal(10) ** 15}, "amount"),
        ({"period": Fiscal().parse("1980")}, "period"),
        ({"colour": "red"}, "colour"),
        ({"specific": "长" * 301}, "specific"),
    ],
)
def test_what_is_no_target_is_refused(cast: Cast, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        set_for(cast, **more)
    assert refusal.value.field == field
    assert not Target.objects.exists()


def test_only_who_leads_sets_targets_and_only_of_their_own(cast: Cast) -> None:
    for by, person in ((cast.chenan, cast.chenan), (cast.wumin, cast.sunqiang), (cast.qianjin, cast.lina)):
        with pytest.raises(Forbidden):
            set_for(cast, by=by, person=person)
    with pytest.raises(Forbidden):  # somebody else's person under a unit of one's own
        set_for(cast, person=cast.sunqiang, unit=cast.wumin.unit)
    assert set_for(cast, by=cast.heli, person=None, unit=cast.wumin.unit).person is None


def test_what_it_says_can_be_changed(cast: Cast) -> None:
    target = set_for(cast)
    assert verbs.describe_target(target, by=cast.wumin, specific="").version == 1
    changed = verbs.describe_target(target, by=cast.wumin, version=1, attainable=" 去年做到 90 ")
    assert (changed.attainable, changed.version) == ("去年做到 90", 2)


def test_closed_books_freeze_targets(cast: Cast) -> None:
    old = set_for(cast, period=Fiscal().parse("2025"))
    Organisation.objects.update(closed_through=date(2025, 12, 31))
    for act in (
        lambda: verbs.adjust_target(old, amount=Decimal(7), by=None),
        lambda: verbs.withdraw_targets([old.pk], by=None),
        lambda: set_for(cast, period=Fiscal().parse("2025-12")),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.field == "period"
    assert set_for(cast, period=Fiscal().parse("2026")).pk
    with pytest.raises(Refused):
        verbs.adjust_target(set_for(cast), amount=Decimal(7), cause="whim", by=None)


def test_a_mistake_is_withdrawn(cast: Cast) -> None:
    target = set_for(cast)
    with pytest.raises(Stale):
        verbs.withdraw_targets([target.pk], by=cast.wumin, version=9)
    assert verbs.withdraw_targets([target.pk], by=cast.wumin, version=1) == 1
    assert Entry.objects.filter(event="target.withdrawn").count() == 1


def test_seasons_are_of_every_year_or_of_one(cast: Cast) -> None:
    season = verbs.set_season(month=2, index=Decimal("0.6"), by=cast.linjing)
    assert verbs.set_season(month=2, index=Decimal("0.6"), by=cast.linjing).version == season.version
    assert verbs.set_season(month=2, index=Decimal("0.7"), by=cast.linjing).version == 2
    dated = verbs.set_season(month=2, year=2027, index=Decimal("0.4"), by=cast.linjing)
    assert (str(season), str(dated)) == ("2", "2027-02")
    for month, index in ((13, Decimal(1)), (1, Decimal(-1)), (1, Decimal("NaN")), (1, Decimal(101))):
        with pytest.raises(Refused):
            verbs.set_season(month=month, index=index, by=None)
    with pytest.raises(Forbidden):
        verbs.set_season(month=2, index=Decimal(1), by=cast.wumin)
    verbs.withdraw_seasons([season.pk, dated.pk], by=cast.linjing)
    assert not SeasonalIndex.objects.exists()
