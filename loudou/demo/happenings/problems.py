"""Problems on the register: causes that come again until a rule is written, exceptions, some still on their way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from loudou.daylog.models import Item
from loudou.demo.happenings.setting import A_DAY, Setting, Told, deal_of
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.problems import verbs
from loudou.problems.models import Cause, Problem, Rule
from loudou.warnings.models import EarlyWarning

HASTE = "交期未经生产确认就承诺"
FIXTURES = "报价漏算夹具与耗材"
FAREWELL = "联系人变动没有交接"
EXCEPTION, ROUTINE = "exception", "routine"
# How many days after it was registered each step is taken.
_AT_ONCE, _FOUND, _CLASSED, _CLOSED = 1, 3, 6, 14


@dataclass(frozen=True)
class Case:
    """A problem as the demo tells it: how many days before the end it is registered, and how far it gets."""

    back: int
    owner: str
    area: str
    title: str
    what: str
    containment: str = ""
    cause: str = ""
    analysis: str = ""
    kind: str = ""
    reason: str = ""
    finding: str = ""


_CASES = (
    Case(156, "sunqiang", "delivery", "装配线交期一拖再拖", "合同写 16 周，生产排产 22 周，客户要求书面说明。", "总经理致函客户，先发样机两台顶产。", HASTE, "查合同评审单：销售未等生产会签就写了交期。", EXCEPTION, "头一回，按例外处理", "客户接受新交期，书面回函已归档。"),
    Case(137, "linxue", "delivery", "检测台到货晚了五周", "客户产线等设备，停线索赔 8 万元。", "借展厅样机先装，客户恢复生产。", HASTE, "口头答应年中交货，没有问排产。", EXCEPTION, "涉及另一条产线", "索赔谈到 3 万元，客户签了谅解备忘。"),
    Case(118, "chenwei", "delivery", "机器人工作站缺关键件", "进口减速机要等 14 周，报价时写的是 8 周。", "协调库存备件，先交一套。", HASTE, "三起都出在报价到合同评审之间：没有生产的书面确认。", ROUTINE, "九十天内第三次", "抽查十份合同，交期都有生产会签。"),
    Case(52, "hejun", "delivery", "二期交期与一期冲突", "同一客户两期设备撞在同一个月。", "与客户商定分批发货。", HASTE, "会签做了，但没看同客户在手订单。", ROUTINE, "同一起因，规定已在执行", "分批发货计划客户已签字。"),
    Case(83, "zhangwei", "price", "夹具没有进报价", "中标后才发现夹具 18 万元没有列入。", "向客户说明并申请补充协议。", FIXTURES, "报价模板没有夹具这一行。", EXCEPTION, "单个项目", "补充协议签了一半金额，其余列为售前成本。"),
    Case(57, "liangbo", "price", "耗材按零报价", "首年耗材写成赠送，毛利少四个点。", "与客户改签备件包。", FIXTURES, "沿用旧模板，没有复核。", EXCEPTION, "沿用旧模板", "备件包合同已签。"),
    Case(34, "zhoukai", "price", "工装费用漏报", "六轴焊接站工装 9 万元漏报。", "暂停发出报价，重新核算。", FIXTURES, "三份报价单比对，缺的都是同一行。", ROUTINE, "九十天内第三次", "新模板下的二十份报价逐份核过。"),
    Case(71, "zhaomin", "relation", "设备科长调走，没人认账", "口头谈定的技术条款新科长不认。", "连夜补发会议纪要请双方确认。", FAREWELL, "纪要没有请客户签收。", EXCEPTION, "头一回", "新科长签收了全部纪要。"),
    Case(44, "dongjie", "relation", "采购换人后重新比价", "新采购经理要求三家重新报价。", "请对方技术部门出具已定型的说明。", FAREWELL, "换人前一个月没有联系，消息晚了三周。", EXCEPTION, "客户内部调整", "重新比价后仍是我方第一。"),
    Case(20, "yexin", "relation", "总工退休，样板参观取消", "参观由总工牵头，退休后没人接。", "请副总另定日期。", FAREWELL, "三起都是联系人变动后没有在两周内上门。", ROUTINE, "九十天内第三次，需要立规"),
    Case(26, "jiangtao", "service", "雷雨损坏控制柜", "客户厂区雷击，控制柜两块板烧毁。", "备件当天发出，工程师驻场两天。", "自然灾害", "当地气象记录与现场照片相符。", EXCEPTION, "不可预见", "设备恢复运行，客户签了服务单。"),
    Case(13, "qinlan", "product", "镀膜单元节拍不达标", "验收节拍 42 秒，实测 47 秒。", "调整取放顺序，先到 44 秒。", "节拍测算未含换料时间", "现场录像逐帧比对。"),
    Case(6, "lina", "process", "盖章件寄错地址", "合同原件寄到客户旧厂。", "快递追回，改派新厂。"),
    Case(2, "panhong", "price", "渠道商之间串货压价", "经销商向区外客户报价低了 6%。"),
)  # fmt: skip


@dataclass(frozen=True)
class Against:
    """A rule as it is written against a cause."""

    cause: str
    title: str
    applies_to: str
    content: str
    procedure: str
    evidence: str


_RULES = (
    (
        108,
        Against(
            HASTE,
            "交期会签规定",
            "所有报价单与合同",
            "书面承诺交期之前，必须有生产计划的会签；同一客户有在手订单的，一并核对。",
            "销售在合同评审单上填交期 → 生产计划两个工作日内会签 → 区域负责人复核。",
            "每月抽查十份合同，看会签日期早于报价日期",
        ),
    ),
    (
        24,
        Against(
            FIXTURES,
            "报价单必列夹具与耗材",
            "所有带工装的设备",
            "报价模板的夹具、耗材两行不得留空；确实不需要的，写明理由。",
            "售前填报 → 财务核价 → 部门经理签。",
            "每周由销售运营核对当周报价单",
        ),
    ),
)


def happenings(setting: Setting) -> Iterator[Told]:
    """Every step of every case, the rules, and a rule's review."""
    for case in _CASES:
        yield setting.at(case.back, 10.2), partial(_register, setting, case)
        steps = (
            (_AT_ONCE, case.containment, _contain),
            (_FOUND, case.cause, _find_cause),
            (_CLASSED, case.kind, _classify),
            (_CLOSED, case.finding, _close),
        )
        for days, said, step in steps:
            if said and days <= case.back:
                yield setting.at(case.back - days, 15.4 + days / 20), partial(step, setting, case)
    for back, against in _RULES:
        yield setting.at(back, 9.5), partial(_write, setting, against)
    yield setting.at(12, 16.2), partial(_review, setting)
    yield setting.at(1, 17.4), partial(_from_a_warning, setting)
    yield setting.at(0, 9.3), partial(_from_an_item, setting)


