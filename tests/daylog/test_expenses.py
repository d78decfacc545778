"""What a day cost (F08): written into its log, told to who signs it, printed, taken out and brought in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from loudou.daylog import verbs
from loudou.daylog.models import DayLog, Expense
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.signoff.facts import told
from loudou.signoff.models import Request
from tests.cast import Cast
from tests.daylog.files import bring
from tests.daylog.test_pages import browser, printed, text
from tests.exchange.calling import Calls, problem
from tests.exchange.test_day_sheets import taken_out
from tests.exchange.test_follow_files import back
from tests.make import instant

TUESDAY = date(2026, 4, 14)
EVENING = instant("2026-04-14 19:00")
RAIL = verbs.Spent("travel", Decimal("71.50"), "杭州→宁波")
TAXI = verbs.Spent("local", Decimal("46"))
NO_STOPS = {"stop-TOTAL_FORMS": "0", "stop-INITIAL_FORMS": "0", "reflection": "在路上"}


def handed_in(user: User, *spent: verbs.Spent) -> DayLog:
    return verbs.submit_log(user, day=TUESDAY, reflection="在路上", expenses=spent, by=user)


def costs(log: DayLog) -> list[tuple[str, Decimal, str, str]]:
    return list(log.expenses.values_list("kind", "amount", "currency", "note"))


def written(*rows: dict[str, str], initial: int = 0) -> dict[str, str]:
    """The fields of a form with these expenses."""
    sent = {"spent-TOTAL_FORMS": str(len(rows)), "spent-INITIAL_FORMS": str(initial)}
    each = {f"spent-{place}-{name}": value for place, row in enumerate(rows) for name, value in row.items()}
    return NO_STOPS | sent | each


def test_what_a_day_cost_stands_in_its_log_and_before_who_signs_it(cast: Cast) -> None:
    with clock.at(EVENING):
        log = handed_in(cast.chenan, RAIL, TAXI)
        assert handed_in(cast.chenan, RAIL, TAXI) == log
        anew = handed_in(cast.chenan, RAIL)
    assert costs(log) == [
        ("travel", Decimal("71.50"), "CNY", "杭州→宁波"),
        ("local", Decimal("46.00"), "CNY", ""),
    ]
    assert (anew.edition, costs(anew)) == (2, costs(log)[:1])
    assert str(anew.expenses.get()) == "长途交通 71.50 CNY"
    asked = Request.objects.get(state="waiting")
    assert [fact.text for fact in told(asked.facts, full_amounts=True) if fact.label == "费用"] == [
        "长途交通 ¥71.50"
    ]


@pytest.mark.parametrize(
    ("spent", "field"),
    [
        (verbs.Spent("bribe", Decimal(5)), "expenses.1.kind"),
        (verbs.Spent("meals", Decimal(0)), "expenses.1.amount"),
        (verbs.Spent("meals", Decimal("0.005")), "expenses.1.amount"),
        (verbs.Spent("meals", Decimal("1e14")), "expenses.1.amount"),
    ],
)
def test_an_expense_is_for_something_and_of_an_amount(cast: Cast, spent: verbs.Spent, field: str) -> None:
    with clock.at(EVENING), pytest.raises(Refused) as refusal:
        handed_in(cast.chenan, RAIL, spent)
    assert refusal.value.field == field
    assert not DayLog.objects.exists()


def test_a_day_has_at_most_twenty_expenses(cast: Cast) -> None:
    with clock.at(EVENING), pytest.raises(Refused, match="20"):
        handed_in(cast.chenan, *[TAXI] * 21)


def test_expenses_are_typed_into_the_log_and_shown_with_their_sum(cast: Cast) -> None:
    client = browser(cast.chenan)
    sent = written(
        {"kind": "travel", "amount": "1,071.5", "note": "杭州→宁波"},
        {"kind": "", "amount": "", "note": ""},
        {"kind": "local", "amount": "46", "note": ""},
    )
    with clock.at(EVENING):
        assert "添加一笔费用" in text(client, "daylog:write")
        assert client.post(reverse("daylog:write"), sent).status_code == 302
        log = DayLog.objects.get()
        shown, again = text(client, "daylog:log", log.pk), text(client, "daylog:write")
        paper = printed(cast.wumin, log)
    assert [(kind, amount) for kind, amount, *_rest in costs(log)] == [
        ("travel", Decimal("1071.50")),
        ("local", Decimal("46.00")),
    ]
    for line in ("当日费用", "杭州→宁波", "¥1,071.50", "¥46.00", "¥1,117.50"):
        assert line in shown
    assert 'value="1071.50"' in again
    assert '<option value="local" selected>市内交通</option>' in again
    for line in ("当日费用(CNY)", "杭州→宁波", "1,071.50", "1,117.50"):
        assert line in paper


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"kind": "meals", "amount": ""}, "请填写金额。"),
        ({"amount": "", "note": "和客户午餐"}, "请填写金额。"),
        ({"kind": "", "amount": "35"}, "请选择费用类别。"),
        ({"kind": "meals", "amount": "0"}, "请填写大于零的金额，最多两位小数。"),
        ({"kind": "meals", "amount": "一百"}, "1,234.50"),
    ],
)
def test_half_an_expense_is_refused_in_one_sentence(cast: Cast, row: dict[str, str], sentence: str) -> None:
    with clock.at(EVENING):
        answer = browser(cast.chenan).post(reverse("daylog:write"), written(row))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not DayLog.objects.exists()


def test_a_log_that_waited_on_an_old_page_keeps_the_expenses_told_before(cast: Cast) -> None:
    """What a device kept since before logs asked for expenses is not lost, and takes none away."""
    client = browser(cast.chenan)
    with clock.at(EVENING):
        handed_in(cast.chenan, RAIL)
        assert (
            client.post(reverse("daylog:write"), NO_STOPS | {"reflection": "下次先问预算"}).status_code == 302
        )
    log = DayLog.objects.get(replaced=False)
    assert (log.edition, log.reflection, len(costs(log))) == (2, "下次先问预算", 1)


def test_the_api_takes_and_tells_expenses(cast: Cast) -> None:
    calls = Calls(cast.chenan)
    said = {"day": "2026-04-14", "reflection": "在路上"}
    spent = {"kind": "lodging", "amount": "320.00", "note": "宁波"}
    with clock.at(EVENING):
        wrong = calls.post("/day-logs", {**said, "expenses": [{**spent, "amount": "0.00"}]})
        assert "expenses.0.amount" in problem(wrong, 422, "")["fields"]
        made = calls.post("/day-logs", {**said, "expenses": [spent]})
        assert made.status_code == 201, made.content
        told_to = Calls(cast.wumin).get(f"/day-logs/{made.json()['id']}").json()
    assert told_to["expenses"] == [{**spent, "currency": "CNY"}]


def test_expenses_go_out_and_come_back_each_to_the_log_of_its_day(cast: Cast, tmp_path: Path) -> None:
    with clock.at(EVENING):
        handed_in(cast.chenan, RAIL, TAXI, TAXI)
        handed_in(cast.lina)
        rows = taken_out("log-expenses", tmp_path)
        assert [(row["username"], row["kind"], row["amount"], row["position"]) for row in rows] == [
            ("chenan", "travel", "71.50", "1"),
            ("chenan", "local", "46.00", "2"),
            ("chenan", "local", "46.00", "3"),
        ]
        assert bring(tmp_path, "log-expenses", rows).counts.unchanged == 3
        taken = bring(tmp_path, "log-expenses", [{**row, "username": "lina"} for row in rows])
        lina, chenan = DayLog.objects.get(user=cast.lina), DayLog.objects.get(user=cast.chenan)
        assert (taken.counts.new, costs(lina)) == (3, costs(chenan)), list(taken.notes)
        assert back().kept_back == []
    assert not Expense.objects.filter(log__user=cast.lina).exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("day", "2026-04-13", "没有"),
        ("currency", "USD", "CNY"),
        ("amount", "0", "大于零"),
        ("position", "0", "1 到 20"),
        ("kind", "bribe", "bribe"),
    ],
)
def test_a_row_that_belongs_to_no_log_is_refused(
    cast: Cast, tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    row = {"username": "chenan", "day": "2026-04-14", "position": "1", "kind": "meals", "amount": "35"}
    with clock.at(EVENING):
        handed_in(cast.chenan)
        result = bring(tmp_path, "log-expenses", [{**row, name: value}])
    assert (result.counts.new, result.counts.refused) == (0, 1)
    assert any(note.column == name and sentence in str(note) for note in result.notes), list(result.notes)
