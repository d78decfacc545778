"""Phone records (F13): who rang the desk and the sellers, what was answered, who called back and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from loudou.customers.models import Contact
from loudou.demo.happenings.setting import Setting, Told, customers_of, present
from loudou.fieldwork import verbs
from loudou.fieldwork.models import PhoneCall
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.tasks.verbs import finish_task

WEEKS = 5
_ANSWERED = (
    ("问上周的报价含不含运费和安装", "含到厂运费，安装调试另列一行，已把报价单第二页指给对方看"),
    ("设备报警停机，代码 E-207", "请对方先复位气源再重启，五分钟后回电说已恢复"),
    ("要产品样册和同行业案例", "样册当场发到对方邮箱，案例名单等业务员确认后再给"),
    ("改约周四的技术交流到下午两点", "已同意，售前那边一并通知"),
)
_TO_FOLLOW = (
    ("催增值税发票，财务说还没收到", "发票已重开，顺丰单号发给对方"),
    ("备件断货，要两套气缸密封圈，越快越好", "从样机上先拆一套，今晚到，另一套下周一到"),
    ("对合同第七条验收期有意见，想改成三十天", "法务同意改为三十天，补充协议已发出"),
    ("客户说总经理下周来考察，要安排接待", "行程排好，周三上午看车间、下午座谈"),
)
_STRANGERS = (
    ("一位姓黄的先生", "从展会上看到我们，想了解自动上下料，约二十台机床"),
    ("绍兴一家纺机厂的采购", "比价，问单工位多少钱、多久交货"),
    ("自称设计院的工程师", "要选型手册做方案，没有说是哪家业主"),
)
_COLLEAGUES = (
    ("客户临时要授权书原件，今天就要", "已让行政盖章，扫描件先发，原件走闪送"),
    ("在客户现场，对方问能不能分三期付款", "可以，首期不低于三成，按模板出方案"),
)


def happenings(setting: Setting) -> Iterator[Told]:
    """Three calls a working day: one to the desk, one to a seller, one from a stranger or a colleague in turn."""
    sellers = sorted(
        (user for user in setting.people.values() if "rep" in user.roles), key=lambda user: user.username
    )
    desk = setting.people["wangfang"]
    days = [day for week in setting.weeks(WEEKS) for day in week]
    for turn, day in enumerate(days):
        user, other = sellers[turn * 5 % len(sellers)], sellers[(turn * 5 + 2) % len(sellers)]
        yield setting.on(day, 9.4 + turn % 5 / 4), partial(_to_desk, desk, user, turn)
        yield setting.on(day, 14.2 + turn % 4 / 3), partial(_to_seller, other, turn)
        if turn % 3 == 0:
            yield setting.on(day, 16.1), partial(_from_stranger, desk, other, turn)
        if turn % 4 == 1:
            yield setting.on(day, 11.7), partial(_from_colleague, desk, user, turn)
        if turn:
            yield setting.on(day, 15.6), partial(_call_back, day)


def _to_desk(desk: User, owner: User, turn: int) -> None:
    """A customer rings the house; whoever looks after them calls back."""
    matter, _result = _TO_FOLLOW[turn % len(_TO_FOLLOW)]
    _note(desk, _somebody_of(owner, turn), matter=matter, owner=owner, minutes=2 + turn % 4)


def _to_seller(user: User, turn: int) -> None:
    matter, reply = _ANSWERED[turn % len(_ANSWERED)]
    _note(user, _somebody_of(user, turn + 1), matter=matter, reply=reply, minutes=3 + turn % 9)


def _note(taker: User, contact: Contact | None, **said: Any) -> None:
    owner = said.get("owner", taker)
    today = organisation().today
    if contact is not None and present(taker, today) and present(owner, today):
        verbs.take_call(customer=contact.customer, name=contact.name, phone=contact.phone, by=taker, **said)


def _from_stranger(desk: User, owner: User, turn: int) -> None:
    name, matter = _STRANGERS[turn % len(_STRANGERS)]
    if present(owner, organisation().today):
        phone = f"1370574{turn:04d}"
        verbs.take_call(name=name, phone=phone, matter=matter, owner=owner, minutes=4, by=desk)


def _from_colleague(desk: User, user: User, turn: int) -> None:
    matter, reply = _COLLEAGUES[turn % len(_COLLEAGUES)]
    if present(user, organisation().today):
        verbs.take_call(colleague=user, matter=matter, reply=reply, minutes=3, by=desk)


def _call_back(day: date) -> None:
    """Most of what is due is called back by now; every fifth is left waiting."""
    results = dict(_TO_FOLLOW)
    due = PhoneCall.objects.waiting().filter(due_on__lte=day).select_related("task__owner")
    for call in due.order_by("pk"):
        if call.pk % 5 and call.task is not None and present(call.task.owner, day):
            result = results.get(call.matter, "回了电话，资料已发，约下周再谈")
            finish_task(call.task, result=result, by=call.task.owner)


def _somebody_of(user: User, turn: int) -> Contact | None:
    found = customers_of(user, 1, turn)
    people = Contact.objects.filter(customer__in=found, left_at=None).select_related("customer")
    return people.order_by("pk").first()
