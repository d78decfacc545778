"""Doors of the API to products, customers, funnels and reasons."""

from __future__ import annotations

from loudou.people.queries import organisation
from tests import make
from tests.exchange.api_doors.row import (
    EDITS_CUSTOMER,
    LEADS,
    MAY_SEE,
    SEES_CUSTOMER,
    SELLS,
    Row,
    key,
    of,
    sent,
    version,
)

ROWS = {
    "GET /products": Row("200"),
    "GET /products/{id}": Row("200", key("product")),
    "POST /products": Row("403 403 403 403 403 201 403 403 201 403 403", body=sent(name="传感器")),
    "PATCH /products/{id}": Row(
        "403 403 403 403 403 200 403 403 200 403 403",
        key("product"),
        sent(version=version("product"), family="机器人"),
    ),
    "POST /products/{id}/retire": Row("403 403 403 403 403 200 403 403 200 403 403", key("product")),
    "POST /products/{id}/restore": Row("403 403 403 403 403 200 403 403 200 403 403", key("product")),
    "GET /customers": Row(MAY_SEE),
    "GET /customers/{id}": Row(SEES_CUSTOMER, key("customer")),
    "POST /customers": Row(SELLS, body=sent(name="无锡新客户")),
    "PATCH /customers/{id}": Row(
        EDITS_CUSTOMER, key("customer"), sent(version=version("customer"), industry="电子")
    ),
    "POST /customers/{id}/hand-over": Row(
        LEADS, key("customer"), sent(owner=lambda world: world.cast.lina.pk, reason="区域调整")
    ),
    "POST /customers/{id}/share": Row(
        EDITS_CUSTOMER, key("customer"), sent(user=lambda world: world.cast.lina.pk)
    ),
    "POST /customers/{id}/unshare": Row(
        EDITS_CUSTOMER, key("customer"), sent(user=lambda world: world.cast.lina.pk)
    ),
    "GET /customers/{id}/notes": Row(SEES_CUSTOMER, key("customer")),
    "POST /customers/{id}/notes": Row(
        "201 404 404 201 201 201 201 201 404 404 201", key("customer"), sent(text="老板换人了")
    ),
    "GET /customers/{id}/files": Row(SEES_CUSTOMER, key("customer")),
    "POST /customers/{id}/verify-phone": Row(EDITS_CUSTOMER, key("customer")),
    "POST /customers/{id}/reveal-phone": Row("200 404 404 200 200 200 200 200 404 404 403", key("customer")),
    "POST /customers/{id}/merge": Row(EDITS_CUSTOMER, key("customer"), sent(merged=of("other_customer"))),
    "GET /contacts": Row(MAY_SEE),
    "GET /contacts/{id}": Row(SEES_CUSTOMER, key("contact")),
    "POST /contacts": Row(
        "201 422 422 201 201 201 403 403 422 422 403", body=sent(customer=of("customer"), name="郑国栋")
    ),
    "PATCH /contacts/{id}": Row(
        EDITS_CUSTOMER, key("contact"), sent(version=version("contact"), title="总经理")
    ),
    "POST /contacts/{id}/left": Row(EDITS_CUSTOMER, key("contact")),
    "POST /contacts/{id}/back": Row(EDITS_CUSTOMER, key("contact")),
    "POST /contacts/{id}/reveal-phone": Row("200 404 404 200 200 200 200 200 404 404 403", key("contact")),
    "GET /funnels": Row(MAY_SEE),
    "GET /funnels/{id}": Row(
        "200 200 200 200 200 200 200 200 404 404 200", lambda world: {"id": make.funnel().pk}
    ),
    "GET /funnels/{id}/success-rates": Row(
        "200 200 200 200 200 200 200 200 403 403 200", lambda world: {"id": make.funnel().pk}
    ),
    "POST /funnels/{id}/success-rates": Row(
        "403 403 403 403 403 200 403 403 200 403 403",
        lambda world: {"id": make.funnel().pk},
        lambda world: {"rates": "calibrated", "reason": "见过布里尔分"},
    ),
    "POST /funnels/{id}/lessons": Row(
        "403 403 403 403 403 422 403 403 422 403 403", lambda world: {"id": make.funnel().pk}
    ),
    "POST /funnels/{id}/lessons/stop": Row(
        "403 403 403 403 403 422 403 403 422 403 403", lambda world: {"id": make.funnel().pk}
    ),
    "GET /thresholds": Row(MAY_SEE),
    "PATCH /thresholds": Row(
        "403 403 403 403 403 200 403 403 200 403 403",
        body=lambda world: {"version": organisation().version, "pushes": 3},
    ),
    "GET /reasons": Row(MAY_SEE),
}
