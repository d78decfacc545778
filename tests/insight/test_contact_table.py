"""The contact table (P03), F17's contacts and M42, from the files an outsider hands in to the report they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.insight import examples
from tests.make import instant

Q1 = {"from": "2026-01-01", "to": "2026-04-01", "as-of": "2026-04-01T00:00:00+08:00"}
HEAD = [
    "code",
    "kind",
    "at",
    "owner_username",
    "customer_code",
    "deal_code",
    "contact",
    "result",
    "next_step",
    "next_on",
]
ACTIVITIES = [
    ("V1", "visit", "2026-01-06T10:00:00+08:00", "chenan", "", "O1", "许明华", "需求确认", "", ""),
    ("V2", "visit", "2026-01-06T15:00:00+08:00", "chenan", "", "O1", "许明华", "又去一次", "", ""),
    (
        "V3",
        "visit",
        "2026-02-20T10:00:00+08:00",
        "chenan",
        "",
        "O1",
        "韩磊",
        "谈价格",
        "送合同",
        "2026-03-01",
    ),
    ("V4", "visit", "2026-02-02T10:00:00+08:00", "lina", "", "O3", "", "没有记下见了谁", "", ""),
    ("C1", "call", "2026-03-25T09:00:00+08:00", "chenan", "", "O4", "", "", "", ""),
    ("C2", "call", "2025-12-30T09:00:00+08:00", "chenan", "", "O10", "王", "问候", "", ""),
    ("X1", "other", "2026-03-20T09:00:00+08:00", "chenan", "", "O8", "", "整理资料", "", ""),
    ("V5", "visit", "2025-03-31T09:00:00+08:00", "chenan", "", "O1", "许明华", "一年多前", "", ""),
    ("V6", "visit", "2025-04-01T00:00:00+08:00", "chenan", "", "O2", "许明华", "正好一年", "", ""),
]


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> None:
    files = examples.d3(tmp_path)
    files["activities"] = examples.write(tmp_path / "activities.csv", HEAD, ACTIVITIES)
    with clock.at(instant("2026-04-02 09:00")):
        for kind, file in files.items():
            result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
            assert result.refused == 0, result.as_text()


def report(name: str = "contact-table", **params: str) -> dict[str, Any]:
    with clock.at(instant("2026-04-02 10:00")):
        return run(name, {**Q1, **params}, None)


def lines(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in found["rows"]}


def test_every_deal_of_the_promotion_table_is_a_line(d3: None) -> None:
    found = report()
    assert [row["code"] for row in found["rows"]] == [
        row["code"] for row in report("promotion-table")["rows"]
    ]
    assert (found["deals"], found["contacts"], found["contacted"]) == (9, 3, 2)
    assert found["contacted_rate"] == "0.222222"


def test_only_valid_visits_are_contacts(d3: None) -> None:
    rows = lines(report())
    first = rows["O1"]
    assert (first["contacts_in_period"], first["visits_in_period"]) == (2, 2)
    assert (first["last_contact"], first["last_kind"]) == ("2026-02-20T02:00:00+00:00", "visit")
    assert (first["contact"], first["result"]) == ("韩磊", "谈价格")
    assert first["days_since_contact"] == "39.58"
    assert (rows["O3"]["contacts_in_period"], rows["O3"]["last_contact_reason"]) == (0, "never_contacted")
    assert rows["O8"]["contacts_in_period"] == 0


def test_the_contact_state_is_that_of_the_instant(d3: None) -> None:
    rows = lines(report())
    assert (rows["O4"]["contact_state"], rows["O4"]["contacts_in_period"]) == ("fresh", 1)
    assert (rows["O10"]["contact_state"], rows["O10"]["contacts_in_period"]) == ("silent", 0)
    assert rows["O7"]["contact_state"] == "never"
    assert (rows["O1"]["contact_state"], rows["O1"]["contact_state_reason"]) == (None, "closed")


def test_the_no_contact_list_names_open_deals_only(d3: None) -> None:
    found = report()
    assert sorted(found["no_contact"]) == ["O10", "O7", "O8"]
    assert sorted(row["code"] for row in report(view="quiet")["rows"]) == ["O10", "O7", "O8"]
    with clock.at(instant("2026-04-02 10:00")):
        now = run("contact-table", {"period": "all", "view": "quiet"}, None)
    assert sorted(row["code"] for row in now["rows"]) == ["O7", "O8"]


def test_the_promotion_table_counts_contacts_too(d3: None) -> None:
    rows = lines(report("promotion-table"))
    assert [rows[code]["contacts_in_period"] for code in ("O1", "O3", "O4", "O10")] == [2, 0, 1, 0]
    assert rows["O10"]["last_contact"] == "2025-12-30T01:00:00+00:00"
    assert (rows["O7"]["last_contact"], rows["O7"]["last_contact_reason"]) == (None, "never_contacted")


def test_m42_counts_twelve_months_of_valid_visits(d3: None) -> None:
    found = report()
    assert (found["visits"], found["won"]) == (3, 3)
    assert (found["visits_per_deal"], found["visits_per_won_deal"]) == ("1.000000", "1.000000")
    others = report(owner="lina")
    assert (others["visits"], others["won"], others["visits_per_deal_reason"]) == (0, 0, "no_base")


def test_m42_of_a_funnel_counts_visits_about_its_deals(d3: None) -> None:
    assert report(funnel="b2b")["visits"] == 3
    assert report(funnel="car")["visits"] == 0


def test_as_known_in_february(d3: None) -> None:
    found = report(**{"as-of": "2026-02-10"})
    assert lines(found)["O1"]["contacts_in_period"] == 1
    assert (found["visits"], found["won"]) == (3, 0)


def test_an_annulled_visit_counted_until_it_was_annulled(d3: None) -> None:
    with clock.at(instant("2026-04-03 09:00")):
        verbs.annul_activity(Activity.objects.get(code="V3"), by=None, reason="抽查不实")
        found = run("contact-table", {"from": "2026-01-01", "to": "2026-04-01"}, None)
        before = run("contact-table", {**Q1, "as-of": "2026-04-02T09:00:00+08:00"}, None)
    assert (found["visits"], lines(found)["O1"]["contacts_in_period"]) == (1, 1)
    assert (before["visits"], lines(before)["O1"]["contacts_in_period"]) == (2, 2)


def test_a_win_entered_late_is_no_win_before(cast: Cast) -> None:
    with clock.at(instant("2026-03-01 09:00")):
        deal = make.at_last_stage(cast.chenan)
        verbs.log_activity(kind="visit", by=cast.chenan, deal=deal, contact="许明华", result="签字")
    with clock.at(instant("2026-03-05 09:00")):
        pipeline.win(deal, by=None, amount=deal.amount, at=instant("2026-03-03 09:00"))
        told = run("contact-table", {"as-of": "2026-03-04"}, None)
        now = run("contact-table", {}, None)
    assert (told["visits"], told["won"], told["visits_per_won_deal"]) == (1, 0, None)
    assert (now["visits"], now["won"], now["visits_per_won_deal"]) == (1, 1, "1.000000")
