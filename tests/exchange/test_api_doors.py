"""Every operation of the API × every kind of person → the status they get. An operation without a row fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loudou.catalog.models import Product
from loudou.customers.models import Contact, Customer
from loudou.exchange.models import Import
from loudou.fieldwork.models import Activity, VisitPlan
from loudou.journal.channel import current
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.models import Calendar, Token, Unit
from loudou.pipeline.models import Competitor, Deal, Evidence
from loudou.signoff.models import Request
from loudou.targets.models import Actual, Target
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.doors import PEOPLE, person
from tests.exchange.calling import Calls, operations, send
from tests.world import World as Whole

# What the statuses of a row are about, in the order of PEOPLE after "anonymous", who always gets 401.
EVERYBODY = "200 " * 11
ANSWERS = "200 404 404 200 200 200 403 403 404 404 403"


class World:
    """Records of chenan's, made when first asked for."""

    def __init__(self) -> None:
        self.cast = Cast()
        self._made: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._made:
            self._made[name] = getattr(type(self), f"make_{name}")(self)
        return self._made[name]

    def make_customer(self) -> Customer:
        from loudou.customers import verbs

        return verbs.add_customer(name="宁波甬江机电", phone="13812345678", by=self.cast.chenan)

    def make_other_customer(self) -> Customer:
        from loudou.customers import verbs

        return verbs.add_customer(name="苏州工业园区天目新材料", by=self.cast.chenan)

    def make_contact(self) -> Contact:
        from loudou.customers import verbs

        return verbs.add_contact(
            self.customer, name="许明华", part="eb", phone="13812345679", by=self.cast.chenan
        )

    def make_product(self) -> Product:
        from loudou.catalog import verbs

        return verbs.add_product(name="六轴机械臂", by=None)

    def make_target(self) -> Target:
        from loudou.targets import verbs

        year = Fiscal().parse("2026")
        return verbs.set_target(
            unit=None,
            person=self.cast.chenan,
            metric="bookings",
            period=year,
            amount=Decimal(100_000),
            by=None,
        )

    def make_actual(self) -> Actual:
        from loudou.targets import verbs

        row = verbs.ActualRow("cash", date(2026, 4, 2), Decimal(100), person=self.cast.chenan)
        made = verbs.record_actuals([row], by=None)[0]
        assert isinstance(made, Actual)
        return made

    def make_deal(self) -> Deal:
        return make.deal(self.cast.chenan, customer=self.customer)

    def make_warning(self) -> EarlyWarning:
        from loudou.warnings import verbs

        verbs.watch([self.deal.pk], allowed={}, by=None)
        return EarlyWarning.objects.get(deal=self.deal, sign="no_next_step")

    def make_activity(self) -> Activity:
        from loudou.fieldwork import verbs

        return verbs.log_activity(kind="call", by=self.cast.chenan, deal=self.deal, contact="许明华")

    def make_visit(self) -> VisitPlan:
        return Whole().visit

    def make_visit_made(self) -> VisitPlan:
        return Whole().visit_made

    def make_visit_recorded(self) -> VisitPlan:
        return Whole().visit_file.record.plan

    def make_ripe(self) -> Deal:
        deal = make.deal(self.cast.chenan)
        make.fill_gate(deal, None)
        return deal

    def make_last(self) -> Deal:
        return make.at_last_stage(self.cast.chenan)

    def make_lost(self) -> Deal:
        from loudou.pipeline import verbs

        return verbs.lose(make.deal(self.cast.chenan), by=None, code=make.reason())

    def make_resting(self) -> Deal:
        from loudou.pipeline import verbs

        deal = make.deal(self.cast.chenan)
        return verbs.hold(deal, by=None, wake_on=in_ten_days(), reason="客户年检")

    def make_competitor(self) -> Competitor:
        from loudou.pipeline import verbs

        return verbs.set_competitor(self.deal, name="沈阳新松", by=self.cast.chenan)

    def make_evidence(self) -> Evidence:
        from loudou.pipeline import verbs

        kind = make.specs_of(self.deal)[0].evidence_kinds.all()[0]
        return verbs.give_evidence(self.deal, kind=kind, by=self.cast.chenan, note="客户书面确认")

    def make_request(self) -> Request:
        from loudou.pipeline import verbs

        verbs.edit(self.deal, by=self.cast.chenan, amount=self.deal.amount * 3, reason="范围扩大了")
        return Request.objects.about(self.deal).get()

    def make_unit(self) -> Unit:
        return Unit.objects.get(code="D1")

    def make_empty_unit(self) -> Unit:
        from loudou.people import verbs

        return verbs.add_unit(code="NEU", name="新组", kind="team", parent=self.unit, by=None)

    def make_calendar(self) -> Calendar:
        return Calendar.objects.get(code="CN")

    def make_import_run(self) -> Import:
        return Import.objects.create(
            kind="customers",
            name="客户.xlsx",
            owner=self.cast.linjing,
            unit=self.cast.linjing.unit,
            request_id=current().request_id,
            asked_at=clock.now(),
        )


