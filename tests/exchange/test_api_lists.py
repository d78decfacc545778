"""Lists in pages, by key, at a cost that does not grow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loudou.customers import verbs as customers
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls, problem


def test_a_list_comes_in_pages_each_row_once(cast: Cast) -> None:
    made = {make.deal(cast.chenan, title=f"商机 {number}").pk for number in range(7)}
    call, seen, cursor = Calls(cast.chenan), [], ""
    while True:
        page = call.get(f"/deals?limit=3&cursor={cursor}").json()
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert (set(seen), len(seen)) == (made, 7)


def test_a_cursor_is_of_its_list_and_order_alone(cast: Cast) -> None:
    for number in range(3):
        make.deal(cast.chenan, title=f"商机 {number}")
    call = Calls(cast.chenan)
    cursor = call.get("/deals?limit=1").json()["next"]
    assert call.get(f"/deals?limit=1&cursor={cursor}").status_code == 200
    problem(call.get(f"/deals?limit=1&sort=amount&cursor={cursor}"), 422, "invalid")
    problem(call.get(f"/requests?limit=1&cursor={cursor}"), 422, "invalid")


@pytest.mark.parametrize(
    "path", ["/deals", "/customers", "/users", "/products", "/units", "/requests?box=all"]
)
def test_a_page_costs_as_many_queries_with_ten_times_the_rows(cast: Cast, path: str) -> None:
    call, costs = Calls(cast.wumin), []
    for round_ in (1, 10):
        for number in range(round_ * 3):
            customers.add_customer(name=f"客户甲乙{round_}{number}", by=cast.chenan)
            deal = make.deal(cast.chenan, title=f"商机 {round_} {number}")
            Calls(cast.chenan).patch(
                f"/deals/{deal.pk}", {"amount": "900000.00", "reason": "范围扩大", "version": deal.version}
            )
        call.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert call.get(path).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12
