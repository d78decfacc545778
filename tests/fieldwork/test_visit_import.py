"""Visits and contact rules by file: as they were, once, back again; plans of one's own by the rules of the page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity, ContactRule, VisitPlan, VisitRecord
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal, Stage
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

HEAD = (
    "code,owner_username,starts_at,customer_code,objectives,submitted_at,approved_at,executed_at,recorded_at,"
    "reviewed_at,emergency_reason,cancelled_reason,by_customer,persons,results,next_step,next_on\n"
)
T = "2026-03-0{}T{:02}:00:00+08:00"


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return customers.add_customer(name="宁波甬江机电", code="K-1", by=cast.chenan)


def bring(folder: Path, *lines: str, username: str | None = None) -> object:
    file = folder / "visits.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    return hand_in(Order("visits", file, username=username), dry_run=False, all_or_nothing=False)


MADE = (
    f"V-1,chenan,{T.format(3, 10)},K-1,问预算;看现场,{T.format(2, 9)},{T.format(2, 17)},{T.format(3, 10)},"
    f"{T.format(3, 20)},{T.format(4, 9)},,,,许明华;李工,预算八万；已看,送样,2026-03-09"
)
OFF = f"V-2,lina,{T.format(4, 10)},K-1,谈价,,,,,,,客户出差,是,,,,"
URGENT = f"V-3,chenan,{T.format(5, 10)},K-1,恢复生产,,,{T.format(5, 10)},{T.format(6, 20)},,客户停线,,,许明华,已恢复,,"


def test_visits_come_as_they_were_and_count_as_their_signature_lets_them(
    cast: Cast, customer: Customer, tmp_path: Path
) -> None:
    counts = [bring(tmp_path, MADE, OFF, URGENT).counts for _time in range(2)]  # type: ignore[attr-defined]
    assert (counts[0].new, counts[1].unchanged, counts[1].new) == (3, 3, 0)
    made, off, urgent = VisitPlan.objects.order_by("code")
    assert (made.state, made.objectives, made.known_at) == ("reviewed", ["问预算", "看现场"], made.starts_at)
    kept = VisitRecord.objects.get(plan=made)
    assert (kept.people, kept.results, kept.late) == (
        [["许明华", ""], ["李工", ""]],
        ["预算八万", "已看"],
        False,
    )
    activity = made.activity
    assert activity is not None and activity.counts and activity.contact == "许明华、李工"
    assert (activity.at, activity.next_step) == (instant("2026-03-03 10:00"), "送样")
    assert (off.state, off.by_customer, off.activity) == ("cancelled", True, None)
    assert urgent.activity is not None and (urgent.emergency, urgent.activity.counts) == (True, False)
    assert VisitRecord.objects.get(plan=urgent).late
    assert Entry.objects.filter(event="visit.imported").count() == 3
    verbs.withdraw_visits([made.pk, off.pk, urgent.pk], by=None)
    assert not VisitPlan.objects.exists() and not Activity.objects.exists()


def test_a_visit_that_came_among_the_activities_is_that_one_and_leaves_it_when_taken_back(
    cast: Cast, customer: Customer, tmp_path: Path
) -> None:
    """An export has a visit twice: with its plan, and among the activities; an empty house holds it once."""
    told = verbs.ActivityRow("visit", instant("2026-03-03 10:00"), cast.chenan, "HD-77", customer)
    other = verbs.ActivityRow("visit", instant("2026-03-05 10:00"), cast.lina, "HD-78", customer)
    verbs.import_activities([told, other], by=None)
    assert not Activity.objects.filter(counts=True).exists()
    bring(tmp_path, MADE, URGENT)
    made, urgent = VisitPlan.objects.order_by("code")
    assert made.activity is not None and urgent.activity is not None
    assert (made.activity.code, made.activity.counts, made.activity.contact) == (
        "HD-77",
        True,
        "许明华、李工",
    )
    assert made.activity.known_at == made.recorded_at and urgent.activity.code not in ("HD-77", "HD-78")
    assert Activity.objects.count() == 3
    verbs.withdraw_visits([made.pk, urgent.pk], by=None)
    assert not VisitPlan.objects.exists()
    assert set(Activity.objects.values_list("code", "counts")) == {("HD-77", True), ("HD-78", False)}


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (f"V-1,chenan,{T.format(3, 10)},K-1,问,,,{T.format(3, 10)},,,,,,,,,", "emergency_reason"),
        (f"V-1,chenan,{T.format(3, 10)},K-1,问,,{T.format(3, 11)},{T.format(3, 10)},,,,,,,,,", "executed_at"),
        (f"V-1,chenan,{T.format(3, 10)},K-1,问,,,,,,,,,许明华,,,", "executed_at"),
        (f"V-1,chenan,{T.format(3, 10)},K-1,问,,,,,,,,,,,,2026-99-99", "next_on"),
        (f"V-1,chenan,{T.format(3, 10)},K-1,1;2;3;4,,,,,,,,,,,,", "objectives"),
        (
            f"V-1,chenan,{T.format(3, 10)},K-1,问,,{T.format(2, 11)},{T.format(3, 10)},,,,不去了,,,,,",
            "cancelled_reason",
        ),
    ],
)
def test_what_cannot_have_been_is_refused_by_its_column(
    cast: Cast, customer: Customer, tmp_path: Path, line: str, column: str
) -> None:
    result = bring(tmp_path, line)
    assert result.counts.refused == 1 and f"{column}" in result.as_text(), result.as_text()  # type: ignore[attr-defined]
    assert not VisitPlan.objects.exists()


def test_a_number_is_taken_once_and_the_future_has_not_been(cast: Cast, customer: Customer) -> None:
    start = clock.now() + timedelta(days=3)
    said = {"customer": customer, "starts_at": start, "objectives": ["问预算"]}
    plan = verbs.import_visit(verbs.VisitRow(cast.chenan, said, code="V-9"), by=None)
    assert plan.state == "draft" and plan.known_at < start
    with pytest.raises(Refused) as refusal:
        verbs.import_visit(verbs.VisitRow(cast.chenan, said, code="V-9"), by=None)
    assert refusal.value.field == "code"
    with pytest.raises(Refused) as refusal:
        verbs.import_visit(verbs.VisitRow(cast.chenan, said, executed_at=start), by=None)
    assert refusal.value.field == "executed_at"
    signed = verbs.VisitRow(cast.chenan, said, submitted_at=clock.now(), approved_at=clock.now())
    assert verbs.import_visit(signed, by=None).state == "approved"


def test_a_rep_brings_plans_of_their_own_and_changes_them(
    cast: Cast, customer: Customer, tmp_path: Path
) -> None:
    start = (clock.now() + timedelta(days=3)).replace(microsecond=0).isoformat()
    mine = f",chenan,{start},K-1,问预算,,,,,,,,,,,,"
    result = bring(tmp_path, mine, mine.replace("chenan", "lina"), username="chenan")
    assert (result.counts.new, result.counts.refused) == (1, 1)  # type: ignore[attr-defined]
    again = bring(tmp_path, mine.replace("问预算", "问交期"), username="chenan")
    assert again.counts.changed == 1  # type: ignore[attr-defined]
    assert VisitPlan.objects.get().objectives == ["问交期"]
    past = f",chenan,{T.format(3, 10)},K-1,问,,,{T.format(3, 10)},,,,,,,,,"
    assert bring(tmp_path, past, username="chenan").counts.refused == 1  # type: ignore[attr-defined]
    assert bring(tmp_path, mine.replace("问预算", "问"), username="linjing").counts.refused == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_exported_of_visits_changes_nothing_when_it_comes_back(
    cast: Cast, customer: Customer, tmp_path: Path, form: str
) -> None:
    bring(tmp_path, MADE, OFF, URGENT)
    start = clock.now() + timedelta(days=3)
    verbs.plan_visit(by=cast.chenan, customer=customer, starts_at=start, objectives=["=1", "-2"])
    verbs.set_contact_rules({("vip", None): 10, ("", Stage.objects.order_by("pk")[0].pk): 3}, by=None)
    for kind, rows in (("visits", 4), ("contact-rules", 2)):
        file = tmp_path / f"{kind}.{form}"
        hand(kind, username=None, output=file, form=form, filters={}, bom=False)
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert (result.counts.rows, result.counts.unchanged) == (rows, rows), result.as_text()


def test_contact_rules_by_file_are_new_changed_and_unknown_stages_refused(cast: Cast, tmp_path: Path) -> None:
    stage = Stage.objects.select_related("funnel").order_by("pk")[0]
    file = tmp_path / "rules.csv"
    lines = f"重要客户,,,21\n,{stage.funnel.code},{stage.code},5\nvip,{stage.funnel.code},gone,5\nvip,,,400\n"
    file.write_text("grade,funnel,stage,days\n" + lines, "utf-8")
    result = hand_in(Order("contact-rules", file), dry_run=False, all_or_nothing=False)
    assert (result.counts.new, result.counts.refused) == (2, 2)
    assert ContactRule.kept() == {("key", None): 21, ("", stage.pk): 5}
    file.write_text("grade,days\nkey,22\n", "utf-8")
    assert hand_in(Order("contact-rules", file), dry_run=False, all_or_nothing=False).counts.changed == 1


def test_a_contact_plan_leaves_as_a_file_on_record(cast: Cast, customer: Customer) -> None:
    with clock.at(clock.now() - timedelta(days=40)):
        late: Deal = make.deal(cast.chenan, customer=customer, title="柔性产线")
    client = enter(Client(), cast.chenan)
    shown = client.get("/contacts/plan/").content.decode()
    assert "/contacts/plan/xlsx/" in shown and late.title in shown
    for form, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        assert client.post(f"/contacts/plan/{form}/").content.startswith(start)
    assert client.post("/contacts/plan/odt/").status_code == 404
    assert client.post("/contacts/plan/pdf/?owner=wumin").status_code in (200, 403)
    assert Entry.objects.filter(event="contact_plan.taken", subject_id=cast.chenan.pk).count() >= 2
