"""Managers' days in the market: some go every week, some hardly ever, and what they bring back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from loudou.demo import extras
from loudou.demo.happenings.setting import Setting, Told, customers_of, present, unit_named
from loudou.market import verbs
from loudou.people.models import User

WEEKS = 9
# Every how many weeks each goes, and on which day of the week.
_WAYS = {
    **{"wumin": (1, 2), "linfan": (1, 3), "hanxue": (1, 1), "liuyang": (2, 3), "chengang": (4, 2)},
    **{"heli": (2, 4), "gaofeng": (3, 2), "songjia": (6, 1), "hezong": (6, 3)},
}
_HEARD = (
    "订单排到明年一季度，缺的是熟练工，愿意看自动上下料。",
    "今年技改预算批下来了，要先上一条示范线。",
    "对我方服务响应满意，希望备件放一套在厂里。",
    "环保检查压力大，清洗线要换成闭式。",
    "老板想把三条老线并成一条，问有没有同行做过。",
)
_RIVALS = (
    "{rival}上月来过两次，方案做得很细，交期报得比我方短。",
    "{rival}正在给隔壁厂调试，售后口碑一般。",
    "没有听到新对手，{rival}还在跟设备科谈维保。",
)
_PRICES = (
    "同类工作站对手报 38 万元，比我方低约 8%。",
    "客户说付款三七开可以谈，总价要再让 5 万元。",
    "",
    "备件价格偏高，客户拿别家比，便宜一成半。",
)
_LEARNED = (
    "客户真正怕的是停线，不是价格；方案要先讲切换怎么不停产。",
    "拍板的人换成了生产副总，报价前要先见他。",
    "同行样板比十份方案管用，下月组织一次参观。",
)
_FOLLOWS = ("让售前下周去测节拍", "把切换方案补进报价", "约生产副总月底见面", "备件寄售的事交服务部回话")


def happenings(setting: Setting) -> Iterator[Told]:
    """A walk a turn, told the same evening."""
    for week, days in enumerate(setting.weeks(WEEKS)):
        for place, (name, (every, weekday)) in enumerate(_WAYS.items()):
            if (week + place) % every == 0:
                day = next((day for day in days if day.weekday() >= weekday), days[-1])
                at = setting.on(day, 18.1 + place / 20)
                yield at, partial(_walk, setting, setting.people[name], day, week + place)


def _walk(setting: Setting, owner: User, day: date, turn: int) -> None:
    units = unit_named(owner.unit.code) if owner.unit is not None else None
    reps = [
        user
        for user in sorted(setting.people.values(), key=lambda user: user.username)
        if "rep" in user.roles
        and user.unit is not None
        and units is not None
        and user.unit.path.startswith(units.path)
        and present(user, day)
    ]
    beside = reps[turn % len(reps)]
    customers = customers_of(beside, 2 + turn % 2, turn)
    met = [
        verbs.Met(
            customer=customer,
            persons=_person(place + turn),
            heard=_HEARD[(turn + place) % len(_HEARD)],
            competitors=_RIVALS[(turn + place) % 3].format(
                rival=extras.RIVALS[(turn + place) % len(extras.RIVALS)]
            ),
            prices=_PRICES[(turn + place) % len(_PRICES)],
        )
        for place, customer in enumerate(customers)
    ]
    if met:
        verbs.record_walk(
            owner,
            day=day,
            met=met,
            area=customers[0].region,
            beside=beside,
            learned=_LEARNED[turn % len(_LEARNED)],
            follows=_FOLLOWS[turn % len(_FOLLOWS)],
            by=owner,
        )


def _person(turn: int) -> str:
    return f"{extras.SURNAMES[turn * 7 % len(extras.SURNAMES)]}{('总', '部长', '主任', '科长')[turn % 4]}"
