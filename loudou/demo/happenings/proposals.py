"""Forms that marketing proposed: one waits for its signatures, one was sent back, one is in force and brings photos."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from loudou.demo.drawing import Picture
from loudou.demo.happenings.setting import Setting, Told, customers_of, present
from loudou.forms import verbs
from loudou.forms.figures.fields import CHOICE, CUSTOMER, LONG, MONEY, PHOTO, TEXT, Choice, Field
from loudou.forms.models import Form, FormFile, FormVersion
from loudou.forms.verbs import Filled
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from loudou.ui import uploads

RIVALS, SAMPLES, SITES = "F32", "F33", "F34"
WEEKS = 3  # for which photos come in


def happenings(setting: Setting) -> Iterator[Told]:
    """Proposed and justified; two are answered, and one of them filled in by who was on the spot."""
    yield (
        setting.at(30, 9.2),
        partial(_propose, setting, SITES, _SITES, 2, "安装位置说不清，售前要跑第二趟"),
    )
    yield setting.at(29, 10.3), partial(_issue, setting)
    sellers = sorted(
        (user for user in setting.people.values() if "rep" in user.roles), key=lambda user: user.username
    )
    for week, days in enumerate(setting.weeks(WEEKS)):
        for place, user in enumerate(sellers[week::4]):
            at = setting.on(days[place % len(days)], 16.2 + place / 40)
            yield at, partial(_photograph, user, place + week)
    yield (
        setting.at(16, 10.4),
        partial(_propose, setting, SAMPLES, _SAMPLES, 25, "每台样机填一次，半小时内写完"),
    )
    yield setting.at(14, 11.1), partial(_refuse, setting)
    yield (
        setting.at(3, 9.7),
        partial(_propose, setting, RIVALS, _RIVALS, 3, "报价时对手多少钱，散在各人聊天里"),
    )


def _field(code: str, kind: str, hans: str, hant: str, en: str, *chosen: Choice) -> Field:
    return Field(code, kind, {"zh-hans": hans, "zh-hant": hant, "en": en}, {}, not chosen, choices=chosen)


_RIVALS = (
    _field("customer", CUSTOMER, "客户", "客戶", "Customer"),
    _field("rival", TEXT, "竞品厂家", "競品廠家", "Competitor"),
    _field("price", MONEY, "对方报价", "對方報價", "Their price"),
    _field(
        "source",
        CHOICE,
        "消息来源",
        "消息來源",
        "Heard from",
        Choice("customer", {"zh-hans": "客户说的", "zh-hant": "客戶說的", "en": "the customer"}),
        Choice("tender", {"zh-hans": "公开招标", "zh-hant": "公開招標", "en": "a public tender"}),
    ),
)
_SAMPLES = (
    _field("customer", CUSTOMER, "客户", "客戶", "Customer"),
    _field("sample", TEXT, "样机型号", "樣機型號", "Sample"),
    _field("story", LONG, "试用经过", "試用經過", "How the trial went"),
)
_SITES = (
    _field("customer", CUSTOMER, "客户", "客戶", "Customer"),
    _field("spot", TEXT, "拍的是哪里", "拍的是哪裡", "Which spot"),
    _field("photo", PHOTO, "照片", "照片", "Photos"),
)
_NAMES = {
    SITES: {"zh-hans": "现场照片", "zh-hant": "現場照片", "en": "Photos of the site"},
    RIVALS: {"zh-hans": "竞品报价登记", "zh-hant": "競品報價登記", "en": "Prices of competitors"},
    SAMPLES: {"zh-hans": "样机试用长表", "zh-hant": "樣機試用長表", "en": "Trials of samples, in full"},
}
_PRICE = {
    "zh-hans": "报价让不让、让多少",
    "zh-hant": "報價讓不讓、讓多少",
    "en": "Whether to give way on the price",
}
_PLACE = {"zh-hans": "设备装在哪里", "zh-hant": "設備裝在哪裡", "en": "Where the machine will stand"}
_DECISIONS = {RIVALS: _PRICE, SAMPLES: _PRICE, SITES: _PLACE}


_SPOTS = ("二号车间预留工位", "总装线末端", "地坑与行车净高", "配电柜位置")


def _propose(setting: Setting, code: str, fields: tuple[Field, ...], minutes: int, reason: str) -> None:
    wants = setting.people["shiyun"]
    version = verbs.propose_form(code=code, names=_NAMES[code], purpose=_NAMES[code], fields=fields, by=wants)
    version = verbs.justify(
        version,
        decision=_DECISIONS[code],
        readers=["manager", "director"],
        fillers=["rep"],
        serves=["visit"],
        minutes=Decimal(minutes),
        times=1,
        period="week",
        reason=reason,
        by=wants,
    )
    verbs.ask_approval(version, by=wants)


def _issue(setting: Setting) -> None:
    version = FormVersion.objects.get(form__code=SITES)
    said = {
        "forms.owner": ("linjing", "现场照片两分钟就能填，售前少跑一趟，同意试用。"),
        "forms.council": ("hezong", "同意。拍照前先问客户让不让拍，车间里别拍到人。"),
    }
    for request in Request.objects.about(version).waiting().order_by("act"):
        signer, opinion = said[request.act]
        verbs.confirm_form(request, opinion=opinion, by=setting.people[signer])
    verbs.issue(FormVersion.objects.get(pk=version.pk), by=setting.people["linjing"])


def _photograph(user: User, turn: int) -> None:
    """Somebody on the spot hands a photo in."""
    mine = customers_of(user, 1, turn)
    if not mine or not present(user, organisation().today):
        return
    spot = _SPOTS[turn % len(_SPOTS)]
    picture = SimpleUploadedFile(f"{spot}.png", _picture(turn))
    with uploads.tray(FormFile.FOLDER) as tray:
        answers = {"customer": mine[0], "spot": spot, "photo": [tray.take(picture)]}
        made = verbs.fill_form(Form.objects.get(code=SITES), Filled(answers), by=user)
        tray.keep(made.files.values_list("stored_as", flat=True))


def _picture(turn: int) -> bytes:
    """A workshop as a child would draw it: floor, windows, a row of machines, one place left free."""
    wide, high = 480, 320
    picture = Picture(wide, high, (205, 212, 218))
    picture.box(0, 210, wide, high, (150, 148, 140))
    for left in range(20, wide, 80):
        picture.box(left - 1, 29, left + 51, 91, (120, 130, 140))
        picture.box(left, 30, left + 50, 90, (236, 243, 250))
    for place in range(4):
        left = 30 + place * 110
        if place != turn % 4:
            picture.box(left, 140, left + 80, 240, (60 + turn * 9 % 90, 110, 140))
            picture.box(left + 20, 155, left + 60, 185, (225, 230, 210))
    return picture.png()


def _refuse(setting: Setting) -> None:
    version = FormVersion.objects.get(form__code=SAMPLES)
    asked = Request.objects.about(version).waiting().get(act="forms.owner")
    opinion = "每周二十五分钟太长，和拜访记录重复，请并进去"
    verbs.refuse_form(asked, opinion=opinion, by=setting.people["linjing"])
