"""The last days of the story as the control desk and the field tell them: calls, logs, signatures, one log that is forged."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from loudou.daylog import verbs
from loudou.daylog.models import DayLog, Item, SpotCheck, Support
from loudou.daylog.queries.drafts import draft
from loudou.daylog.queries.duty import ROLE
from loudou.demo import questions
from loudou.demo.calling import make_calls
from loudou.demo.opinions import about_log
from loudou.demo.paperwork import Paperwork
from loudou.demo.plot import ZONE
from loudou.demo.tasking import hand_out, see_to
from loudou.demo.tempers import SIGNING_DAYS
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox
from loudou.signoff.verbs import open_request

DAYS = 21  # a month of working days
FORGER = "sunqiang"
FORGED_AFTER = 12  # working days: in the month the story ends with, so that whoever comes new meets it
JUDGED_AFTER = 14  # working days: before that what came in on a form has not had its time to be read
_REFLECTIONS = (
    "节奏合适，客户的决策链还差一位没见到。",
    "技术参数准备不足，明天先和售前对一遍再去。",
    "报价前没有问清预算，下次先问再报。",
    "客户临时改期，路上的时间用来整理了资料。",
    "竞品先到一步，要把交期和服务讲透。",
)
_PLANS = ("回访今天见到的人", "准备报价单", "约下周的现场勘查", "把样机参数发给客户", "和售前核对方案")
_HELP = ("需要售前支持节拍测算", "需要样机一台", "需要法务看一下付款条款")
_SPENT = (
    [verbs.Spent("travel", Decimal("71.00"), "高铁二等座"), verbs.Spent("local", Decimal("46.00"))],
    [verbs.Spent("lodging", Decimal("320.00"), "一晚"), verbs.Spent("meals", Decimal("58.50"))],
    [verbs.Spent("hospitality", Decimal("260.00"), "与客户技术部午餐，事先已批")],
)
_ANSWERS = (
    "售前周四上午到，你先把节拍数据准备好",
    "样机排到下周二，运费部门承担",
    "法务今天回你，条款按上次苏州那单写",
)


class Days:
    """Tells each working day's calls and logs once the story has passed them, in the order of the clock."""

    def __init__(
        self,
        begin: datetime,
        people: dict[str, User],
        calendar: WorkCalendar,
        forged_after: int = FORGED_AFTER,
    ) -> None:
        self.people = people
        self.calendar = calendar
        self.turn = count()
        self.paperwork = Paperwork(people)
        last = DayLog.objects.order_by("-day").values_list("day", flat=True).first()
        first = begin.astimezone(ZONE).date()
        self.forged_on, self.judged_from = (
            calendar.add(first, forged_after),
            calendar.add(first, JUDGED_AFTER),
        )
        self.day = calendar.add(max(first, last + timedelta(days=1)) if last else first, 0)

    def tell_until(self, now: datetime) -> None:
        """Tell every day that is over at an instant: its evening ends at nine."""
        while _at(self.day, 21) <= now:
            self._tell(self.day)
            self.day = self.calendar.add(self.day, 1)

    def _tell(self, day: date) -> None:
        everybody = User.objects.active().select_related("unit", "manager").order_by("username")
        reps = [user for user in everybody if ROLE in user.roles and _works(user, day)]
        desk = self.people["wangfang"]
        for place, user in enumerate(reps):
            with clock.at(_at(day, 8, place % 40)):
                if place % 6 != 5:
                    arrival = "late" if (place + day.day) % 9 == 0 else "on_time"
                    verbs.check_arrival(user, arrival=arrival, by=desk)
        with clock.at(_at(day, 9)):
            hand_out(reps, day, self.calendar)
        self._sign(day, _at(day, 9, 20), 0, 0.4)
        for place, user in enumerate(reps):
            make_calls(user, day, _at(day, 10, place))
        questions.explain(_at(day, 11))
        self._sign(day, _at(day, 12, 5), 0.4, 0.55)
        self._sign(day, _at(day, 13, 40), 0.55, 0.8)
        with clock.at(_at(day, 16)):
            see_to(reps, day)
        questions.judge(_at(day, 16, 30), by=desk)
        self._sign(day, _at(day, 16, 35), 0.8, 1)
        for place, user in enumerate(reps):
            with clock.at(_at(day, 17, 5) + timedelta(minutes=place)):
                stops = self._stops(user, day)
                heard = stops if place % 7 else [_misheard(stop) for stop in stops]
                verbs.hear_report(user, stops=heard, by=desk, deviation="" if heard else "在公司准备资料")
        for place, user in enumerate(reps):
            if (place + day.day) % 17 or user.username == FORGER:
                with clock.at(_at(day, 19) + timedelta(minutes=place)):
                    self._write(user, day)
        questions.ask(day, _at(day, 19, 50), by=desk)
        self._sign(day, _at(day, 20), 1, 9)
        self._help(day)
        self.paperwork.tell(day, reps)
        if self.calendar.add(day, 1).isocalendar().week != day.isocalendar().week:
            self._check(day, desk)
            if day >= self.judged_from:
                self.paperwork.review(day)

    def _stops(self, user: User, day: date) -> list[verbs.Stop]:
        drafted = draft(user, day, organisation()).stops
        keys = [told["activity"] for told in drafted if told["activity"]]
        done = Activity.objects.select_related("customer").in_bulk(keys)
        found = [_stop(told, done.get(told["activity"])) for told in drafted]
        if user.username == FORGER and day == self.forged_on:
            found.append(
                verbs.Stop(
                    place="绍兴", customer_name="绍兴越城纺机", persons="钱总", result="已口头同意试用"
                )
            )
        return found

    def _write(self, user: User, day: date) -> None:
        turn = next(self.turn)
        due = Item.objects.filter(user=user, due_on=day, closed_on=None, cause="").order_by("pk")
        to = self.calendar.add(day, 1)
        items = {
            item.pk: verbs.Done(True) if (turn + place) % 5 else verbs.Done(False, "客户临时改期", to)
            for place, item in enumerate(due)
        }
        verbs.submit_log(
            user,
            day=day,
            stops=self._stops(user, day),
            items=items,
            reflection=f"{day:%m月%d日}：{_REFLECTIONS[turn % len(_REFLECTIONS)]}",
            help_needed=_HELP[turn % len(_HELP)] if turn % 11 == 0 else "",
            plan=_PLANS[turn % len(_PLANS)],
            expenses=_SPENT[turn % len(_SPENT)] if turn % 4 == 0 else [],
            by=user,
        )

    def _sign(self, day: date, begin: datetime, over: float, most: float) -> None:
        """Those managers sign what came the days before who take so many days for it, each in words of their own.

        The quick ones do so over their first tea, others after lunch, the slow ones when the day is over.
        """
        begin += timedelta(minutes=7 * day.day % 19)
        asked, turn = Request.objects.waiting().filter(act="daylog.sign", asked_at__lt=_at(day, 12)), count()
        for place, request in enumerate(asked.select_related("signer").order_by("pk")):
            signer = request.signer
            if signer is None or place % 8 == 7 or not over < SIGNING_DAYS.get(signer.username, 1) <= most:
                continue
            if not inbox(signer).filter(pk=request.pk).exists():
                continue
            log = DayLog.objects.get(pk=request.subject_id)
            at = begin + timedelta(seconds=70 * next(turn))
            with clock.at(at):
                open_request(request, by=signer)
            with clock.at(at + timedelta(seconds=12 + 7 * (request.pk % 8))):
                verbs.confirm(request, opinion=about_log(log, signer, request.pk), by=signer)

    def _help(self, day: date) -> None:
        """Calls for help of the days before are answered, the last in line not yet."""
        asked = Support.objects.filter(answered_at=None, asked_at__lt=_at(day, 12)).select_related(
            "asker__manager"
        )
        for place, call in enumerate(asked.order_by("pk")):
            manager = call.asker.manager
            if manager is not None and manager.is_active and place % 3 != 2:
                with clock.at(_at(day, 20, 30) + timedelta(seconds=30 * place)):
                    verbs.answer_help(call, answer=_ANSWERS[call.pk % len(_ANSWERS)], by=manager)

    def _check(self, day: date, desk: User) -> None:
        """On the last evening of a week a tenth is drawn; who told of a visit that never was is found out."""
        forged = DayLog.objects.standing().filter(user__username=FORGER, lines__customer_name="绍兴越城纺机")
        never_was = set(forged.values_list("pk", flat=True))
        with clock.at(_at(day, 20, 45)):
            for log in forged.exclude(check_made__isnull=False).distinct():
                verbs.target_check(log, by=desk)
            verbs.draw_checks(day, by=desk)
        with clock.at(_at(day, 20, 55)):
            for place, check in enumerate(
                SpotCheck.objects.filter(result="").select_related("log__user__manager")
            ):
                if check.log_id in never_was:
                    verbs.tell_finding(
                        check, result="false", finding="客户称当天没有人来访，也不认识此人", by=desk
                    )
                elif place % 4 != 3:
                    verbs.tell_finding(check, result="verified", finding="", by=desk)


def _stop(told: dict[str, Any], done: Activity | None) -> verbs.Stop:
    """A drafted stop as its author leaves it: with the customer it was at."""
    names = ("at", "place", "persons", "topics", "outcome", "result")
    customer = done.customer if done is not None else None
    said = {name: told[name] for name in names}
    return verbs.Stop(customer=customer, customer_name=told["customer"], activity=done, **said)


def _misheard(stop: verbs.Stop) -> verbs.Stop:
    names = ("at", "place", "customer", "customer_name", "topics", "outcome", "result")
    return verbs.Stop(persons="", **{name: getattr(stop, name) for name in names})


def _works(user: User, day: date) -> bool:
    return (
        user.is_active
        and user.unit_id is not None
        and (user.joined_on is None or user.joined_on <= day)
        and (user.left_on is None or user.left_on > day)
    )


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def begin_of(end: datetime, calendar: WorkCalendar, days: int = DAYS) -> datetime:
    """The morning of the working day with which the logs of the story begin."""
    day, left = end.astimezone(ZONE).date(), days
    while left:
        day -= timedelta(days=1)
        left -= calendar.works(day)
    return _at(day, 0)
