"""Reports of the last month and debriefs of the last quarter: handed in, read, sent back, still being written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from loudou.demo.happenings.setting import Setting, Told, unit_named
from loudou.demo.opinions import fresh
from loudou.kernel.periods import Fiscal, Grain, Period, add_months
from loudou.people.models import User
from loudou.reviews import verbs
from loudou.reviews.models import Pack
from loudou.signoff.models import Request

REPORT, DUTY = Pack.Kind.REPORT, Pack.Kind.DUTY
READ, WAITING, RETURNED = "read", "waiting", "returned"


@dataclass(frozen=True)
class Written:
    """Who writes of what (a unit, or themselves), and what becomes of it."""

    owner: str
    kind: str
    about: str = ""
    fate: str = READ


_MONTHLY = (
    Written("wumin", REPORT, "D1"),
    Written("liuyang", REPORT, "D2", RETURNED),
    Written("linfan", REPORT, "S1", WAITING),
    Written("chenan", REPORT),
    Written("lina", REPORT),
    Written("zhangwei", REPORT, fate=WAITING),
)
_QUARTERLY = (Written("heli", DUTY, "CENTER"), Written("wumin", DUTY, "D1"), Written("lina", DUTY))
_CAUSES = (
    "签约集中在月末两天，前半月客户内部会议多；丢掉的两单都在价格。",
    "新客户来得少，三月前的展会线索已经用完；老客户扩产补上一部分。",
    "大单推迟一个月，客户预算要过董事会；小单节奏正常。",
)
_LESSONS = (
    "评分办法要在方案阶段就拿到，等招标文件出来已经晚了。",
    "超期的单早一周上门，比催十次电话管用。",
    "毛利守住的几单，都是先谈停线损失再谈价格。",
)
_HELP = ("请售前每周留出一天到现场测节拍", "付款三七开需要财务给一个底线", "")
_PLANS = (
    "盯住月底要签的五单，逐单见决策人；每人每周两家新客户。",
    "验证阶段补十个新机会，以食品机械与阀门行业为主。",
    "把超期的单清一遍，该退的退，预计日期不再往后拖。",
)
_OPINIONS = (
    "{who}{month}写得实在，原因找对了；新客户的计划要落到周。",
    "{month}的数字我对过了，{who}下期把丢单的教训单列一段。",
    "{who}{month}之后的计划可行，月中先看一次超期清单。",
)
_SENT_BACK = "原因只写了客户，没写我们自己哪里慢了，请{who}补上"
_MENDED = "报价平均用了九天，内部核价占了五天；已和财务商定三天回价。"


def happenings(setting: Setting) -> Iterator[Told]:
    """What is written in the first days of a month and of a quarter; one of the running month is begun."""
    fiscal, this_month = Fiscal(), setting.until.replace(day=1)
    month = fiscal.of(add_months(this_month, -1), Grain.MONTH)
    quarter = fiscal.of(add_months(fiscal.of(setting.until, Grain.QUARTER).start, -1), Grain.QUARTER)
    for period, packs in ((month, _MONTHLY), (quarter, _QUARTERLY)):
        for place, written in enumerate(packs):
            yield from _life(setting, written, period, place)
    evening = setting.at(1, 17.2)
    begun = fiscal.of(evening.date(), Grain.MONTH)
    yield evening, partial(_open, setting, Written("zhoukai", REPORT), begun)


def _life(setting: Setting, written: Written, period: Period, place: int) -> Iterator[Told]:
    first = setting.calendar.add(period.end, 1)

    def on(days: int, hour: float) -> datetime:
        return setting.on(setting.calendar.add(first, days), hour + place / 20)

    yield on(0, 16.3), partial(_hand_in, setting, written, period, place)
    if written.fate == RETURNED:
        yield on(1, 10.1), partial(_send_back, setting, written, period)
        yield on(2, 9.4), partial(_mend, setting, written, period)
    if written.fate != WAITING:
        yield on(3, 11.2), partial(_read, setting, written, period, place)


def _open(setting: Setting, written: Written, period: Period) -> Pack:
    about = unit_named(written.about) if written.about else None
    return verbs.open_pack(written.kind, period=period, about=about, by=setting.people[written.owner])


def _hand_in(setting: Setting, written: Written, period: Period, place: int) -> None:
    owner = setting.people[written.owner]
    pack = verbs.write_pack(
        _open(setting, written, period),
        causes=_CAUSES[place % 3],
        lessons=_LESSONS[place % 3],
        help_needed=_HELP[place % 3],
        plan=_PLANS[place % 3],
        by=owner,
    )
    verbs.hand_in(pack, by=owner)


def _send_back(setting: Setting, written: Written, period: Period) -> None:
    request, signer = _asked(setting, written, period)
    verbs.refuse_pack(request, opinion=_SENT_BACK.format(who=setting.people[written.owner].name), by=signer)


def _mend(setting: Setting, written: Written, period: Period) -> None:
    owner = setting.people[written.owner]
    pack = _open(setting, written, period)
    verbs.hand_in(verbs.write_pack(pack, causes=f"{pack.causes}\n{_MENDED}", by=owner), by=owner)


def _read(setting: Setting, written: Written, period: Period, place: int) -> None:
    request, signer = _asked(setting, written, period)
    facts = {"who": setting.people[written.owner].name, "month": f"{period.start.month}月"}
    wordings = [words.format(**facts) for words in _OPINIONS]
    verbs.confirm_pack(request, opinion=fresh(signer, wordings, place), by=signer)


def _asked(setting: Setting, written: Written, period: Period) -> tuple[Request, User]:
    request = Request.objects.about(_open(setting, written, period)).waiting().select_related("signer").get()
    assert request.signer is not None
    return request, request.signer
