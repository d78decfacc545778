"""Telling the story: every act of the plot, in order, through verbs, with the clock held at its moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import translation

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.demo import extras
from loudou.demo.agreeing import Agreements
from loudou.demo.aims import set_aims
from loudou.demo.cast import CAST, assemble
from loudou.demo.days import Days, begin_of
from loudou.demo.happenings import Happenings
from loudou.demo.opinions import fresh
from loudou.demo.plot import ZONE, Act, Plot, manager_of
from loudou.demo.tempers import Coming, expects, temper
from loudou.demo.visiting import visit
from loudou.demo.watching import EVERY, keep_watch
from loudou.desk.verbs import mark_read
from loudou.fieldwork import verbs as fieldwork
from loudou.forecasts import verbs as forecasts
from loudou.forecasts.models import level_of
from loudou.forecasts.queries import rolled_up
from loudou.journal.channel import through
from loudou.journal.queries import notices
from loudou.journal.record import acting
from loudou.journal.verify import verify
from loudou.kernel import clock
from loudou.kernel.periods import add_months, midnight
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Reason
from loudou.pipeline.queries.funnels import funnel_named, specs
from loudou.signoff.models import Request

log = logging.getLogger(__name__)
PASSWORD = "loudou-demo-2026"  # noqa: S105 - printed by `make run`; the demo refuses to run where there are real people
_FIELDWORK = timedelta(days=90)  # how far back what was said and done with customers is told
_VISITS = timedelta(days=30)  # how far back visits are told from plan to review
SELDOM = ("yuandong", "penglei")  # service and legal are asked by telephone
_TOGETHER = 25  # acts that are kept or lost together: fewer commits, and nobody waits long for a row


class DemoRefused(Refused):
    """The demo does not run into an organisation that has people of its own."""


def tell(
    *, seed: int = 7, until: date | None = None, heard: Callable[[Act, int, int], None] | None = None
) -> int:
    """Tell the story up to `until` (to this hour), going on where an interrupted telling stopped. Returns the acts told.

    Raises `DemoRefused` where somebody works already who is not of the story.
    """
    company = organisation()
    present = clock.now() if until is None else None
    until = until or company.today
    told = (company.demo_progress or {}).get("told", 0)
    plot = Plot(seed=seed, until=until, calendar=company.calendar.work_calendar())
    acts = [act for act in plot.draw() if present is None or act.at <= present]
    with through("demo"), translation.override("zh-hans"), connection.cursor() as cursor:
        cursor.execute(
            "SET synchronous_commit TO off"
        )  # a story can be told again; its listeners need not wait
        if not User.objects.exists():
            _set_the_stage(plot, acts)
        elif company.demo_progress is None:
            raise DemoRefused("This organisation has people of its own; the demo needs an empty one.")
        everybody = {user.username: user for user in User.objects.select_related("unit")}
        days = Days(begin_of(plot.end, plot.calendar), everybody, plot.calendar)
        teller = _Teller(plot.end - _FIELDWORK, days)
        agreements = Agreements(plot.begin, plot.until, everybody)
        told_until = acts[told - 1].at if told else None
        happenings = Happenings(plot.until, everybody, plot.calendar, told_until)
        for begin in range(told, len(acts), _TOGETHER):
            with acting():
                for number, act in enumerate(acts[begin : begin + _TOGETHER], begin + 1):
                    agreements.tell_until(act.at)
                    happenings.tell_until(act.at)
                    with clock.at(act.at):
                        teller.tell(act)
                    if heard is not None:
                        heard(act, number, len(acts))
                _note_progress(plot, act, number, len(acts))
        with acting():
            for others in (agreements, happenings, days):
                others.tell_until(present or acts[-1].at)
        _sign_in(plot, present or plot.end)
        _read_what_is_old(plot)
        people.note_verification(verify(), by=None)
        Organisation.objects.update(demo_progress=None)
        cursor.execute("RESET synchronous_commit")
    return len(acts)


def _set_the_stage(plot: Plot, acts: Sequence[Act]) -> None:
    """The organisation, its people, its products and what it sets out to sell, on the first morning."""
    from django.contrib.auth.hashers import make_password

    with clock.at(midnight(plot.begin, ZONE) + timedelta(hours=1)), acting():
        people.set_organisation(by=None, name="恒远设备集团")
        assemble(
            joined_on=add_months(plot.begin, -12),
            others=tuple(role for role in extras.OTHERS),
            phones="1370000",
        )
        _join_later(plot)
        for code, name, family, measure, price, cost in extras.PRODUCTS:
            catalog.add_product(
                code=code,
                name=name,
                family=family,
                measure=measure,
                list_price=Decimal(price),
                currency="CNY",
                cost=Decimal(cost),
                tax_rate=Decimal("0.13"),
                by=None,
            )
        set_aims(plot, acts)
        # One hash for all: the demo's password is public, and sixty hashes would cost half a minute.
        User.objects.update(password=make_password(PASSWORD), password_changed_at=clock.now())
        Organisation.objects.update(
            demo_progress={"told": 0, "day": str(plot.begin), "until": str(plot.until), "percent": 0}
        )


def _join_later(plot: Plot) -> None:
    """Newcomers stand in the books from their own first day; the outsider of the tests has a superior here."""
    outsider = User.objects.get(username="maxiao")
    role = next(role for role in CAST if role.username == "maxiao")
    people.edit_person(outsider, by=None, manager=User.objects.get(username=manager_of(role)))
    for role in (*CAST, *extras.OTHERS):
        if temper(role.username).joins:
            first = add_months(plot.begin, temper(role.username).joins)
            people.edit_person(User.objects.get(username=role.username), by=None, joined_on=first)


def _note_progress(plot: Plot, act: Act, number: int, total: int) -> None:
    """With the acts themselves, so that a telling that is cut off knows exactly how far it came."""
    progress = {
        "told": number,
        "day": f"{act.at.astimezone(ZONE):%Y-%m-%d}",
        "until": str(plot.until),
        "percent": number * 100 // total,
    }
    Organisation.objects.update(demo_progress=progress)


def _sign_in(plot: Plot, now: datetime) -> None:
    """Everybody came in on one of the last mornings, but those whose work needs no screen."""
    there = User.objects.active().exclude(username__in=SELDOM).order_by("pk")
    for place, user in enumerate(there):
        day = plot.calendar.latest(now.astimezone(ZONE).date() - timedelta(days=1 + place % 3))
        with clock.at(midnight(day, ZONE) + timedelta(hours=8, minutes=10 + place % 37)):
            people.sign_in(
                username=user.username, password=PASSWORD, address=f"10.20.{place % 5}.{20 + place}"
            )


def _read_what_is_old(plot: Plot) -> None:
    """Everybody has read their notices but those of the last three days."""
    fresh = plot.end - timedelta(days=3)
    for user in User.objects.filter(is_active=True):
        old = [notice.pk for notice in notices(user, limit=5000) if notice.entry.at < fresh]
        mark_read(user, by=user, only=old)


class _Teller:
    """Knows people by user name, and how each kind of act is done."""

    def __init__(self, field_from: datetime, days: Days) -> None:
        self.field_from = field_from
        self.visits_from = field_from + _FIELDWORK - _VISITS
        self.watch_from = field_from
        self.people = days.people
        self.products = {product.code: product for product in Product.objects.all()}
        self.reasons = {(reason.kind, reason.code): reason for reason in Reason.objects.all()}
        self.days = days

    def tell(self, act: Act) -> None:
        """Do one act. What the organisation's rules refuse in the end is left out and logged: rules outrank stories."""
        doing: Callable[..., None] = getattr(self, act.kind)
        self.days.tell_until(act.at)
        if act.at >= self.watch_from:
            self.watch_from = act.at + EVERY
            keep_watch()
        try:
            with acting():
                doing(self.people[act.who], act.about, **act.with_)
        except Refused as refusal:
            log.warning("%s of %s at %s: %s", act.kind, act.about, act.at, refusal.sentence)

    def customer(
        self, who: User, about: str, *, people: list[dict[str, str]], number: int, **details: Any
    ) -> None:
        made = customers.add_customer(
            code=about, owner=who, phone=f"1390000{number:04d}", by=who, created_at=clock.now(), **details
        )
        for place, person in enumerate(people):
            customers.add_contact(
                made,
                by=who,
                phone=f"1380{number:04d}{place:03d}",
                attitude="neutral" if place else "supports",
                **person,
            )

    def open(
        self,
        who: User,
        about: str,
        *,
        customer: str,
        funnel: str,
        lines: list[Any],
        people: list[str],
        **details: Any,
    ) -> None:
        found = Customer.objects.get(code=customer)
        deal = pipeline.open_deal(by=who, code=about, customer=found, funnel=funnel_named(funnel), **details)
        wanted = [
            pipeline.LineInput(self.products[code], Decimal(pieces), Decimal(int(price)), kept)
            for code, pieces, price, kept in lines
        ]
        if wanted:
            pipeline.set_lines(deal, lines=wanted, by=who, reason="按配置清单")
        first = Contact.objects.filter(customer=found, name=people[0])[:1]
        pipeline.set_contacts(Deal.objects.get(pk=deal.pk), contacts=list(first), by=who)

    def show(
        self, who: User, about: str, *, stage: int, kind: str, code: str, note: str, people: list[str]
    ) -> None:
        deal = self._live(about)
        if deal is None:
            return
        if kind == "field":
            self._fill(deal, code, who, people)
            return
        spec = specs(deal.funnel_version_id)[stage]
        if kind == "task":
            task = next(task for task in spec.tasks.all() if task.code == code)
            pipeline.complete_task(deal, task=task, by=who, note=note)
        else:
            asked = next(asked for asked in spec.evidence_kinds.all() if asked.code == code)
            pipeline.give_evidence(deal, kind=asked, by=who, note=note)

    def next_step(self, who: User, about: str, **values: Any) -> None:
        deal = self._live(about)
        if deal is not None and clock.now() >= self.field_from:
            self._meet(deal, who, **values)
        elif deal is not None:
            pipeline.edit(deal, by=who, **values)

    def _meet(self, deal: Deal, who: User, **agreed: Any) -> None:
        """A visit or a call in which the next step was agreed."""
        turn = deal.pk + clock.now().day
        contact = Contact.objects.filter(customer=deal.customer, left_at=None).order_by("pk").first()
        name = contact.name if contact is not None else ""
        kind = ("visit", "call", "visit", "message", "visit", "meeting")[turn % 6]
        result = extras.REVIEWS_NOTES[turn % len(extras.REVIEWS_NOTES)].format(who=name)
        planned = clock.now() >= self.visits_from and who.manager is not None and deal.customer is not None
        if kind == "visit" and planned and who.pk == deal.owner_id:
            visit(deal, who, contact=name, result=result, agreed=agreed)
        else:
            fieldwork.log_activity(kind=kind, by=who, deal=deal, contact=name, result=result, **agreed)

    def push(self, who: User, about: str, *, expected_on: date, reason: str) -> None:
        deal = self._live(about)
        if deal is not None and expected_on >= organisation().today:
            pipeline.edit(deal, by=who, expected_on=expected_on, reason=reason)

    def reprice(self, who: User, about: str, *, factor: float, reason: str) -> None:
        deal = self._live(about)
        if deal is None:
            return
        lines = [
            pipeline.LineInput(
                line.product,
                line.quantity,
                (line.price * Decimal(str(factor))).quantize(Decimal(100))
                if line.system_of_record == "funnel"
                else line.price,
                line.system_of_record,
            )
            for line in deal.lines.select_related("product")
        ]
        if lines:
            pipeline.set_lines(deal, lines=lines, by=who, reason=reason)
        else:
            pipeline.edit(
                deal,
                by=who,
                amount=(deal.amount * Decimal(str(factor))).quantize(Decimal(1000)),
                reason=reason,
            )

    def note(self, who: User, about: str, *, text: str) -> None:
        if deal := self._live(about):
            pipeline.add_note(deal, text=text, by=who)

    def move(self, who: User, about: str, *, to: int) -> None:
        if deal := self._live(about):
            pipeline.move(deal, to=specs(deal.funnel_version_id)[to], by=who)

    def back(self, who: User, about: str, *, to: int, reason: str) -> None:
        if deal := self._live(about):
            pipeline.move(deal, to=specs(deal.funnel_version_id)[to], by=who, reason=reason)

    def win(self, who: User, about: str) -> None:
        if deal := self._live(about):
            pipeline.win(deal, by=who)

    def lost(self, who: User, about: str, *, code: str, review: str, lost_to: str) -> None:
        if deal := self._live(about):
            pipeline.lose(deal, by=who, code=self.reasons["lost", code], review=review, lost_to=lost_to)

    def cancelled(self, who: User, about: str, *, code: str, review: str, lost_to: str) -> None:
        if deal := self._live(about):
            pipeline.cancel(deal, by=who, code=self.reasons["cancelled", code], review=review)

    def invalid(self, who: User, about: str, *, code: str, review: str, lost_to: str) -> None:
        if deal := self._live(about):
            pipeline.invalidate(deal, by=who, code=self.reasons["invalid", code], review=review)

    def reopen(self, who: User, about: str, *, reason: str) -> None:
        pipeline.reopen(Deal.objects.get(code=about), by=who, reason=reason)

    def hold(self, who: User, about: str, *, wake_on: date, reason: str) -> None:
        if deal := self._live(about):
            pipeline.hold(deal, by=who, wake_on=wake_on, reason=reason)

    def resume(self, who: User, about: str) -> None:
        if deal := self._live(about):
            pipeline.resume(deal, by=who)

    def hand_over(self, who: User, about: str, *, to: str) -> None:
        customer = Customer.objects.get(code=about)
        customers.hand_over(customer, owner=self.people[to], by=who, reason="原负责人离职，按区域交接")

    def depart(self, who: User, about: str) -> None:
        people.deactivate(self.people[about], by=who)

    def sign(self, who: User, about: str, *, act: str, person: str) -> None:
        deal = Deal.objects.get(code=about)
        request = Request.objects.about(deal).waiting().filter(act=act).first()
        if request is None:
            return
        wordings = [
            words.format(customer=deal.customer_name[:4], title=deal.title, who=person)
            for words in extras.OPINIONS[act]
        ]
        pipeline.confirm(request, opinion=fresh(who, wordings, request.pk), by=who)

    def forecast(self, who: User, about: str, *, level: str, coming: Mapping[str, Coming]) -> None:
        """Everybody of a level hands in: people what they see coming, managers what they make of the roll-up."""
        company, now = organisation(), clock.now()
        period = company.fiscal.parse(about)
        everybody = (
            User.objects.active().filter(roles__overlap=["rep", "manager", "director"]).select_related("unit")
        )
        for user in everybody.order_by("pk"):
            if level_of(user) != level or (user.joined_on and user.joined_on > now.date()):
                continue
            view = rolled_up(user, period, company, now)
            under = [one for name, one in coming.items() if self.people[name].pk in view.owners]
            seen = (
                under[0] if level == "rep" and under else Coming(sum((one.worth for one in under), Decimal()))
            )
            number, reason = expects(user.username, level, about, view.says, view.base, seen)
            forecasts.submit(user, period=period, submitted=number, by=user, reason=reason)

    def lock(self, who: User, about: str) -> None:
        forecasts.lock_period(organisation().fiscal.parse(about), by=who)

    def _live(self, code: str) -> Deal | None:
        deal = Deal.objects.select_related("spec").get(code=code)
        return deal if deal.is_live else None

    def _fill(self, deal: Deal, field: str, who: User, people: list[str]) -> None:
        if field in ("contact", "two_contacts", "decision_maker"):
            everybody = Contact.objects.filter(customer=deal.customer, left_at=None)
            if not everybody.filter(part="eb").exists():
                chief = everybody.order_by("pk").last()
                if chief is not None:
                    customers.edit_contact(chief, by=who, part="eb", attitude="neutral")
            pipeline.set_contacts(deal, contacts=list(everybody), by=who)
        elif field == "competitor":
            rival = extras.RIVALS[deal.pk % len(extras.RIVALS)]
            standing_ = ("ahead", "level", "behind", "unknown")[deal.pk % 4]
            pipeline.set_competitor(
                deal, name=rival, by=who, standing=standing_, strength=("价格", "工艺", "交期")[deal.pk % 3]
            )