def _register(setting: Setting, case: Case) -> None:
    owner = setting.people[case.owner]
    deal = deal_of(owner, case.back)
    verbs.register(title=case.title, what=case.what, area=case.area, deal=deal, by=owner)


def _contain(setting: Setting, case: Case) -> None:
    verbs.contain(_problem(case), containment=case.containment, by=setting.people[case.owner])


def _find_cause(setting: Setting, case: Case) -> None:
    verbs.find_cause(_problem(case), cause=case.cause, analysis=case.analysis, by=setting.people[case.owner])


def _classify(setting: Setting, case: Case) -> None:
    verbs.classify(_problem(case), kind=case.kind, reason=case.reason, by=_superior(setting, case))


def _close(setting: Setting, case: Case) -> None:
    verbs.close_problem(_problem(case), finding=case.finding, by=_superior(setting, case))


def _write(setting: Setting, against: Against) -> None:
    today, desk = organisation().today, setting.people["linjing"]
    verbs.write_rule(
        Cause.objects.get(name=against.cause),
        title=against.title,
        applies_to=against.applies_to,
        content=against.content,
        procedure=against.procedure,
        evidence=against.evidence,
        owner=desk,
        effective_on=today,
        review_on=today + 180 * A_DAY,
        by=desk,
    )


def _review(setting: Setting) -> None:
    verbs.review_rule(
        Rule.objects.current().get(cause__name=HASTE),
        finding="执行一季度，同类问题从三起降到一起；补一条核对在手订单。",
        review_on=organisation().today + 90 * A_DAY,
        by=setting.people["linjing"],
    )


def _from_a_warning(setting: Setting) -> None:
    """One that grew out of an early warning nobody answered."""
    warning = (
        EarlyWarning.objects.waiting().filter(deal__owner__manager__username="wumin").order_by("pk").first()
    )
    if warning is not None:
        verbs.register(
            title="预警三周没有人处理",
            what="商机停滞的预警连提三次，负责人没有回应，客户也没有再联系。",
            area="process",
            warning=warning,
            by=setting.people["wumin"],
            owner=warning.deal.owner,
        )


def _from_an_item(setting: Setting) -> None:
    """One that grew out of what somebody meant to do and did not."""
    item = Item.objects.exclude(cause="").filter(user__is_active=True).order_by("pk").first()
    if item is not None:
        verbs.register(
            title="计划事项一再改期",
            what=f"“{item.text}”没有按日完成：{item.cause}。",
            area="process",
            item=item,
            by=item.user,
        )


def _problem(case: Case) -> Problem:
    return Problem.objects.get(title=case.title, owner__username=case.owner)


def _superior(setting: Setting, case: Case) -> User:
    superior = setting.people[case.owner].manager
    assert superior is not None
    return superior
