"""How the sellers of the demo company are: a star, a slump, a stale pipeline, a quarter-end rush, hidden deals, a leaver."""

from __future__ import annotations

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


ORDINARY = Temper()
TEMPERS = {
    "lina": Temper(skill=1.9, pace=0.75, care=0.98, deals=2.0),  # the star
    "zhangwei": Temper(skill=1.2, slump_from=11, care=0.8),  # the slump
    "zhoukai": Temper(neglect_from=9, care=0.45, pace=1.2, deals=1.6),  # the stale pipeline
    "sunqiang": Temper(rush=True, care=0.8, hopes=1.6),  # the quarter-end rush
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


# What a superior makes of what is not won yet in the roll-up, and why. The others hand it on as it is.
ADJUSTS = {
    "liuyang": (1.35, "还有几单在谈，客户口头答应本月签"),  # forecasts too much
    "wumin": (0.95, "两单合同流程偏慢，按经验打折"),
    "heli": (0.85, "按近三个月达成打折"),
}


# What is said by a superior whose people were overtaken by what they won since they handed in.
JUST_WON = "下级报数之后又签下一单，按已赢单计"


def likely(says: Says) -> Decimal:
    """What people think will come of what is open and due: the surer its category, the more of it."""
    return says.commit + says.most_likely * Decimal("0.7") + says.best_case / 2


def temper(username: str) -> Temper:
    """A seller's temper; most are ordinary."""
    return TEMPERS.get(username, ORDINARY)


def expects(username: str, level: str, says: Says, base: Decimal) -> tuple[Decimal, str]:
    """What somebody hands in, and why: what is won, and what they make of the rest, in whole ten thousands.

    `base` is what those below handed in.
    """
    if level == "rep":
        rest, factor, reason = likely(says), temper(username).hopes, ""
    else:
        rest, (factor, reason) = base - says.closed, ADJUSTS.get(username, (1, ""))
    if rest < 0:
        return rounded(says.closed), JUST_WON
    if factor == 1:
        return rounded(says.closed + rest), reason
    return rounded(says.closed + rounded(rest * Decimal(str(factor)) / STEP, Decimal(1)) * STEP), reason
