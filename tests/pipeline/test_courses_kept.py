"""Courses are kept with every act, and derived for what was there before them."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.db import connection

from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.models import Course, Deal
from tests import make
from tests.cast import Cast
from tests.histories import Histories

NAMES = [field.attname for field in Course._meta.concrete_fields if not field.primary_key]


def _told() -> list[tuple[object, ...]]:
    return list(Course.objects.order_by("deal_id", "stage_id").values_list(*NAMES))


def test_what_was_there_before_is_derived_from_its_moves(cast: Cast) -> None:
    made = Histories([cast.chenan, cast.sunqiang]).write(40, seed=5)
    some = list(made.deals)[:3]
    Deal.objects.filter(pk__in=some).update(legacy=True)
    Course.objects.filter(deal__in=some).delete()
    before = _told()
    assert len(before) > 60
    Course.objects.all().delete()
    import_module("loudou.pipeline.migrations.0012_course").what_is_there(apps, None)
    assert Course.objects.filter(is_odd=True, is_here=False).exists()
    assert not Course.objects.exclude(ended_at=None, won_at=None).exists()
    with connection.cursor() as cursor:
        cursor.execute(import_module("loudou.pipeline.migrations.0037_odd_ended").ENDED)
        cursor.execute(import_module("loudou.pipeline.migrations.0042_won").WON)
    assert _told() == before


def test_a_promotion_and_a_hold_show_at_once(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    first, second = Course.objects.filter(deal=deal).order_by("reached_at", "id")
    assert first.passed_at == first.next_at == second.entered_at and not first.is_here
    assert second.is_here and second.since is not None and not second.is_odd
    verbs.hold(deal, by=cast.chenan, reason="客户停产检修", wake_on=clock.now().date() + timedelta(days=20))
    second.refresh_from_db()
    assert second.is_here and second.since is None and second.is_odd
