"""What is decided about the numbers themselves: by which success rates to forecast, from when on a deal is odd, which deals
managers count on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from loudou.demo.happenings.setting import Setting, Told
from loudou.forecasts.models import Submission
from loudou.forecasts.queries import period_of, terms, to_judge
from loudou.forecasts.verbs import judge, reopen
from loudou.insight.verbs import choose_rates
from loudou.odds.figures.scores import ENOUGH
from loudou.odds.queries import countable
from loudou.odds.verbs import ask_lesson
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel
from loudou.pipeline.verbs import set_thresholds

JUDGES = ("wumin", "liuyang", "heli")
WEEKS = 3
MOST = 5  # deals a judge says a word on each week
_AHEAD = timedelta(days=21)  # the month they talk about on a Monday
_IN = ("客户采购已确认交期", "合同在对方法务，条款没有分歧", "定金流程已走到财务")
_OUT = ("决策人没见到，不敢算进来", "对手还在报价，先不算", "技改立项没有批下来")


def happenings(setting: Setting) -> Iterator[Told]:
    """The rates and thresholds in the last two months, a lesson in the last days, judgements on the last Mondays; in
    the end the director's number is open again, to be handed in and locked anew.
    """
    linjing = setting.people["linjing"]
    yield setting.at(60, 16.4), partial(_rates, linjing)
    yield setting.at(45, 11.1), partial(set_thresholds, by=linjing, again_days=5)
    yield setting.at(3, 15.7), partial(_learn, linjing)
    for week, days in enumerate(setting.weeks(WEEKS)):
        for name in JUDGES:
            yield setting.on(days[0], 10.2), partial(_judge, setting.people[name], week)
    yield setting.at(1, 17.6), partial(_reopen, setting.people["heli"], setting.people["hezong"])


def _rates(by: User) -> None:
    funnel = Funnel.objects.get(code="b2b")
    choose_rates(funnel, calibrated=True, reason="校准后的布里尔分数更小，配置的成功率偏保守", by=by)


def _learn(by: User) -> None:
    """The win probability of the funnel's deals, once enough of them are closed; a worker learns it."""
    funnel = Funnel.objects.get(code="b2b")
    if countable(funnel) >= ENOUGH:
        ask_lesson(funnel, by=by)


def _judge(judge_of: User, week: int) -> None:
    company = organisation()
    period = period_of(company.today + _AHEAD, company.fiscal, terms())
    deals = to_judge(judge_of, period, company.today).order_by("-base_amount", "pk")[:MOST]
    for place, deal in enumerate(deals):
        turn = place + week
        verdict, reasons = ("out", _OUT) if turn % 3 == 2 else ("in", _IN)
        judge([deal], period=period, verdict=verdict, reason=reasons[turn % 3], by=judge_of)


def _reopen(whose: User, by: User) -> None:
    """What was locked for this month is far from what the funnel says by now; nothing where nothing is locked yet."""
    company = organisation()
    period = period_of(company.today, company.fiscal, terms())
    official = Submission.objects.of(period).filter(user=whose, void_at=None).exclude(locked_at=None).first()
    if official is not None:
        reopen(official, reason="月初锁定后连赢几单，与现在的漏斗相差太大，请重报", by=by)
