"""Replaced delivery plans and moves between versions of a funnel go out and come in: every report of them is the same."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import F

from loudou.exchange import verbs as imports
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Course, Deal, DeliveryPart, Line, Move, Stage, State, Visit
from loudou.pipeline.queries import funnels
from loudou.pipeline.verbs import StagePlan
from tests import make
from tests.cast import Cast
from tests.plans import plans

HEAD = "deal_code,at,event,stage,amount,reason,by"
INSTANTS = ("2026-03-15T00:00:00+08:00", "2026-04-15T00:00:00+08:00", "2026-05-10T00:00:00+08:00")
REPORTS = (
    *("funnel", "conversion", "stage-time", "forecast-sheet", "coverage", "waterfall", "slippage"),
    *("promotion-table", "bottlenecks"),
)


@pytest.fixture
def told(cast: Cast) -> dict[str, str]:
    """Deals planned in parts twice, moved to a version without their first stage, one left on the former version."""
    with clock.at(make.instant("2026-02-02 09:00")):
        deals = [
            make.deal(cast.chenan, title=f"单{n}", amount=30_000 * n, code=f"D{n}") for n in (1, 2, 3, 4)
        ]
        make.advance(deals[2])
        _plan(deals[0], ("2026-05-20", 10_000), ("2026-08-20", 20_000))
        _plan(deals[1], ("2026-06-01", 20_000), ("2026-07-01", 40_000))
    with clock.at(make.instant("2026-03-20 10:00")):
        _plan(deals[0], ("2026-06-20", 15_000), ("2026-09-20", 15_000))
        _plan(deals[1])
        _new_version([deals[0], deals[2]])
    with clock.at(make.instant("2026-04-20 10:00")):
        make.advance(Deal.objects.get(code="D3"))
    return reports()


def _plan(deal: Deal, *parts: tuple[str, int]) -> None:
    told = [Part(date.fromisoformat(day), Decimal(amount)) for day, amount in parts]
    verbs.set_deliveries(Deal.objects.get(pk=deal.pk), parts=told, by=None, reason="改期")


def _new_version(deals: list[Deal]) -> None:
    funnel = make.funnel()
    stages = {stage.code: stage.pk for stage in Stage.objects.filter(funnel=funnel)}
    verbs.edit_draft(funnel, stages=plans(funnel)[1:], by=None)
    verbs.publish(funnel, by=None)
    mapping = {stages["verify"]: stages["develop"]}
    verbs.migrate(make.funnel(), mapping=mapping, by=None, only=[deal.pk for deal in deals])


def reports() -> dict[str, str]:
    found = {}
    for name in REPORTS:
        for at in INSTANTS:
            asked = {"as-of": at, "from": "2026-02-01", "to": "2026-07-01"}
            found[f"{name} {at}"] = json.dumps(run(name, asked, None), default=str, sort_keys=True)
    return found


def versions() -> list[tuple[str, int, str]]:
    rows = Deal.objects.annotate(number=F("funnel_version__number"), stage=F("spec__stage__code"))
    return list(rows.order_by("code").values_list("code", "number", "stage"))


def planned() -> list[tuple[object, ...]]:
    parts = DeliveryPart.objects.order_by("deal__code", "seq")
    return list(parts.values_list("deal__code", "since", "until", "due_on", "amount"))


def taken_out(folder: Path) -> dict[str, Path]:
    files = {kind: folder / f"{kind}.csv" for kind in ("deals", "moves", "lines", "deliveries")}
    for kind, file in files.items():
        hand(kind, username=None, output=file, form="csv", filters={}, bom=False)
    return files


def test_an_empty_house_has_the_plans_and_versions_of_the_former_one(
    told: dict[str, str], tmp_path: Path
) -> None:
    stood, parts = versions(), planned()
    assert [(code, number) for code, number, _stage in stood] == [("D1", 2), ("D2", 1), ("D3", 2), ("D4", 1)]
    files = taken_out(tmp_path)
    for kind, file in files.items():
        again = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert again.counts.rows == again.counts.unchanged, again.as_text()
    for model in (DeliveryPart, State, Visit, Move, Line, Deal):
        model._default_manager.all().delete()
    assert reports() != told
    for kind, file in files.items():
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
        assert result.refused == 0, result.as_text()
    now = reports()
    assert {key: (told[key], now[key]) for key in told if now[key] != told[key]} == {}
    assert (versions(), planned()) == (stood, parts)
    for kind, file in files.items():
        again = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert again.counts.rows == again.counts.unchanged, again.as_text()


def bring(folder: Path, *lines: str, kind: str = "moves", head: str = HEAD) -> Result:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join((head, *lines)) + "\n", "utf-8")
    return hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)


def test_a_plan_of_another_system_is_told_and_taken_back(cast: Cast, tmp_path: Path) -> None:
    with clock.at(make.instant("2026-02-02 09:00")):
        make.deal(cast.chenan, amount=30_000, code="D-1")
    with clock.at(make.instant("2026-05-02 09:00")):
        row = "D-1,2026-03-01,交付计划,,,2026年6月1日 1万；2026-07-01 20000,"
        assert bring(tmp_path, row).counts.new == 1
        assert [amount for *_when, amount in planned()] == [Decimal(10_000), Decimal(20_000)]
        run = Import.objects.latest("id")
        imports.undo_import(run, by=cast.gaoming)
        assert take_back(run.pk, cast.gaoming.pk).kept_back == []
    assert planned() == []


@pytest.mark.parametrize(
    ("event", "stage", "reason"),
    [
        ("deliveries", "", "2026-06-01"),
        ("deliveries", "", "2026-06-01 30000"),
        ("deliveries", "", "2026-06-01 30000; 2026-06-01 5"),
        ("deliveries", "", "2026-06-01 30000; 2026-07-01 0"),
        ("deliveries", "", "2026-06-01 viel; 2026-07-01 5"),
        ("migrate", "", ""),
        ("hold", "", "长" * 501),
    ],
)
def test_what_is_no_plan_and_no_version_is_refused(
    cast: Cast, tmp_path: Path, event: str, stage: str, reason: str
) -> None:
    make.deal(cast.chenan, code="D-1")
    result = bring(tmp_path, f"D-1,{clock.now().isoformat()},{event},{stage},,{reason},")
    column = "stage" if event == "migrate" else "reason"
    assert [(note.line, note.column) for note in result.notes] == [(2, column)]
    assert result.counts.refused == 1


def _reviewed() -> None:
    """A version with a stage between the first two."""
    funnel = make.funnel()
    first, *others = plans(funnel)
    between = StagePlan("", {"zh-hans": "评审", "en": "Review"}, Decimal("0.2"))
    verbs.edit_draft(funnel, stages=[first, between, *others], by=None)
    verbs.publish(funnel, by=None)


def test_a_program_that_has_just_started_takes_moves_between_versions(cast: Cast, tmp_path: Path) -> None:
    """What versions there were is asked before the COPY of what follows, which lets nothing be asked while it runs."""
    _reviewed()
    head = "code,title,funnel,owner_username,amount,currency,funnel_version"
    assert bring(tmp_path, "D1,甲,b2b,chenan,100,CNY,1", kind="deals", head=head).refused == 0
    funnels.forget()
    steps = ("2026-01-05,enter,验证", "2026-01-15,enter,提案", "2026-02-01,migrate,提案")
    assert bring(tmp_path, *(f"D1,{step},,," for step in steps)).refused == 0
    assert (
        Course.objects.filter(deal__code="D1").count() == 3
    )  # of 开发, passed, too; of 评审, which was not there, none


@pytest.mark.parametrize("last", ["2026-02-01,migrate,评审", "2026-02-01,enter,评审"])
def test_a_stage_of_another_version_brings_the_deal_to_it(cast: Cast, tmp_path: Path, last: str) -> None:
    """Its row and its past stand in one stage: what stands there now is what stayed there, and never below nothing."""
    _reviewed()
    head = "code,title,funnel,owner_username,amount,currency,funnel_version"
    assert bring(tmp_path, "D1,甲,b2b,chenan,100,CNY,1", kind="deals", head=head).refused == 0
    steps = ("2026-01-05,enter,验证", "2026-01-15,enter,开发", last)
    assert bring(tmp_path, *(f"D1,{step},,," for step in steps)).refused == 0
    assert [(number, stage) for _code, number, stage in versions()] == [(2, Stage.objects.latest("pk").code)]
    stages = run("funnel", {"from": "2026-01-01", "to": "2026-04-01"}, None)["stages"]
    assert [(one["start"], one["count"]) for one in stages if one["stay"] or one["count"]] == [(0, 1)]
    assert all(one["count"] == one["stay"] for one in stages)


def test_a_version_the_funnel_does_not_have_here_is_said(cast: Cast, tmp_path: Path) -> None:
    head = "code,title,funnel,owner_username,amount,currency,funnel_version"
    result = bring(tmp_path, "N1,甲,b2b,chenan,100,CNY,7", kind="deals", head=head)
    assert (result.counts.new, [note.column for note in result.notes]) == (1, ["funnel_version"])
    assert Deal.objects.get(code="N1").funnel_version.number == 1