def in_ten_days() -> date:
    return (clock.now() + timedelta(days=10)).date()


Of = Callable[[World], Any]


@dataclass(frozen=True)
class Row:
    """An operation, what it is called with, and the statuses of everybody who says who they are.

    The statuses are those of owner, colleague, outsider, manager, director, operations, finance, control, admin,
    security and auditor; one stands for all.
    """

    expect: str
    keys: Of = field(default=lambda world: {})
    body: Of = field(default=lambda world: {})

    def statuses(self) -> dict[str, int]:
        found = [int(part) for part in self.expect.split()]
        found = found * (len(PEOPLE) - 1) if len(found) == 1 else found
        return {"anonymous": 401, **dict(zip(list(PEOPLE)[1:], found, strict=True))}


def key(name: str, **more: str) -> Of:
    """The `id` of a record of the world, and further keys of others."""
    return lambda world: {
        "id": getattr(world, name).pk,
        **{field: getattr(world, other).pk for field, other in more.items()},
    }


def sent(**values: Any) -> Of:
    """A body; callables are asked with the world."""
    return lambda world: {name: value(world) if callable(value) else value for name, value in values.items()}


def of(name: str) -> Of:
    return lambda world: getattr(world, name).pk


def version(name: str) -> Of:
    return lambda world: type(getattr(world, name))._default_manager.get(pk=getattr(world, name).pk).version


#                owner col out man dir ope fin con adm sec aud
SEES_DEAL = "    200   404 404 200 200 200 200 200 404 404 200"
EDITS_DEAL = "   200   404 404 200 200 200 403 403 404 404 403"
ADDS_TO_DEAL = " 201   404 404 201 201 201 403 403 404 404 403"
MOVES_DEAL = "   200   404 404 200 200 403 403 403 404 404 403"
SEES_CUSTOMER = "200   404 404 200 200 200 200 200 404 404 200"
EDITS_CUSTOMER = "200  404 404 200 200 200 403 403 404 404 403"
LEADS = "        403   404 404 200 200 200 403 403 404 404 403"
MAY_SEE = "      200   200 200 200 200 200 200 200 403 403 200"
SETS_UP = "      403   403 403 403 403 403 403 403 200 403 403"
SELLS = "        201   201 201 201 201 201 403 403 403 403 403"

