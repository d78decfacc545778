"""What forms cost and give (M47): scenario D6 to the digit, and the verdicts."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs as fieldwork
from loudou.forms import verbs
from loudou.forms.figures.worth import Tally, load, overlaps, verdict
from loudou.forms.models import Form, Review
from loudou.forms.tasks import open_reviews
from loudou.insight.reports import run
from loudou.journal.channel import through
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from tests import jobs
from tests.cast import Cast
from tests.daylog import files
from tests.daylog.files import bring
from tests.doors import enter
from tests.forms import making
from tests.make import day, instant

APRIL = {"unit": "D6", "period": "2026-04", "as-of": "2026-05-15T00:00:00+08:00"}
DAYS = [day(f"2026-04-{number:02d}") for number in range(1, 31)]


def tally(submissions: int, opened: int | None, flagged: int = 0, **more: object) -> Tally:
    return Tally(Decimal(10), {1: submissions}, opened=opened, flagged=flagged, **more)  # type: ignore[arg-type]


def hand_in(form: Form, count: int, opened: int, flagged: int) -> None:
    """So many records by the six in April; the first of them opened, the last flagged."""
    six = list(User.objects.filter(username__startswith="six").order_by("username"))
    for number in range(count):
        at = instant("2026-04-01 18:00") + timedelta(minutes=number)
        verbs.import_record(
            form,
            author=six[number % 6],
            submitted_at=at,
            by=None,
            read_at=at + timedelta(days=1) if number < opened else None,
            flagged=number >= count - flagged,
        )


@pytest.fixture
def month(cast: Cast, tmp_path: Path) -> None:
    for kind, rows in files.team("D6", [f"six{number}" for number in range(1, 7)], files.BOSS):
        bring(tmp_path, kind, rows)
    with clock.at(instant("2026-03-20 10:00")):
        visit = making.issued(
            cast, "D6-04", name="拜访记录", serves=["visit"], fields=[making.field("met")], minutes="10"
        )
        daily = making.issued(cast, "D6-M", minutes="12", period="week")
        rival = making.issued(
            cast,
            "D6-R",
            name="竞品周报",
            serves=["follow"],
            fields=[making.field("rival")],
            minutes="15",
            period="week",
        )
    hand_in(visit, 54, 52, 3)
    hand_in(daily, 126, 19, 31)
    hand_in(rival, 30, 27, 1)


def test_the_forms_of_d6(month: None, cast: Cast) -> None:
    verbs.retire_form(Form.objects.get(code="F02"), reason="无人用", by=cast.linjing)
    told = run("form-load", APRIL, None)
    assert (told["reps"], told["working_days"], told["person_days"]) == (6, 21, 126)
    assert (told["minutes"], told["load"], told["over_budget"]) == ("2502.00", "19.86", False)
    rows = {row["form"]: row for row in told["rows"]}
    expected = {
        "D6-04": ("540.00", "0.037037", "0.055556", ["keep"]),
        "D6-M": ("1512.00", "0.849206", "0.246032", ["retire", "redesign", "merge"]),
        "D6-R": ("450.00", "0.100000", "0.033333", ["keep"]),
    }
    for code, figures in expected.items():
        row = rows[code]
        assert (row["total_minutes"], row["waste"], row["water"], row["verdicts"]) == figures
    assert rows["D6-M"]["merge_with"] == "F08"
    assert told["gaps"][0] == "screen"  # F02 has no form in force: too few


def test_what_forms_cost_leaves_the_house_as_a_file(month: None, cast: Cast) -> None:
    client = enter(Client(), cast.wangfang)
    with clock.at(instant("2026-05-15 00:00")):
        saved = client.post("/forms/worth/file/xlsx/?unit=D6&period=2026-04").content
        assert client.post("/forms/worth/file/pdf/?unit=D6&period=2026-04").content.startswith(b"%PDF")
    book = CalamineWorkbook.from_filelike(io.BytesIO(saved))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    (daily,) = {tuple(row[1:7]) for row in rows if str(row[0]).startswith("D6-M")}
    assert daily == (126, 12, 1512, 0.849206, 0.0, 0.246032)
    assert [row[-2:] for row in rows if row[-2:] == [126, 19.86]] == [
        [126, 19.86]
    ]  # the house, below six people


def test_what_took_longer_than_was_said_counts_as_it_was(month: None) -> None:
    rival = Form.objects.get(code="D6-R")
    for number, minutes in enumerate(("20", "40", "30")):
        at = instant("2026-04-20 18:00") + timedelta(minutes=number)
        six = User.objects.get(username="six1")
        verbs.import_record(rival, author=six, submitted_at=at, minutes=Decimal(minutes), by=None)
    row = next(row for row in run("form-load", APRIL, None)["rows"] if row["form"] == "D6-R")
    assert (row["minutes"], row["submissions"], row["total_minutes"]) == ("30.00", 33, "990.00")


def test_only_an_opening_within_five_working_days_counts(cast: Cast) -> None:
    with clock.at(instant("2026-03-20 10:00")):
        form = making.issued(cast)
    for minute, opened in enumerate(("2026-04-13 23:59", "2026-04-14 00:00")):
        verbs.import_record(
            form,
            author=cast.chenan,
            submitted_at=instant(f"2026-04-03 18:0{minute}"),  # a Friday; Monday is Qingming, no working day
            read_at=instant(opened),
            by=None,
        )
    told = run("form-load", {"owner": "chenan", "period": "2026-04", "as-of": APRIL["as-of"]}, None)
    row = next(row for row in told["rows"] if row["form"] == "M1")
    assert (row["submissions"], row["opened"], row["waste"]) == (2, 1, "0.500000")


def test_what_came_in_on_the_last_day_has_time_to_be_read(cast: Cast) -> None:
    """Handed in on 29 April: 1 to 5 May are holidays, the fifth working day is Saturday 9 May, a make-up day."""
    with clock.at(instant("2026-03-20 10:00")):
        form = making.issued(cast)
    for minute, opened in enumerate(("2026-05-09 23:59", "2026-05-10 00:00")):
        verbs.import_record(
            form,
            author=cast.chenan,
            submitted_at=instant(f"2026-04-29 18:0{minute}"),
            read_at=instant(opened),
            used_at=instant("2026-05-08 09:00"),
            by=None,
        )
    for as_of, counts in (("2026-05-01", (2, 0, 0)), ("2026-05-08", (2, 0, 2)), ("2026-06-01", (2, 1, 2))):
        told = run("form-load", {"owner": "chenan", "period": "2026-04", "as-of": as_of}, None)
        row = next(row for row in told["rows"] if row["form"] == "M1")
        assert (row["submissions"], row["opened"], row["used"]) == counts, as_of


def test_nothing_is_known_before_it_was(cast: Cast) -> None:
    with clock.at(instant("2026-03-20 10:00")):
        form = making.issued(cast)
    verbs.import_record(
        form,
        author=cast.chenan,
        submitted_at=instant("2026-04-07 18:00"),
        read_at=instant("2026-04-09 08:00"),
        used_at=instant("2026-04-09 09:00"),
        by=None,
    )

    def at(text: str) -> tuple[int, int, int]:
        told = run("form-load", {"owner": "chenan", "period": "2026-04", "as-of": text}, None)
        row = next(row for row in told["rows"] if row["form"] == "M1")
        return row["submissions"], row["opened"], row["used"]

    assert at("2026-04-07T17:59:00+08:00") == (0, 0, 0)
    assert at("2026-04-08T00:00:00+08:00") == (1, 0, 0)
    assert at("2026-04-10T00:00:00+08:00") == (1, 1, 1)


@pytest.mark.parametrize(
    ("waste", "water", "serves", "merges", "expected"),
    [
        (60, 20, False, False, ["keep"]),  # not above the limits
        (61, 0, False, False, ["retire"]),
        (61, 0, True, False, ["keep"]),
        (0, 21, True, False, ["redesign"]),
        (100, 100, False, True, ["retire", "redesign", "merge"]),
        (None, 0, False, True, ["merge"]),
    ],
)
def test_verdicts(waste: int | None, water: int, serves: bool, merges: bool, expected: list[str]) -> None:
    told = tally(100, None if waste is None else 100 - waste, water)
    assert verdict(told, serves=serves, merges=merges) == expected


def test_without_anything_there_is_no_rate() -> None:
    none = tally(0, 0)
    assert {none.waste.reason, none.use.reason, none.water.reason} == {"no_base"}
    assert tally(3, None).waste.reason == "not_recorded"
    assert load(Decimal(5), 0).value is None
    assert tally(3, 1, minutes=[Decimal(1), Decimal(9), Decimal(2)]).each == 2


def test_the_smaller_form_goes_into_the_larger() -> None:
    def names(*codes: str) -> list[frozenset[str]]:
        return [frozenset({code}) for code in codes]

    found = overlaps({"A": names("x", "y", "z", "v"), "B": names("x", "y", "w"), "C": [], "D": names("q")})
    assert [(one.smaller, one.larger, one.shared, one.of, one.too_much) for one in found] == [
        ("B", "A", 2, 3, True)
    ]
    assert not overlaps({"A": names("a", "b", "c", "d", "e"), "B": names("a", "b", "c", "f", "g")})[
        0
    ].too_much


def test_the_map_names_what_is_missing(cast: Cast) -> None:
    told = run("form-map", {}, None)
    steps = {line["step"]: line for line in told["steps"]}
    assert steps["screen"]["forms"] == ["F02"]
    assert steps["b2b/propose"]["wanted"] == ["F12"]
    assert "real-estate/visit" not in steps or steps["real-estate/visit"]["gap"]
    assert told["idle"] == []
    making.issued(cast)
    assert run("form-map", {}, None)["idle"] == ["M1"]


def test_a_quarter_opens_its_reviews_once(month: None, cast: Cast) -> None:
    with clock.at(instant("2026-07-02 06:00")):
        assert jobs.run(open_reviews) > 2
        assert jobs.run(open_reviews) == 0
    review = Review.objects.get(form__code="D6-M")
    assert (review.figures["waste"], review.verdicts) == ("0.849206", ["retire", "redesign", "merge"])
    assert str(review.due_on) == "2026-07-16"
    opened = Entry.objects.filter(event="form.review_opened", subject_id=review.pk)
    told = Notice.objects.filter(entry__in=opened).values_list("recipient", flat=True)
    assert list(told) == [review.form.owner_id]
    with pytest.raises(Refused):
        verbs.decide_review(review, outcome="retire", note=" ", by=cast.linjing)
    with pytest.raises(Refused):
        verbs.decide_review(review, outcome="burn", note="并入", by=cast.linjing)
    verbs.decide_review(review, outcome="retire", note="并入日清单，不再单独填写", by=cast.linjing)
    assert not Form.objects.get(code="D6-M").is_issued
    other = Review.objects.get(form__code="D6-R")
    verbs.decide_review(other, outcome="change", note="改为每月一次", by=cast.linjing)
    assert Form.objects.get(code="D6-R").versions.filter(state="proposed").exists()
    with pytest.raises(Refused):
        verbs.decide_review(other, outcome="keep", note="又改主意", by=cast.linjing)
    third = Review.objects.get(form__code="D6-04")
    verbs.decide_review(third, outcome="keep", note="人人都看", by=cast.linjing)
    assert not third.form.versions.filter(state="proposed").exists()


def test_a_call_counts_until_it_is_annulled(cast: Cast) -> None:
    """Noted among the activities or kept as a phone record: of an instant before, it was there (B0.1)."""
    with clock.at(instant("2026-04-10 09:00")):
        customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
        noted = fieldwork.log_activity(kind="call", by=cast.chenan, customer=customer, result="谈了交期")
        kept = fieldwork.take_call(by=cast.chenan, customer=customer, matter="问价", reply="已报价")
    with clock.at(instant("2026-04-20 09:00")):
        fieldwork.annul_activity(noted, reason="记错了客户", by=cast.chenan)
        fieldwork.annul_call(kept, reason="记错了客户", by=cast.chenan)
    with clock.at(instant("2026-04-25 09:00")):
        for asked, counted in ({"as-of": "2026-04-15T00:00:00+08:00"}, 2), ({}, 0):
            rows = run("form-load", {"period": "2026-04", **asked}, None)["rows"]
            assert [row["submissions"] for row in rows if row["form"] == "F13"] == [counted]


def test_a_customer_is_a_form_that_whoever_added_it_filled_in(cast: Cast) -> None:
    """F01 is the customer's page: what was added by hand counts for who did it, what a file brought for nobody."""
    for by in (cast.chenan, cast.chenan, cast.lina):
        customers.add_customer(name=f"宁波第{Customer.objects.count()}机械厂", by=by)
    customers.add_customer(name="代加的客户", owner=cast.lina, by=cast.wumin)
    with through("import"):
        customers.add_customer(name="导入的客户", owner=cast.lina, by=cast.lina)
    customers.add_customer(name="别区的客户", by=cast.sunqiang)

    def counted(**asked: str) -> tuple[int, str, object]:
        told = run("form-load", {"period": str(clock.now().year), **asked}, None)
        row = next(row for row in told["rows"] if row["form"] == "F01")
        return row["submissions"], row["total_minutes"], row["waste"]

    with clock.at(clock.now() + timedelta(minutes=1)):
        assert counted() == (5, "15.00", None)  # three minutes each; nothing tells whether anybody looked
        assert counted(unit="D1") == (4, "12.00", None)
        assert counted(owner="chenan") == (2, "6.00", None)
        assert counted(owner="wumin") == (1, "3.00", None)
        assert counted(**{"as-of": "2020-01-01T00:00:00+08:00"})[0] == 0
