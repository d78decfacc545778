"""The made world is what its people would have left behind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models

from loudou.demo.world import PASSWORD, SIZES, build, scaled
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline.models import Deal, Move, State, Visit

SUMS = (Decimal("359709561.00"), 286)
UNTIL = date(2026, 6, 30)


@pytest.fixture
def world(db: None) -> dict[str, int]:
    return build(SIZES["tiny"], until=UNTIL, processes=1)


def test_it_has_the_size_that_was_asked_for(world: dict[str, int]) -> None:
    assert world["customers.customer"] == 300
    assert world["pipeline.deal"] == 600
    assert 4.5 < world["pipeline.move"] / world["pipeline.deal"] < 5.6
    assert User.objects.get(username="rep1").check_password(PASSWORD)


def test_the_same_seed_and_day_make_the_same_world(world: dict[str, int]) -> None:
    # Known sums: a change of the generator changes what all measurements of the past were taken on.
    found = Deal.objects.aggregate(amount=models.Sum("amount"), pushes=models.Sum("pushes"))
    assert (found["amount"], found["pushes"]) == SUMS


def test_states_and_visits_are_what_the_moves_say(world: dict[str, int]) -> None:
    from loudou.pipeline.verbs._history import rebuild

    before = _told()
    deals = list(Deal.objects.select_related("spec").order_by("id"))
    columns = [_columns(deal) for deal in deals]
    rebuild(deals)
    assert _told() == before
    assert [_columns(deal) for deal in deals] == columns


def test_history_stands_in_the_journal_and_managers_have_something_to_sign(world: dict[str, int]) -> None:
    from loudou.journal.queries import entries
    from loudou.journal.verify import verify
    from loudou.signoff.models import Request

    assert entries().filter(subject_type="pipeline.deal").count() >= Move.objects.count()
    assert verify().good
    assert Request.objects.waiting().exists()


def test_it_is_made_where_nobody_works_yet(world: dict[str, int]) -> None:
    with pytest.raises(Refused, match="in use"):
        build(SIZES["tiny"], until=UNTIL, processes=1)


def test_a_scale_is_a_thousand_deals() -> None:
    assert (scaled(200).users, scaled(200).customers, scaled(200).deals) == (100, 100_000, 200_000)


def test_a_new_deal_gets_a_number_and_a_key_of_its_own(world: dict[str, int]) -> None:
    from loudou.pipeline.verbs import open_deal

    deal = open_deal(title="柔性产线", by=User.objects.get(username="rep1"))
    assert deal.pk > 600
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'pipeline_deal'")
        assert "deal_board" in {row[0] for row in cursor.fetchall()}


def _told() -> list[list[tuple[Any, ...]]]:
    told = []
    for model in (State, Visit):
        names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
        told.append(list(model._default_manager.order_by("deal_id", "seq").values_list(*names)))
    return told


def _columns(deal: Deal) -> dict[str, Any]:
    return {
        field.attname: getattr(deal, field.attname)
        for field in Deal._meta.concrete_fields
        if field.attname != "search"
    }
