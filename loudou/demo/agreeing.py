"""How 直销一部 and its director come to terms about a year: one waiver, one adjustment, one territory that moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F, Sum

from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people.models import Unit, User
from loudou.targets import verbs
from loudou.targets.models import Metric, Negotiation, Target, Targets

ZONE = ZoneInfo("Asia/Shanghai")
UNIT = "D1"
STEP = Decimal(10_000)
SHORT = Decimal("0.9")  # what one of them is let off with
MORE = Decimal("1.04")
MOVED = Decimal("0.15")
HALF_YEAR = 7

Told = Callable[[], object]


class Agreements:
    """The acts of a negotiated year, each told once its hour has come; one that was told already is passed over."""

    def __init__(self, begin: date, until: date, everybody: Mapping[str, User]) -> None:
        self.people = everybody
        year = until.year if until.month >= HALF_YEAR else until.year - 1
        self.period: Period = Fiscal().parse(str(year))
        first = datetime(begin.year, begin.month, begin.day, 10, tzinfo=ZONE) + timedelta(days=1)

        def on(of_year: int, month: int, day: int, hour: int) -> datetime:
            return max(datetime(of_year, month, day, hour, tzinfo=ZONE), first + timedelta(minutes=day))

        self.waiting: list[tuple[datetime, Told]] = [
            (on(year - 1, 11, 18, 10), self._open),
            (on(year - 1, 11, 20, 15), self._propose),
            (on(year - 1, 11, 24, 11), self._answer),
            (on(year - 1, 12, 1, 16), self._submit),
            (on(year, 3, 10, 10), self._adjust),
            (on(year, 5, 12, 10), self._move),
        ]

    def tell_until(self, now: datetime) -> None:
        """Tell what is due."""
        while self.waiting and self.waiting[0][0] <= now:
            at, told = self.waiting.pop(0)
            with clock.at(at):
                told()

    def _talk(self) -> Negotiation | None:
        return Negotiation.objects.filter(unit__code=UNIT, starts_on=self.period.start).first()

    def _quarters(self, unit: Unit) -> Targets:
        """The quarters of the year, of the unit and of its people; their months are there too."""
        return self._year().filter(unit=unit, ends_on__gt=F("starts_on") + timedelta(days=31))

    def _year(self) -> Targets:
        """Everybody's of the year and of its parts."""
        kept = Target.objects.filter(metric=Metric.BOOKINGS)
        return kept.filter(starts_on__gte=self.period.start, ends_on__lte=self.period.end)

    def _open(self) -> None:
        if self._talk() is not None:
            return
        unit = Unit.objects.get(code=UNIT)
        whole = self._quarters(unit).filter(person=None).aggregate(n=Sum("amount"))["n"]
        verbs.open_negotiation(
            unit=unit,
            metric=Metric.BOOKINGS,
            period=self.period,
            envelope=whole,
            by=self.people["heli"],
            text="明年要站稳锂电行业，先按各季之和谈。",
        )

    def _propose(self) -> None:
        talk = self._talk()
        if talk is None or talk.rounds.count() > 1:
            return
        quarters = self._quarters(talk.unit).exclude(person=None).order_by("person__username")
        staying = quarters.filter(ends_on=self.period.end).values("person")
        people = quarters.filter(person__in=staying)
        sums = dict(people.values_list("person__username").annotate(n=Sum("amount")))
        last = max(sums)
        parts = {name: _steps(amount * (SHORT if name == last else 1)) for name, amount in sums.items()}
        verbs.propose_target(
            talk,
            amount=talk.envelope,
            parts=parts,
            by=self.people["wumin"],
            text="总数接受；周凯一季度要带新人，请少派一成。",
            specific="华东装备客户的签约额，不含税",
            attainable="按在手商机、上年成交与人员产能推算",
            relevant="三年内进入国内前五",
            comment="锂电新产线集中投产，需求高于往年",
        )

    def _answer(self) -> None:
        talk = self._talk()
        if talk is None or talk.state != Negotiation.State.NEGOTIATING or talk.rounds.count() > 2:
            return
        heli = self.people["heli"]
        talk = verbs.answer_proposal(talk, text="可以，缺口由渠道部补足，我来豁免。", by=heli)
        verbs.waive_over_assignment(talk, reason="周凯带新人，缺口由渠道部补足", by=heli)

    def _submit(self) -> None:
        talk = self._talk()
        if talk is None or talk.state != Negotiation.State.NEGOTIATING:
            return
        request = verbs.submit_target(talk, by=self.people["wumin"])
        with clock.at(clock.now() + timedelta(hours=20)):
            verbs.confirm_target(
                request, opinion="依据充分，同意；每季末检视一次进度。", by=self.people["heli"]
            )
            self._carry_up()
            self._sum_up()

    def _approved(self, person: User | None) -> Target | None:
        unit = Unit.objects.get(code=UNIT)
        found = Target.objects.filter(
            unit=unit,
            person=person,
            metric=Metric.BOOKINGS,
            starts_on=self.period.start,
            ends_on=self.period.end,
        ).exclude(approved_by=None)
        return found.filter(editions__cause="").exclude(editions__number__gt=1).first()

    def _adjust(self) -> None:
        whole = self._approved(None)
        if whole is None:
            return
        self._signed(
            [(whole, _steps(whole.amount * MORE))],
            date(self.period.start.year, 4, 1),
            "market",
            "一季度行业招标提前释放，上调百分之四",
            "同意上调，请同步调整拜访计划。",
        )

    def _move(self) -> None:
        giver, taker = self._approved(self.people["zhoukai"]), self._approved(self.people["lina"])
        if giver is None or taker is None:
            return
        moved = _steps(giver.amount * MOVED)
        self._signed(
            [(giver, giver.amount - moved), (taker, taker.amount + moved)],
            date(self.period.start.year, 6, 1),
            "territory",
            "宁波片区客户自六月起移交李娜",
            "客户随人走，目标一并划转，同意。",
        )

    def _signed(
        self, changes: list[tuple[Target, Decimal]], boundary: date, cause: str, reason: str, opinion: str
    ) -> None:
        request = verbs.propose_adjustment(
            changes, effective_on=boundary, cause=cause, reason=reason, by=self.people["wumin"]
        )
        with clock.at(clock.now() + timedelta(hours=22)):
            verbs.confirm_target(request, opinion=opinion, by=self.people["hezong"])
            self._carry_up()

    def _carry_up(self) -> None:
        """What was agreed on below becomes the centre's and the company's: whatever they have of the year is a sum again."""
        for code, leader in (("CENTER", "heli"), ("HQ", "hezong")):
            unit = Unit.objects.get(code=code)
            below = self._year().filter(unit__parent=unit, person=None).order_by()
            sums = {
                row[:2]: row[2] for row in below.values_list("starts_on", "ends_on").annotate(Sum("amount"))
            }
            own = self._year().filter(unit=unit, person=None)
            cells = [verbs.CellInput(unit, None, one.period, sums[one.starts_on, one.ends_on]) for one in own]
            verbs.set_cells(cells, metric=Metric.BOOKINGS, by=self.people[leader])

    def _sum_up(self) -> None:
        """The others' quarters come to a year too, so that the sheet proves everybody's whole."""
        quarters: dict[tuple[Unit | None, User | None], list[Target]] = defaultdict(list)
        agreed = set()
        for one in self._year().select_related("unit", "person").order_by("starts_on", "pk"):
            if one.period == self.period:
                agreed.add((one.unit, one.person))
            elif one.period == Fiscal().of(one.starts_on, Grain.QUARTER):
                quarters[one.unit, one.person].append(one)
        cells = [
            verbs.CellInput(unit, person, self.period, sum((one.amount for one in some), Decimal()))
            for (unit, person), some in quarters.items()
            if unit and (unit, person) not in agreed and some[-1].ends_on == self.period.end
        ]
        verbs.set_cells(cells, metric=Metric.BOOKINGS, by=None)


def _steps(amount: Decimal) -> Decimal:
    return (amount / STEP).quantize(Decimal(1)) * STEP
