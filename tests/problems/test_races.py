"""Two who write at the same moment, on a real database."""

from __future__ import annotations

from datetime import timedelta

from loudou.people.queries import organisation
from loudou.problems import verbs
from loudou.problems.models import Rule
from tests.races import at_once, failures
from tests.world import World


def test_editions_of_a_rule_are_counted_however_many_write_at_once(own_database: str) -> None:
    world = World()
    cause, wumin, today = world.rule.cause, world.cast.wumin, organisation().today

    def write() -> Rule:
        return verbs.write_rule(
            cause,
            title="备件最低库存",
            applies_to="主机备件",
            content="低于三套即补",
            owner=wumin,
            effective_on=today,
            review_on=today + timedelta(days=90),
            by=wumin,
        )

    assert failures(at_once([write] * 6)) == []
    assert sorted(Rule.objects.values_list("edition", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    assert Rule.objects.filter(replaced=False).count() == 1
