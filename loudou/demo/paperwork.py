"""Forms in the last days of the story: a daily report that marketing wanted and nobody reads, beside forms that are used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from loudou.customers.models import Customer
from loudou.demo.plot import ZONE
from loudou.forms import verbs
from loudou.forms.figures.fields import CHOICE, LONG, PLACE, Choice, Field
from loudou.forms.models import Form, FormRecord, FormVersion
from loudou.forms.reports.worth import figures, form_load
from loudou.forms.verbs import Filled
from loudou.insight.lens import InsightLens
from loudou.kernel import clock
from loudou.kernel.periods import Grain
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request

DAILY = "F31"
_NEWS = (
    "今天走访的客户订单平稳，没有听到新的扩产计划，价格与上周一样",
    "本地同行在谈一条装配线，报价据说比我们低一成，交期更短",
    "原材料涨价，两家客户把付款往后推，采购会延到下月初再开",
)
_STEPS = ("约技术交流", "送样机参数", "陪同看现场", "报修订方案")


def _field(
    code: str, kind: str, hans: str, hant: str, en: str, *, required: bool = False, **more: object
) -> Field:
    names = {"zh-hans": hans, "zh-hant": hant, "en": en}
    return Field(code, kind, names, {}, required, **more)  # type: ignore[arg-type]


_FIELDS = (
    _field("market", LONG, "市场信息", "市場資訊", "News of the market", required=True),
    _field("competitors", LONG, "竞品动态", "競品動態", "News of competitors"),
    _field("place", PLACE, "到什么地方", "到什麼地方", "Where"),
    _field(
        "mood",
        CHOICE,
        "行情",
        "行情",
        "Mood",
        choices=(
            Choice("up", {"zh-hans": "升温", "zh-hant": "升溫", "en": "warming"}),
            Choice("flat", {"zh-hans": "平稳", "zh-hant": "平穩", "en": "steady"}),
            Choice("down", {"zh-hans": "转冷", "zh-hant": "轉冷", "en": "cooling"}),
        ),
    ),
)


class Paperwork:
    """Tells an evening's forms; the first evening finds the daily report issued that morning."""

    def __init__(self, people: dict[str, User]) -> None:
        self.people = people

    def tell(self, day: date, reps: Sequence[User]) -> None:
        """What everybody fills in that evening, and what superiors read of it."""
        daily = Form.objects.filter(code=DAILY).first() or self._issue(day)
        for place, user in enumerate(reps):
            with clock.at(_at(day, 20, 10) + timedelta(seconds=20 * place)):
                self._report(daily, user, day, place)
        followed = Form.objects.get(code="F06")
        for place, user in enumerate(reps):
            if (place + day.day) % 6 == 0:
                with clock.at(_at(day, 20, 40) + timedelta(seconds=30 * place)):
                    self._follow(followed, user, day)

    def review(self, day: date) -> None:
        """Sales operations ask whether the daily report is worth its time."""
        with clock.at(_at(day, 20, 58)):
            company = organisation()
            quarter = company.fiscal.of(company.today, Grain.QUARTER)
            lens = InsightLens.read({"period": company.fiscal.name(quarter)}, None)
            for row in form_load(lens).rows:
                if row.form.code == DAILY:
                    verbs.open_review(
                        row.form,
                        period=quarter,
                        figures=figures(row),
                        verdicts=row.verdicts,
                        merge_with=row.into,
                        by=self.people["linjing"],
                    )

    def _issue(self, day: date) -> Form:
        wants = self.people["shiyun"]
        with clock.at(_at(day, 8, 50)):
            names = {"zh-hans": "市场信息日报", "zh-hant": "市場資訊日報", "en": "Daily market report"}
            purpose = {
                "zh-hans": "总部每天了解各地行情",
                "zh-hant": "總部每天了解各地行情",
                "en": "The market, every day",
            }
            version = verbs.propose_form(code=DAILY, names=names, purpose=purpose, fields=_FIELDS, by=wants)
            version = verbs.justify(
                version,
                decision={
                    "zh-hans": "市场活动投在哪里",
                    "zh-hant": "行銷活動投在哪裡",
                    "en": "Where to campaign",
                },
                readers=["marketing", "director"],
                fillers=["rep"],
                minutes=Decimal(6),
                times=1,
                period="day",
                reason="市场部要每天看到各地行情",
                by=wants,
            )
            verbs.ask_approval(version, by=wants)
        for minute, request in enumerate(Request.objects.about(version).waiting().order_by("act")):
            signer = self.people["linjing" if request.act == "forms.owner" else "hezong"]
            words = "字段少，先试一个季度，看有没有人看" if minute else "同意试行，季度末按浪费率决定去留"
            with clock.at(_at(day, 8, 52 + minute)):
                verbs.confirm_form(request, opinion=words, by=signer)
        with clock.at(_at(day, 8, 58)):
            return verbs.issue(FormVersion.objects.get(pk=version.pk), by=self.people["linjing"])

    def _report(self, form: Form, user: User, day: date, place: int) -> None:
        """Some write something of their own; others send what they sent the day before."""
        copies = place % 3 == 0
        news = (
            _NEWS[place % 3]
            if copies
            else f"{day:%m月%d日}{user.name}：{_NEWS[(place + day.day) % 3][: 14 + place % 9]}"
        )
        begun = clock.now() - timedelta(minutes=9 + place % 7)
        made = verbs.fill_form(form, Filled({"market": news, "mood": "flat"}, begun), by=user)
        if place % 9 == 0:
            with clock.at(clock.now() + timedelta(minutes=20)):
                verbs.read_record(made, by=self.people["shiyun"])

    def _follow(self, form: Form, user: User, day: date) -> None:
        customer = Customer.objects.current().filter(owner=user).order_by("-touched_at").first()
        if customer is None:
            return
        step = _STEPS[(day.day + user.pk) % len(_STEPS)]
        said = {
            "customer": customer,
            "trigger": "按接触计划回访",
            "content": f"{day:%m月%d日}与{customer.name}谈了进度，对方要求{step}",
            "reached": ["ub", "tb"],
            "next_step": step,
            "next_on": (organisation().today + timedelta(days=5)).isoformat(),
        }
        made = verbs.fill_form(form, Filled(said, clock.now() - timedelta(minutes=4)), by=user)
        manager = user.manager
        if manager is not None and manager.is_active:
            with clock.at(clock.now() + timedelta(minutes=3)):
                self._read(made, manager, step)

    def _read(self, made: FormRecord, manager: User, step: str) -> None:
        verbs.read_record(made, by=manager)
        if made.pk % 2:
            verbs.use_record(made, use="coaching", note=f"和本人过了一遍，先{step}", by=manager)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