ROWS: dict[str, Row] = {
    "GET /me": Row("200"),
    "GET /users": Row("200"),
    "GET /users/{id}": Row("200", lambda world: {"id": world.cast.lina.pk}),
    "POST /users": Row(
        "403 403 403 403 403 403 403 403 201 403 403",
        body=sent(username="xinren", name="新人", unit=of("unit")),
    ),
    "PATCH /users/{id}": Row(
        SETS_UP, lambda world: {"id": world.cast.lina.pk}, lambda world: {"version": 1, "name": "李娜娜"}
    ),
    "POST /users/{id}/roles": Row(
        "403 403 403 403 403 403 403 403 200 200 403",
        lambda world: {"id": world.cast.lina.pk},
        sent(roles=["rep", "presales"]),
    ),
    "POST /users/{id}/join-unit": Row(
        SETS_UP, lambda world: {"id": world.cast.lina.pk}, sent(unit=of("unit"))
    ),
    "POST /users/{id}/deactivate": Row(SETS_UP, lambda world: {"id": world.cast.zhaomin.pk}),
    "POST /users/{id}/reactivate": Row(SETS_UP, lambda world: {"id": world.cast.zhaomin.pk}),
    "GET /units": Row("200"),
    "GET /units/{id}": Row("200", key("unit")),
    "POST /units": Row(
        "403 403 403 403 403 403 403 403 201 403 403",
        body=sent(code="X1", name="新部", kind="team", parent=of("unit")),
    ),
    "PATCH /units/{id}": Row(SETS_UP, key("unit"), sent(version=version("unit"), name="直销一部甲")),
    "POST /units/{id}/move": Row(SETS_UP, key("empty_unit"), sent(parent=None)),
    "POST /units/{id}/retire": Row(SETS_UP, key("empty_unit")),
    "GET /rates": Row("200"),
    "POST /rates": Row(
        "403 403 403 403 403 403 200 403 200 403 403",
        body=sent(currency="USD", kind="plan", valid_from="2026-01-01", rate="7.12"),
    ),
    "GET /calendars": Row("200"),
    "GET /calendars/{id}": Row("200", key("calendar")),
    "GET /products": Row("200"),
    "GET /products/{id}": Row("200", key("product")),
    "POST /products": Row("403 403 403 403 403 201 403 403 201 403 403", body=sent(name="传感器")),
    "PATCH /products/{id}": Row(
        "403 403 403 403 403 200 403 403 200 403 403",
        key("product"),
        sent(version=version("product"), family="机器人"),
    ),
    "POST /products/{id}/retire": Row("403 403 403 403 403 200 403 403 200 403 403", key("product")),
    "GET /activities": Row(MAY_SEE),
    "GET /activities/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("activity")),
    "POST /activities": Row(
        "201 422 422 201 201 201 403 403 422 422 403", body=sent(kind="call", deal=of("deal"))
    ),
    "PATCH /activities/{id}": Row(
        "200 404 404 200 200 200 403 403 404 404 403",
        key("activity"),
        sent(version=version("activity"), contact="韩磊"),
    ),
    "POST /activities/{id}/annul": Row(
        "200 404 404 200 200 200 403 200 404 404 403", key("activity"), sent(reason="客户说没来过")
    ),
    "GET /visits": Row(MAY_SEE),
    "GET /visits/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("visit")),
    "POST /visits": Row(
        "201 422 422 201 201 403 403 403 422 422 403",
        body=sent(customer=of("customer"), starts_at=lambda world: str(in_ten_days()) + "T10:00:00+08:00"),
    ),
    "POST /visits/emergency": Row(
        "201 422 422 201 201 403 403 403 422 422 403",
        body=sent(
            customer=of("customer"),
            objectives=["恢复生产"],
            reason="客户停线",
            consented_by=lambda world: world.cast.hezong.pk,
        ),
    ),
    "PATCH /visits/{id}": Row(
        "200 404 404 403 403 403 403 403 404 404 403",
        key("visit"),
        sent(version=version("visit"), place="二楼会议室"),
    ),
    "POST /visits/{id}/submit": Row("422 404 404 403 403 403 403 403 404 404 403", key("visit")),
    "POST /visits/{id}/start": Row("422 404 404 403 403 403 403 403 404 404 403", key("visit")),
    "POST /visits/{id}/record": Row(
        "201 404 404 403 403 403 403 403 404 404 403",
        key("visit_made"),
        sent(people=[{"name": "许明华"}], results=["谈了"]),
    ),
    "POST /visits/{id}/review": Row(
        "403 404 404 200 200 403 403 403 404 404 403",
        key("visit_recorded"),
        sent(opinion="预算问到了，样件周一要到"),
    ),
    "POST /visits/{id}/cancel": Row(
        "200 404 404 403 403 403 403 403 404 404 403", key("visit"), sent(reason="客户出差")
    ),
    "GET /warnings": Row(MAY_SEE),
    "GET /warnings/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("warning")),
    "POST /warnings/{id}/done": Row(ANSWERS, key("warning")),
    "POST /warnings/{id}/snooze": Row(
        ANSWERS,
        key("warning"),
        sent(until=lambda world: str(clock.now().date() + timedelta(days=9)), reason="停产"),
    ),
    "POST /warnings/{id}/dispute": Row(ANSWERS, key("warning"), sent(reason="客户要求下月再联系")),
    "POST /products/{id}/restore": Row("403 403 403 403 403 200 403 403 200 403 403", key("product")),
    "GET /targets": Row(MAY_SEE),
    "GET /targets/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("target")),
    "POST /targets": Row(
        "403 403 403 201 201 201 403 403 403 403 403",
        body=sent(
            person=lambda world: world.cast.lina.pk, metric="bookings", period="2027", amount="100000.00"
        ),
    ),
    "PATCH /targets/{id}": Row(
        "403 404 404 200 200 200 403 403 404 404 403",
        key("target"),
        sent(version=version("target"), amount="90000", cause="staffing", relevant="进入锂电行业"),
    ),
    "POST /targets/{id}/withdraw": Row("403 404 404 204 204 204 403 403 404 404 403", key("target")),
    "POST /targets/{id}/adjustment": Row(
        "403 404 404 422 422 422 403 403 404 404 403",  # January has begun
        key("target"),
        sent(
            version=version("target"),
            amount="90000",
            effective_on="2026-01-01",
            cause="market",
            reason="行业下行",
        ),
    ),
    "POST /targets/decompose": Row(
        "403 403 403 200 200 200 403 403 403 403 403",
        body=sent(unit="D1", metric="bookings", period="2026", total="1000000", by="month"),
    ),
    "GET /actuals": Row(MAY_SEE),
    "GET /actuals/{id}": Row("200 404 404 200 200 200 200 200 404 404 200", key("actual")),
    "POST /actuals": Row(
        "403 403 403 403 403 201 201 403 403 403 403",
        body=sent(
            person=lambda world: world.cast.lina.pk, metric="invoiced", day="2026-04-03", amount="-12.50"
        ),
    ),
    "PATCH /actuals/{id}": Row(
        "403 404 404 403 403 200 200 403 404 404 403",
        key("actual"),
        sent(version=version("actual"), amount="90"),
    ),
    "POST /actuals/{id}/withdraw": Row("403 404 404 403 403 204 204 403 404 404 403", key("actual")),
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
    "GET /reasons": Row(MAY_SEE),
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
    "GET /reports": Row(MAY_SEE),
    "GET /reports/{name}": Row(MAY_SEE, lambda world: {"name": "win-rate"}),
    "GET /imports": Row("200 200 200 200 200 200 200 200 200 403 403"),
    "GET /imports/{id}": Row("404 404 404 404 404 200 404 404 200 404 404", key("import_run")),
    "GET /imports/{id}/problems": Row("404 404 404 404 404 200 404 404 200 404 404", key("import_run")),
    "GET /tokens": Row("200"),
    "POST /tokens": Row("403", body=sent(name="noch eins")),  # by a token: not without the password
    "DELETE /tokens/{id}": Row("404", lambda world: {"id": Token.objects.get(user=world.cast.shiyun).pk}),
    "GET /audit": Row("403 403 403 403 403 403 403 403 403 200 200"),
}


def test_every_operation_is_in_the_table() -> None:
    served = {f"{method} {path}" for method, path, _operation in operations()}
    assert sorted(served - set(ROWS)) == []
    assert sorted(set(ROWS) - served) == []


@pytest.mark.parametrize("name", ROWS)
def test_everybody_gets_what_the_table_says(name: str, db: None) -> None:
    from django.db import transaction

    row, cast = ROWS[name], Cast()
    method, path = name.split(" ")
    Calls(cast.shiyun)
    world = World()
    filled = path.format(**row.keys(world))
    body = row.body(world) if method not in ("GET", "DELETE") else None
    callers = {kind: Calls(person(cast, kind)) for kind in list(PEOPLE)[1:]}
    found = {}
    for kind in PEOPLE:
        mark = transaction.savepoint()
        if kind == "anonymous":
            response = send(callers["owner"].client, method, filled, body)
        else:
            response = callers[kind].send(method, filled, body)
        found[kind] = response.status_code
        transaction.savepoint_rollback(mark)
    assert found == row.statuses(), (name, filled)
