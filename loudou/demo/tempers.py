"""How the sellers of the demo company are: a star, a slump, a stale pipeline, a quarter-end rush, hidden deals, a leaver."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from loudou.forecasts.says import Says
from loudou.kernel.numbers import rounded

STEP = 10_000  # in which people think of what is not won yet


@dataclass(frozen=True)
class Temper:
    """One seller's ways. Months count from the story's beginning, 0 the first.

    `skill` multiplies the odds of going on, `pace` the days spent, `care` is the share of next steps and dates kept in
    order, `deals` how many are opened a month.
    """

    skill: float = 1.0
    pace: float = 1.0
    care: float = 0.85
    deals: float = 1.0
    hopes: float = 1.0  # what is forecast for each yuan that is thought likely
    rush: bool = False  # closes in the last days of a quarter
    hides: bool = False  # registers deals when they are sure
    slump_from: int | None = None
    neglect_from: int | None = None
    joins: int = 0
    leaves: int | None = None

    @property
    def carries(self) -> float:
        """How much they are trusted to sell beside an ordinary colleague."""
        return (0.5 + 0.5 * self.deals) * min(max(self.skill, 0.8), 1.4)


ORDINARY = Temper()
TEMPERS = {
    "lina": Temper(skill=1.9, pace=0.75, care=0.98, deals=2.0),  # the star
    "zhangwei": Temper(skill=1.2, slump_from=11, care=0.8),  # the slump
    "zhoukai": Temper(neglect_from=9, care=0.45, pace=1.2, deals=1.6),  # the stale pipeline
    "sunqiang": Temper(rush=True, care=0.8, hopes=1.4),  # the quarter-end rush
    "zhaomin": Temper(skill=1.1, care=0.9),  # will lose the whale
    "masong": Temper(hides=True, skill=1.3, deals=1.2, hopes=0.6),  # hides deals
    "huanglei": Temper(skill=0.9, leaves=11),  # the leaver
    "fanglin": Temper(skill=0.7, pace=1.3, joins=10, deals=1.2),  # the newcomer
    "chenan": Temper(skill=1.25, care=0.95, deals=1.6),
    "linxue": Temper(skill=1.3, care=0.9),
    "wuqiong": Temper(skill=0.8, care=0.7),
    "chenwei": Temper(skill=1.4, care=0.92, deals=1.6),
    "yexin": Temper(skill=0.75, care=0.6),
    "qinlan": Temper(skill=1.35, care=0.9),
    "jiangtao": Temper(skill=0.7, pace=1.25, care=0.65),
}
# How many working days a superior takes to sign.
SIGNING_DAYS = {"wumin": 0.3, "liuyang": 0.6, "chengang": 1.7, "linfan": 0.5, "hanxue": 0.9, "heli": 1.0}


@dataclass(frozen=True)
class Adjusting:
    """What a superior makes of what is not won yet in the roll-up, and why.

    `knows` is how much of the way they come to what will be won, having asked deal by deal; `factor` what they add or
    take off by habit.
    """

    knows: float
    factor: float
    reason: str


# The others hand the roll-up on as it is.
ADJUSTS = {
    "wumin": Adjusting(0.7, 1, "逐单问过客户的付款审批，按本月真能签的算"),
    "liuyang": Adjusting(0, 1.3, "还有几单在谈，客户口头答应本月签"),  # forecasts too much
    "chengang": Adjusting(0, 0.7, "渠道的单没盖章先不算，留些余地"),  # too little
    "hanxue": Adjusting(0.3, 1, "两单的技术协议未签，按经验扣减"),
    "heli": Adjusting(0.6, 1, "二部历来偏高、渠道部偏低，按近三个月达成修正"),
    "songjia": Adjusting(0, 0.9, "北方客户月底付款慢，打九折"),
}


# What is said by a superior whose people were overtaken by what they won since they handed in.
JUST_WON = "下级报数之后又签下一单，按已赢单计"
_HOPEFUL = 0.06  # how often one who has nothing to come counts on something all the same


@dataclass(frozen=True)
class Coming:
    """What somebody will still win in a month of what is open, and whether they think too much of it this time."""

    worth: Decimal = Decimal()
    over: bool = False


def foreseen(username: str, month: str, coming: Coming, says: Says) -> Decimal:
    """What somebody thinks they will still win: the careful come near what they will, others overlook a deal now and
    then; and of nothing some hope for something all the same.
    """
    own, ways = random.Random(f"{username}:{month}"), temper(username)  # noqa: S311 - a story, not a secret
    if not coming.worth:
        return likely(says) / 3 if own.random() < _HOPEFUL else Decimal()
    wide = abs(own.gauss(0, 0.12 + 0.6 * (1 - ways.care)))
    factor = 1 + wide if coming.over else 1 - wide
    if not coming.over and own.random() < 1 - ways.care:
        factor *= 0.6
    return coming.worth * Decimal(str(max(factor, 0.3) * ways.hopes))


def likely(says: Says) -> Decimal:
    """What the funnel promises of what is open and due: the surer its category, the more of it."""
    return says.commit + says.most_likely * Decimal("0.7") + says.best_case / 2


def temper(username: str) -> Temper:
    """A seller's temper; most are ordinary."""
    return TEMPERS.get(username, ORDINARY)


def expects(
    username: str, level: str, month: str, says: Says, base: Decimal, coming: Coming
) -> tuple[Decimal, str]:
    """What somebody hands in, and why: what is won, and what they make of the rest, in whole ten thousands.

    `base` is what those below handed in, `coming` what the month will bring of what is open by now.
    """
    if level == "rep":
        return _with(says.closed, foreseen(username, month, coming, says)), ""
    rest, way = base - says.closed, ADJUSTS.get(username)
    if rest < 0:
        return rounded(says.closed), JUST_WON
    if way is None:
        return rounded(base), ""
    asked = rest + (coming.worth - rest) * Decimal(str(way.knows))
    return _with(says.closed, asked * Decimal(str(way.factor))), way.reason


def _with(won: Decimal, rest: Decimal) -> Decimal:
    return rounded(won + rounded(rest / STEP, Decimal(1)) * STEP)
