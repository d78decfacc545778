"""What an act on a deal is refused for is named as the caller wrote it: the field stands in the body of the act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from loudou.exchange.api.document import document
from loudou.kernel import clock
from loudou.people.queries import organisation
from tests import make
from tests.cast import Cast
from tests.exchange.calling import PREFIX, Calls, problem

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("act", "body", "status", "field"),
    [
        ("move", {"to": "develop"}, 422, "to"),
        ("move", {"to": "close"}, 422, "to"),
        ("move", {"to": "nowhere"}, 422, "to"),
        ("lose", {"reason": "price", "review": "价格差两成", "at": 1 * DAY}, 422, "at"),
        ("skip", {"to": "verify", "reason": "客户要求"}, 422, "to"),
        ("skip", {"to": "propose"}, 422, "reason"),
        ("lose", {"reason": "price"}, 422, "review"),
        ("lose", {"reason": "competitor", "review": "对手先到"}, 422, "lost_to"),
        ("lose", {"reason": "no_decision", "review": "拖着"}, 422, "reason"),
        ("cancel", {"reason": "no_decision", "review": "拖着", "at": -9 * DAY}, 403, "at"),
        ("hold", {"wake_on": -1 * DAY, "reason": "等预算"}, 422, "wake_on"),
        ("hold", {"wake_on": 91 * DAY, "reason": "等预算"}, 422, "wake_on"),
        ("win", {"amount": "-1"}, 422, "amount"),
    ],
)
def test_a_refusal_names_a_field_of_the_body(
    cast: Cast, act: str, body: dict[str, Any], status: int, field: str
) -> None:
    now = clock.now()
    with clock.at(now - 20 * DAY):
        deal = make.deal(cast.chenan)
    for name, shift in body.items():
        if isinstance(shift, timedelta):
            # A day is a day of the organisation, which is ahead of UTC.
            moment = organisation().today + shift if name == "wake_on" else now + shift
            body = {**body, name: moment.isoformat()}
    said = problem(Calls(cast.chenan).post(f"/deals/{deal.pk}/{act}", body), status, "")
    assert list(said["fields"]) == [field]
    assert field in _asked(act)


def _asked(act: str) -> set[str]:
    """The fields that the body of an act may hold, by the document."""
    whole = document()
    content = whole["paths"][f"{PREFIX}/deals/{{id}}/{act}"]["post"]["requestBody"]["content"]
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return set(whole["components"]["schemas"][name]["properties"])
