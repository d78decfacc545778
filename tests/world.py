"""A small world of records that doors and budgets are tried on; `grow` makes it ten times larger."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from django.core.files.uploadedfile import SimpleUploadedFile

from loudou.broadcasts import verbs as broadcasts
from loudou.broadcasts.models import Screen, Subscription
from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer, CustomerFile, Merge
from loudou.daylog import verbs as daylog
from loudou.daylog.models import Absence, DayLog, Item, Query, SpotCheck, Support
from loudou.exchange.importing import receiving
from loudou.exchange.importing.spec import kind_named, recognise
from loudou.exchange.models import Import
from loudou.exchange.verbs import importing
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity, PhoneCall, VisitFile, VisitPlan
from loudou.forecasts import verbs as forecasts
from loudou.forecasts.models import Submission
from loudou.forms import verbs as forms
from loudou.forms.models import Form, FormFile, FormRecord, FormVersion, Review
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain
from loudou.market import verbs as market
from loudou.market.models import Walk
from loudou.people.models import Unit
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Competitor, Deal, Evidence, File
from loudou.problems import verbs as problems
from loudou.problems.models import Problem, Rule
from loudou.reviews import verbs as reviews
from loudou.reviews.models import Meeting, Pack
from loudou.signoff import verbs as signoff
from loudou.signoff.models import Delegation, Request
from loudou.steering import verbs as steering
from loudou.steering.models import Budget, Measure
from loudou.targets import verbs as targets
from loudou.targets.models import Closing, Negotiation, Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task
from loudou.ui import uploads
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.forms import making


class World:
    """Records owned by chenan (直销一部), made when first asked for."""

    form_codes = ("M1", "M8", "M9")

    def __init__(self) -> None:
        self.cast = Cast()

    @cached_property
    def deal(self) -> Deal:
        return make.deal(self.cast.chenan)

    @cached_property
    def request(self) -> Request:
        """chenan asks to skip a stage; it waits for wumin."""
        deal = make.deal(self.cast.chenan, title="跳阶商机")
        asked = verbs.skip(
            deal, to=make.specs_of(deal)[2], by=self.cast.chenan, reason="客户直接招标"
        ).request
        assert asked is not None
        return asked

    @cached_property
    def evidence(self) -> Evidence:
        """What chenan has shown for their deal."""
        kind = make.specs_of(self.deal)[0].evidence_kinds.all()[0]
        return verbs.give_evidence(self.deal, kind=kind, by=self.cast.chenan, note="客户已书面确认")

    @cached_property
    def competitor(self) -> Competitor:
        return verbs.set_competitor(self.deal, name="沈阳新松", by=self.cast.chenan)

    @cached_property
    def file(self) -> File:
        """A small text on chenan's deal."""
        return make.file(self.deal, self.cast.chenan)

    @cached_property
    def customer(self) -> Customer:
        return customers.add_customer(name="宁波甬江机电有限公司", by=self.cast.chenan, phone="13800001111")

    @cached_property
    def contact(self) -> Contact:
        return customers.add_contact(self.customer, name="许明华", by=self.cast.chenan, phone="13912340002")

    @cached_property
    def customer_file(self) -> CustomerFile:
        """A small text on chenan's customer."""
        return make.customer_file(self.customer, self.cast.chenan)

    @cached_property
    def merge(self) -> Merge:
        """Another customer of chenan's went into `customer`."""
        other = customers.add_customer(name="甬江集团", by=self.cast.chenan)
        return customers.merge_customers(self.customer, merged=other, by=self.cast.chenan)

    @cached_property
    def submission(self) -> Submission:
        """chenan's number for this month, locked."""
        forecasts.submit(
            self.cast.chenan,
            period=Fiscal().of(clock.now().date(), Grain.MONTH),
            submitted=Decimal(1_200_000),
            by=self.cast.chenan,
        )
        return forecasts.lock_period(Fiscal().of(clock.now().date(), Grain.MONTH), by=None)[0]

    @cached_property
    def form(self) -> Form:
        """A form of 直销一部, in force; heli answers for it."""
        return making.issued(self.cast, self.form_codes[0], unit=self.cast.unit("D1"))

    @cached_property
    def form_version(self) -> FormVersion:
        """Its next version."""
        return forms.change_form(self.form, by=self.cast.heli)

    @cached_property
    def form_record(self) -> FormRecord:
        """What chenan handed in on it."""
        return making.filled(self.form, self.cast.chenan)

    @cached_property
    def form_file(self) -> FormFile:
        """A photo that chenan handed in with a form."""
        photo = making.field("photo", "photo", "照片")
        form = making.issued(self.cast, self.form_codes[1], fields=[*making.MARKET, photo])
        received = uploads.receive(SimpleUploadedFile("现场.png", making.PICTURE), folder="forms")
        return making.filled(form, self.cast.chenan, photo=[received]).files.get()

    @cached_property
    def form_review(self) -> Review:
        """Whether it is worth its time."""
        quarter = Fiscal().of(clock.now().date(), Grain.QUARTER)
        made = forms.open_review(
            self.form,
            period=quarter,
            figures={"submissions": 1, "minutes": "6.00", "total_minutes": "6.00"}
            | {"opened": 0, "used": 0, "flagged": 0},
            verdicts=["keep"],
            by=None,
        )
        assert made is not None
        return made

    @cached_property
    def form_request(self) -> Request:
        """The managers' council is asked to approve a form for everybody."""
        version = making.justified(self.cast, self.form_codes[2], name="竞品快报")
        forms.ask_approval(version, by=self.cast.heli)
        return Request.objects.about(version).get(act="forms.council")

    @cached_property
    def product(self) -> Product:
        return catalog.add_product(
            name="柔性线主机", by=None, list_price=Decimal(1_380_000), cost=Decimal(910_000)
        )

    @cached_property
    def target(self) -> Target:
        """chenan's bookings of 2026."""
        return targets.set_target(
            unit=None,
            person=self.cast.chenan,
            metric="bookings",
            period=Fiscal().parse("2026"),
            amount=Decimal(6_000_000),
            by=None,
        )

    @cached_property
    def negotiation(self) -> Negotiation:
        """What 直销一部 and the director come to terms about: bookings of 2026."""
        return targets.open_negotiation(
            unit=self.cast.unit("D1"),
            metric="bookings",
            period=Fiscal().parse("2026"),
            envelope=Decimal(27_000_000),
            by=None,
        )

    @cached_property
    def measure(self) -> Measure:
        """What chenan does about their target."""
        due = clock.now().date() + timedelta(days=9)
        return steering.take_measure(
            self.target, text="每周走访两家", owner=self.cast.chenan, due_on=due, by=None
        )

    @cached_property
    def subscription(self) -> Subscription:
        """The forecast sheet, mailed to chenan on Mondays."""
        type(self.cast.chenan).objects.filter(pk=self.cast.chenan.pk).update(email="chenan@example.org")
        self.cast.chenan.email = "chenan@example.org"
        return broadcasts.subscribe(
            page="insight:forecast_sheet",
            query="",
            name="周一预测",
            grain="week",
            day=0,
            hour=8,
            by=self.cast.chenan,
        )

    @cached_property
    def screen(self) -> tuple[Screen, str]:
        """A screen of wumin's in the office of 直销一部, with the secret of its link."""
        return broadcasts.make_screen(
            name="一部大屏",
            unit=self.cast.unit("D1"),
            boards=("funnel", "attainment", "leaders", "three_e"),
            names="full",
            seconds=20,
            days=90,
            by=self.cast.wumin,
        )

    @cached_property
    def closing(self) -> Closing:
        """The books of January 2026, closed."""
        return steering.close_month(Fiscal().parse("2026-01"), by=None)

    @cached_property
    def budget(self) -> Budget:
        """What 直销一部 may spend in 2026."""
        unit = Unit.objects.get(pk=self.cast.chenan.unit_id)
        return steering.set_budget(unit=unit, period=Fiscal().parse("2026"), by=None)

    @cached_property
    def brought(self) -> Import:
        """A file of customers that chenan brought and nobody has checked yet."""
        kept = receiving.keep(SimpleUploadedFile("客户.csv", "客户名称\n宁波甬江机电\n".encode()))
        seen = receiving.look(receiving.folder() / kept.stored_as)
        kind = kind_named("customers")
        assert kind is not None
        meant = recognise(kind, seen.header)
        by = self.cast.chenan
        return importing.bring_import(kind=kind.name, kept=kept, look=seen, mapping=meant, by=by)

    @cached_property
    def task(self) -> Task:
        """chenan is to send a sample; wumin set it."""
        by = self.cast.wumin
        return tasks.set_task(self.cast.chenan, title="寄样件", deal=self.deal, by=by)

    @cached_property
    def activity(self) -> Activity:
        """chenan was at the customer of their deal."""
        return fieldwork.log_activity(
            kind="visit", by=self.cast.chenan, deal=self.deal, contact="许明华", result="需求已确认"
        )

    @cached_property
    def call(self) -> PhoneCall:
        """chenan answered the phone; the customer waits for an answer."""
        today = organisation().today
        said = {"name": "许明华", "matter": "样件何时到", "owner": self.cast.chenan, "due_on": today}
        return fieldwork.take_call(by=self.cast.chenan, customer=self.customer, **said)

    def _plan(self) -> VisitPlan:
        return fieldwork.plan_visit(
            by=self.cast.chenan,
            customer=self.customer,
            starts_at=clock.now() + timedelta(days=1),
            objectives=["确认预算来源"],
            background="去年问过价",
            strategy="先看现场",
        )

    @cached_property
    def visit(self) -> VisitPlan:
        """chenan's plan waits for its signature."""
        plan = self._plan()
        fieldwork.submit_visit(plan, by=self.cast.chenan)
        plan.refresh_from_db()
        return plan

    @cached_property
    def visit_request(self) -> Request:
        """What wumin is asked about it."""
        return Request.objects.get(subject_type="fieldwork.visitplan", subject_id=self.visit.pk)

    @cached_property
    def visit_made(self) -> VisitPlan:
        """chenan has checked in at a customer and recorded nothing yet."""
        plan = self._plan()
        fieldwork.confirm_visit(
            fieldwork.submit_visit(plan, by=self.cast.chenan),
            opinion="可以去，先听听客户怎么说",
            by=self.cast.wumin,
        )
        return fieldwork.start_visit(VisitPlan.objects.get(pk=plan.pk), by=self.cast.chenan)

    @cached_property
    def visit_file(self) -> VisitFile:
        """A paper from a visit that was recorded."""
        received = uploads.receive(SimpleUploadedFile("纪要.txt", "会议纪要".encode()), folder="visits")
        said = fieldwork.Said(people=[("许明华", "")], results=["谈了"], files=[received])
        kept = fieldwork.record_visit(self.visit_made, by=self.cast.chenan, said=said)
        return kept.files.get()

    @cached_property
    def day_log(self) -> DayLog:
        """chenan's log of today, which waits for wumin."""
        stop = daylog.Stop(place="宁波", customer_name="甬江机电", persons="许明华", result="需求已确认")
        return daylog.submit_log(
            self.cast.chenan,
            day=organisation().today,
            stops=[stop],
            by=self.cast.chenan,
            plan="准备报价单",
            help_needed="需要售前支持",
            late_reason="出差在途",
        )

    @cached_property
    def query(self) -> Query:
        """The control desk heard another place than chenan wrote, and asks."""
        log = self.day_log
        heard = daylog.Stop(place="绍兴", customer_name="甬江机电", persons="许明华", result="需求已确认")
        daylog.hear_report(self.cast.chenan, stops=[heard], by=self.cast.wangfang)
        return daylog.ask_about(log, line=log.lines.all()[0], field="place", by=self.cast.wangfang)

    @cached_property
    def item(self) -> Item:
        """What chenan planned for the next working day."""
        return self.day_log.items.all()[0]

    @cached_property
    def support(self) -> Support:
        """chenan's call for help."""
        return self.day_log.support.all()[0]

    @cached_property
    def spot_check(self) -> SpotCheck:
        """chenan's log is to be checked."""
        return daylog.target_check(self.day_log, by=self.cast.wangfang)

    @cached_property
    def absence(self) -> Absence:
        """chenan is away next week."""
        first = organisation().today + timedelta(days=7)
        return daylog.note_absence(self.cast.chenan, first=first, last=first, by=self.cast.wumin)

    @cached_property
    def delegation(self) -> Delegation:
        """heli signs for wumin today."""
        today = organisation().today
        return signoff.delegate(
            self.cast.wumin, to=self.cast.heli, first=today, last=today, by=self.cast.wumin
        )

    @cached_property
    def warning(self) -> EarlyWarning:
        """chenan's deal has no next step."""
        warnings.watch([self.deal.pk], allowed={}, by=None)
        return EarlyWarning.objects.select_related("deal").get(deal=self.deal, sign="no_next_step")

    @cached_property
    def dispute(self) -> Request:
        """chenan disputes the warning of another deal; it waits for wumin."""
        deal = make.deal(self.cast.chenan, title="有争议的商机")
        warnings.watch([deal.pk], allowed={}, by=None)
        found = EarlyWarning.objects.get(deal=deal, sign="no_next_step")
        warnings.dispute(found, reason="客户要求下月再联系", by=self.cast.chenan)
        return Request.objects.about(found).get()

    @cached_property
    def problem(self) -> Problem:
        """What chenan registered about their deal."""
        return problems.register(
            title="延迟交货", what="承诺两周，实际五周", area="delivery", deal=self.deal, by=self.cast.chenan
        )

    @cached_property
    def rule(self) -> Rule:
        """A rule against spare parts that run out."""
        today = organisation().today
        problem = problems.register(title="缺备件", what="停机两天", area="delivery", by=self.cast.lina)
        problems.contain(problem, containment="借用样机备件", by=self.cast.lina)
        found = problems.find_cause(problem, cause="备件未备库", analysis="查了台账", by=self.cast.lina)
        assert found.cause is not None
        return problems.write_rule(
            found.cause,
            title="备件最低库存",
            applies_to="主机备件",
            content="低于两套即补",
            owner=self.cast.wumin,
            effective_on=today,
            review_on=today + timedelta(days=90),
            by=self.cast.wumin,
        )

    @cached_property
    def walk(self) -> Walk:
        """wumin's day in the field."""
        met = [market.Met(customer_name="甬江机电", heard="交期太长", competitors="沈阳新松在送样")]
        today = organisation().today
        return market.record_walk(self.cast.wumin, day=today, met=met, by=self.cast.wumin)

    @cached_property
    def pack(self) -> Pack:
        """chenan's report of this month, handed in; it waits for wumin."""
        period = Fiscal().of(clock.now().date(), Grain.MONTH)
        pack = reviews.open_pack("report", period=period, by=self.cast.chenan)
        reviews.write_pack(pack, by=self.cast.chenan, causes="新客户少", plan="每周走访两家")
        return reviews.hand_in(pack, by=self.cast.chenan)

    @cached_property
    def pack_request(self) -> Request:
        """What wumin is asked about it."""
        return Request.objects.get(act="reviews.pack", subject_id=self.pack.pk)

    @cached_property
    def draft(self) -> Pack:
        """chenan's debrief of this year, still being written."""
        period = Fiscal().of(clock.now().date(), Grain.YEAR)
        return reviews.open_pack("duty", period=period, by=self.cast.chenan)

    @cached_property
    def meeting(self) -> Meeting:
        """直销一部 meets; it has begun."""
        unit = self.cast.unit("D1")
        begun = clock.now() - timedelta(hours=1)
        return reviews.plan_meeting(unit, starts_at=begun, by=self.cast.wumin)

    def grow(self, times: int) -> None:
        """Add `times` as many records of every kind, spread over the reps."""
        reps = [self.cast.chenan, self.cast.lina, self.cast.zhangwei, self.cast.sunqiang]
        for number in range(times):
            deal = make.deal(reps[number % len(reps)], title=f"商机 {number}")
            fieldwork.log_activity(kind="call", by=reps[number % len(reps)], deal=deal, contact="许明华")
            customer = customers.add_customer(
                name=f"客户 {number}",
                by=reps[number % len(reps)],
                phone=f"1390000{number:04}",
                industry=f"行业 {number}",
            )
            customers.add_contact(customer, name=f"联系人 {number}", by=reps[number % len(reps)])
            customers.add_contact(self.customer, name=f"人 {number}", by=self.cast.chenan)
            warnings.watch([deal.pk], allowed={}, by=None)
            problems.register(
                title=f"问题 {number}", what="晚了", area="delivery", deal=deal, by=reps[number % len(reps)]
            )
            catalog.add_product(name=f"产品 {number}", by=None, family=f"系列 {number}")
