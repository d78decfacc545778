"""The Maven files with the mappings of `examples/maven`: the figures everybody knows of them, and nothing on a second run."""

from __future__ import annotations

import ast
import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.insight.reports import run
from loudou.odds import verbs as odds
from loudou.odds.tasks import learn
from loudou.people import verbs as people
from loudou.pipeline.models import Deal
from tests import jobs, make
from tests.cast import Cast

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "maven"
FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven_crm"
pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="the Maven files are not beside this checkout")


def steps() -> tuple[tuple[str, str], ...]:
    """The steps of `examples/maven/run`."""
    for node in ast.parse((EXAMPLE / "run").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "STEPS":
            return tuple(ast.literal_eval(node.value))
    raise AssertionError("no STEPS")


def import_all() -> list[Result]:
    return [
        hand_in(Order(kind, FILES / name, EXAMPLE / f"{kind}.toml"), dry_run=False, all_or_nothing=False)
        for kind, name in steps()
    ]


def won(first: str, last: str) -> Decimal:
    return Decimal(run("win-rate", {"from": first, "to": last}, None)["won_amount"])


@pytest.mark.slow
def test_the_maven_files_come_to_their_figures_and_a_second_run_changes_nothing(cast: Cast) -> None:
    people.set_organisation(base_currency="USD", by=None)
    assert sum(result.refused for result in import_all()) == 0
    assert Deal.objects.count() == 8_800
    found = run("win-rate", {"from": "2016-01-01", "to": "2019-01-01"}, None)
    assert (found["won"], found["lost"], found["rate"]) == (4_238, 2_473, "0.631501")
    assert found["won_amount"] == "10005534.00"
    days = ["2017-01-01", "2017-04-01", "2017-07-01", "2017-10-01", "2018-01-01"]
    quarters = [won(first, last) for first, last in itertools.pairwise(days)]
    assert quarters == [1_134_672, 3_086_111, 2_982_255, 2_802_496]
    assert Deal.objects.filter(customer=None).count() == 1_425
    assert Deal.objects.filter(created_at=None).count() == 500
    before = Deal.objects.order_by("pk").values_list("version", flat=True)
    versions = list(before)
    again = import_all()
    assert sum(result.counts.new + result.counts.changed + result.refused for result in again) == 0
    assert list(before.all()) == versions
    _nothing_is_to_be_learned_of_them()


def _nothing_is_to_be_learned_of_them() -> None:
    """Lost deals have no amount and won ones have: that gives the outcome away, and is left out."""
    lesson = odds.ask_lesson(make.funnel(), by=None)
    assert jobs.run(learn, lesson.pk) is True
    learned = run("win-probability", {}, None)
    assert learned["n"] > 6_000 and "amount" in learned["left_out"]
    assert 0.45 < float(learned["auc"]) < 0.6 and learned["teaches"] is False
