"""Mondays on which people say of their deals due soon whether they count on them (forecast categories, M21)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from loudou.demo.happenings.setting import Setting, Told
from loudou.demo.tempers import temper
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.pipeline.models.funnel import Category

WEEKS = 6
MOST = 12  # deals a week that are judged otherwise than their stage says
_SOON = timedelta(days=40)
_SURE = ("合同条款已定，只等盖章", "分管副总口头确认，周三上会", "定金已到账，正式合同走流程")
_LIKELY = ("技术已通过，价格还差一轮", "客户要求月底前定，只剩我方一家", "评标排名第一，公示期内")
_DOUBTFUL = ("预算被压到下季度", "对手报了低价，客户在犹豫", "拍板的人出国，月内回不来")


def happenings(setting: Setting) -> Iterator[Told]:
    """Every Monday before the forecasts are handed in."""
    for week, days in enumerate(setting.weeks(WEEKS)):
        yield setting.on(days[0], 9.6), partial(_judge, week)


def _judge(week: int) -> None:
    today = organisation().today
    due = Deal.objects.open().filter(expected_on__gte=today, expected_on__lt=today + _SOON, category="")
    deals = due.filter(owner__is_active=True).select_related("owner", "spec").order_by("-base_amount", "pk")
    for place, deal in enumerate(deals[:MOST]):
        turn = deal.pk + week
        careful = temper(deal.owner.username).care >= 0.8
        if turn % 3 == 0:
            category, reasons = Category.MOST_LIKELY, _LIKELY
        elif turn % 3 == 1 and (careful or place % 2):
            category, reasons = Category.COMMIT, _SURE
        else:
            category, reasons = (Category.BEST_CASE, _LIKELY) if careful else (Category.OMITTED, _DOUBTFUL)
        if category != deal.spec.category:
            verbs.edit(deal, category=category, reason=reasons[turn % 3], by=deal.owner)
