"""Doors of the API to deals and the requests about them."""

from __future__ import annotations

from datetime import timedelta

from tests import make
from tests.exchange.api_doors.row import (
    ADDS_TO_DEAL,
    EDITS_DEAL,
    LEADS,
    MAY_SEE,
    MOVES_DEAL,
    SEES_DEAL,
    Row,
    key,
    sent,
    version,
)
from tests.exchange.api_doors.world import World, in_ten_days


def _two(world: World) -> list[dict[str, str]]:
    """The deal in two deliveries."""
    day, rest = in_ten_days(), world.deal.amount - 1
    later = day + timedelta(days=30)
    return [{"due_on": f"{day}", "amount": "1"}, {"due_on": f"{later}", "amount": f"{rest}"}]


ROWS = {
    "GET /deals": Row(MAY_SEE),
    "GET /deals/{id}": Row(SEES_DEAL, key("deal")),
    "POST /deals": Row("201 201 201 201 201 422 403 403 403 403 403", body=sent(title="新产线")),
    "PATCH /deals/{id}": Row(EDITS_DEAL, key("deal"), sent(version=version("deal"), next_step="打电话")),
    "POST /deals/{id}/move": Row(MOVES_DEAL, key("ripe"), sent(to="develop")),
    "POST /deals/{id}/skip": Row(
        "202 404 404 200 200 403 403 403 404 404 403",
        key("deal"),
        sent(to="propose", reason="客户直接要方案"),
    ),
    "POST /deals/{id}/win": Row("202 404 404 202 202 200 200 403 404 404 403", key("last")),
    "POST /deals/{id}/lose": Row(MOVES_DEAL, key("deal"), sent(reason="price", review="客户说得很清楚")),
    "POST /deals/{id}/cancel": Row(
        MOVES_DEAL, key("deal"), sent(reason="no_budget", review="客户说得很清楚")
    ),
    "POST /deals/{id}/invalidate": Row(
        MOVES_DEAL, key("deal"), sent(reason="duplicate", review="客户说得很清楚")
    ),
    "POST /deals/{id}/verify-close": Row("403 404 404 200 200 403 403 403 404 404 403", key("lost")),
    "POST /deals/{id}/reopen": Row(
        "202 404 404 200 200 403 403 403 404 404 403", key("lost"), sent(reason="客户回头")
    ),
    "POST /deals/{id}/hold": Row(
        MOVES_DEAL,
        key("deal"),
        sent(wake_on=lambda world: in_ten_days().isoformat(), reason="客户年检"),
    ),
    "POST /deals/{id}/resume": Row(MOVES_DEAL, key("resting")),
    "POST /deals/{id}/hand-over": Row(
        LEADS, key("deal"), sent(owner=lambda world: world.cast.lina.pk, reason="区域调整")
    ),
    "GET /deals/{id}/gate": Row(SEES_DEAL, key("deal")),
    "GET /deals/{id}/evidence": Row(SEES_DEAL, key("deal")),
    "POST /deals/{id}/evidence": Row(ADDS_TO_DEAL, key("deal"), sent(kind="budget", note="客户书面确认")),
    "POST /deals/{id}/evidence/{key}/withdraw": Row(
        EDITS_DEAL, key("deal", key="evidence"), sent(reason="预算被砍了")
    ),
    "POST /deals/{id}/tasks": Row(
        EDITS_DEAL, key("deal"), sent(task=lambda world: make.specs_of(world.deal)[0].tasks.all()[0].code)
    ),
    "GET /deals/{id}/lines": Row(SEES_DEAL, key("deal")),
    "PUT /deals/{id}/lines": Row(
        EDITS_DEAL,
        key("deal"),
        sent(
            version=version("deal"),
            lines=lambda world: [{"product": world.product.pk, "quantity": 1, "price": "100000.00"}],
        ),
    ),
    "GET /deals/{id}/deliveries": Row(SEES_DEAL, key("deal")),
    "PUT /deals/{id}/deliveries": Row(
        EDITS_DEAL, key("deal"), sent(version=version("deal"), deliveries=_two)
    ),
    "GET /deals/{id}/contacts": Row(SEES_DEAL, key("deal")),
    "PUT /deals/{id}/contacts": Row(
        EDITS_DEAL, key("deal"), sent(version=version("deal"), contacts=lambda world: [world.contact.pk])
    ),
    "GET /deals/{id}/team": Row(SEES_DEAL, key("deal")),
    "PUT /deals/{id}/team": Row(
        EDITS_DEAL,
        key("deal"),
        sent(version=version("deal"), members=lambda world: [{"user": world.cast.lina.pk, "share": "0.3"}]),
    ),
    "GET /deals/{id}/competitors": Row(SEES_DEAL, key("deal")),
    "POST /deals/{id}/competitors": Row(EDITS_DEAL, key("deal"), sent(name="沈阳新松")),
    "DELETE /deals/{id}/competitors/{key}": Row(
        "204 404 404 204 204 204 403 403 404 404 403", key("deal", key="competitor")
    ),
    "GET /deals/{id}/notes": Row(SEES_DEAL, key("deal")),
    "POST /deals/{id}/notes": Row(
        "201 404 404 201 201 201 201 201 404 404 201", key("deal"), sent(text="客户很急")
    ),
    "GET /deals/{id}/files": Row(SEES_DEAL, key("deal")),
    "GET /deals/{id}/moves": Row(SEES_DEAL, key("deal")),
    "GET /deals/{id}/requests": Row(SEES_DEAL, key("deal")),
    "GET /deals/{id}/followers": Row(SEES_DEAL, key("deal")),
    "POST /deals/{id}/follow": Row(SEES_DEAL, key("deal")),
    "POST /deals/{id}/unfollow": Row(SEES_DEAL, key("deal")),
    "GET /requests": Row("200 200 200 200 200 200 200 403 403 403 200"),
    "GET /requests/{id}": Row("200 404 404 200 200 200 200 404 404 404 200", key("request")),
    "POST /requests/{id}/sign": Row(
        "403 404 404 200 200 403 403 404 404 404 403",
        key("request"),
        sent(opinion="客户确实扩大了产线，同意新金额"),
    ),
    "POST /requests/{id}/return": Row(
        "403 404 404 200 200 403 403 404 404 404 403",
        key("request"),
        sent(opinion="先让客户书面确认新的范围再来"),
    ),
    "POST /requests/{id}/withdraw": Row("200 404 404 403 403 403 403 404 404 404 403", key("request")),
}
