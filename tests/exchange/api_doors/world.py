"""The records that the doors of the API lead to."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from loudou.catalog.models import Product
from loudou.customers.models import Contact, Customer
from loudou.daylog.models import Absence, DayLog, DeskLog, Item, Query, SpotCheck, Support
from loudou.exchange.models import Import
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan
from loudou.forecasts.models import Submission
from loudou.forms.models import Form, FormRecord, FormVersion, Review
from loudou.journal.channel import current
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain
from loudou.market.models import Walk
from loudou.people.models import Calendar, Unit
from loudou.pipeline.models import Competitor, Deal, Evidence
from loudou.problems.models import Problem, Rule
from loudou.reviews.models import Meeting, Pack
from loudou.signoff.models import Request
from loudou.steering.models import Budget, Cost, Measure
from loudou.targets.models import Actual, Closing, Negotiation, Target
from loudou.tasks.models import Task
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.world import World as Whole


class World:
    """Records of chenan's, made when first asked for."""

    def __init__(self) -> None:
        self.cast = Cast()
        self.whole = Whole()
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

    def make_submission(self) -> Submission:
        return self.whole.submission

    def make_due_deal(self) -> Deal:
        """A deal of chenan's that is due this month."""
        month = Fiscal().of(clock.now().date(), Grain.MONTH)
        return make.deal(self.cast.chenan, expected_on=month.end - timedelta(days=1))

    def make_task(self) -> Task:
        from loudou.tasks import verbs

        return verbs.set_task(self.cast.chenan, title="寄样件", deal=self.deal, by=self.cast.wumin)

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

    def make_negotiation(self) -> Negotiation:
        return self.whole.negotiation

    def make_measure(self) -> Measure:
        from loudou.steering import verbs

        due = clock.now().date() + timedelta(days=9)
        return verbs.take_measure(
            self.target, text="每周走访两家", owner=self.cast.chenan, due_on=due, by=None
        )

    def make_budget(self) -> Budget:
        return self.whole.budget

    def make_cost(self) -> Cost:
        from loudou.steering import verbs

        row = verbs.CostRow(self.cast.unit("D1"), "travel", date(2026, 4, 2), Decimal(100))
        made = verbs.record_costs([row], by=None)[0]
        assert isinstance(made, Cost)
        return made

    def make_closing(self) -> Closing:
        return self.whole.closing

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

    def make_call(self) -> PhoneCall:
        return self.whole.call

    def make_problem(self) -> Problem:
        return self.whole.problem

    def make_pack(self) -> Pack:
        return self.whole.pack

    def make_draft(self) -> Pack:
        return self.whole.draft

    def make_meeting(self) -> Meeting:
        return self.whole.meeting

    def make_day_log(self) -> DayLog:
        return self.whole.day_log

    def make_query(self) -> Query:
        return self.whole.query

    def make_item(self) -> Item:
        return self.whole.item

    def make_absence(self) -> Absence:
        return self.whole.absence

    def make_desk_log(self) -> DeskLog:
        from loudou.daylog import verbs

        return verbs.check_arrival(self.cast.chenan, arrival="late", by=self.cast.wangfang)

    def make_spot_check(self) -> SpotCheck:
        return self.whole.spot_check

    def make_support(self) -> Support:
        return self.whole.support

    def make_walk(self) -> Walk:
        return self.whole.walk

    def make_rule(self) -> Rule:
        return self.whole.rule

    def make_form(self) -> Form:
        return self.whole.form

    def make_form_version(self) -> FormVersion:
        return self.whole.form_version

    def make_form_record(self) -> FormRecord:
        return self.whole.form_record

    def make_form_review(self) -> Review:
        return self.whole.form_review

    def make_visit(self) -> VisitPlan:
        return self.whole.visit

    def make_visit_made(self) -> VisitPlan:
        return self.whole.visit_made

    def make_visit_recorded(self) -> VisitPlan:
        return self.whole.visit_file.record.plan

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
