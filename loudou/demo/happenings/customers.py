"""What stands about customers: how often each grade is contacted, notes that name colleagues, files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.demo.happenings.setting import Setting, Told, customers_of, present
from loudou.demo.tempers import temper
from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.cadence import due_contacts
from loudou.fieldwork.verbs import log_activity, set_contact_rules
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.queries.funnels import funnel_named, specs
from loudou.remarks.queries import mentioned
from loudou.ui import uploads

WEEKS = 6
# Days between contacts by grade: without an open deal, then in each stage of the direct funnel.
_RHYTHM = {
    "vip": (30, 5, 5, 4, 3),
    "key": (45, 7, 7, 5, 4),
    "regular": (90, 14, 10, 7, 5),
    "": (120, 14, 10, 7, 5),
}
_ROUNDS = (
    84,
    63,
    42,
    28,
    14,
    7,
)  # days before the end on which sellers ring whom they have not heard of for long
_REPORTED = (
    "{who}说今年没有新上设备的计划，明年一季度再看。",
    "问候了{who}，上次的设备运行正常，备件还够用半年。",
    "{who}换了办公室，新座机已记下；扩产的事要等批复。",
    "{who}说同行的样板看过了，等我们的参观安排。",
    "{who}开会没说上几句，约下月当面拜访。",
)
_NOTES = (
    "@{manager} 客户想要同行业样板名单，能否协调两家？",
    "今天和采购通了电话：年底前要定设备，预算已列入技改专项。",
    "门卫登记要提前一天报身份证号，去之前记得办。",
    "设备科新来一位工程师，原来在同行做过两年，懂行。",
    "@{manager} 他们总经理下周出差路过我们公司，建议接待一下。",
    "厂区二期打桩了，明年三季度投产，提前介入工艺布局。",
    "付款习惯：验收后 45 天到账，从不拖欠。",
)
# Who asks finance, how many days before the end.
_TO_FINANCE = (
    ("chenan", 6, "@钱进 客户要分两批开票，第一批月底前要到，能排上吗？"),
    ("lina", 2, "@钱进 对方财务说尾款周五付，到账后请告诉我一声。"),
    ("zhaomin", 1, "@钱进 客户想用六个月的银行承兑付三成，我们收不收？"),
)
_LIST = "序号,设备,数量,投用年份,备注\n1,立式加工中心,6,2019,节拍 58 秒\n2,人工装配台,14,2016,拟替换\n3,清洗机,2,2018,环保不达标\n"
_MINUTES = "技术交流纪要\n一、客户介绍扩产计划与现有节拍。\n二、我方介绍同行案例与切换不停产的做法。\n三、下周提供样机参数，月底前完成现场测量。\n"
_FILES = (("现有设备清单.csv", _LIST), ("技术交流纪要.txt", _MINUTES))


def happenings(setting: Setting) -> Iterator[Told]:
    """The rules of contact first, then week by week what people write down and attach."""
    yield setting.at(120, 10), partial(_set_rhythm, setting)
    sellers = sorted(
        (user for user in setting.people.values() if "rep" in user.roles), key=lambda user: user.username
    )
    for number, back in enumerate(_ROUNDS):
        for place, user in enumerate(sellers):
            yield setting.at(back, 13.5 + place / 60), partial(_ring_round, user, place + number)
    for place, (name, back, text) in enumerate(_TO_FINANCE):
        yield setting.at(back, 15.2 + place / 4), partial(_write, setting.people[name], place, text)
    for week, days in enumerate(setting.weeks(WEEKS)):
        for place, user in enumerate(sellers):
            turn = week * 3 + place
            at = setting.on(days[turn % len(days)], 11 + place / 30)
            if turn % 4 == 0:
                yield at, partial(_note, user, turn)
            if turn % 9 == 0:
                yield at, partial(_attach, user, turn)


def _set_rhythm(setting: Setting) -> None:
    direct = funnel_named("b2b")
    assert direct is not None
    assert direct.current_id is not None
    stages = [None, *(spec.stage_id for spec in specs(direct.current_id)[:4])]
    rules = {
        (grade, stage): days
        for grade, each in _RHYTHM.items()
        for stage, days in zip(stages, each, strict=False)
    }
    set_contact_rules(rules, by=setting.people["linjing"])


def _ring_round(user: User, turn: int) -> None:
    """The careful ring nearly all who are due and have no open deal, others a few of them."""
    if not present(user, organisation().today):
        return
    late = [due for due in due_contacts(user, [user.pk], clock.now()) if due.deal is None]
    for place, due in enumerate(late, turn):
        contact = Contact.objects.filter(customer=due.customer, left_at=None).order_by("pk").first()
        if contact is not None and place * 37 % 100 < temper(user.username).care * 100:
            kind = Activity.Kind.MESSAGE if place % 4 == 3 else Activity.Kind.CALL
            result = _REPORTED[place % len(_REPORTED)].format(who=contact.name)
            log_activity(kind=kind, by=user, customer=due.customer, contact=contact.name, result=result)


def _note(user: User, turn: int) -> None:
    if user.manager is not None:
        _write(user, turn, _NOTES[turn % len(_NOTES)].format(manager=user.manager.name))


def _write(user: User, turn: int, text: str) -> None:
    customer = _customer(user, turn)
    if customer is not None:
        verbs.add_note(customer, text=text, mentioned=mentioned(text), by=user)


def _attach(user: User, turn: int) -> None:
    customer = _customer(user, turn)
    if customer is not None:
        name, text = _FILES[turn // 9 % 2]
        received = uploads.receive(SimpleUploadedFile(name, text.encode()), folder="customers")
        verbs.add_file(customer, by=user, **asdict(received))


def _customer(user: User, turn: int) -> Customer | None:
    if not present(user, organisation().today):
        return None
    found = customers_of(user, 1, turn)
    return found[0] if found else None
