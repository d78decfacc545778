"""A form that marketing proposed last week and that waits for its signatures; another that was sent back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from loudou.demo.happenings.setting import Setting, Told
from loudou.forms import verbs
from loudou.forms.figures.fields import CHOICE, CUSTOMER, LONG, MONEY, TEXT, Choice, Field
from loudou.forms.models import FormVersion
from loudou.signoff.models import Request

RIVALS, SAMPLES = "F32", "F33"


def happenings(setting: Setting) -> Iterator[Told]:
    """Proposed and justified; one is answered."""
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
_NAMES = {
    RIVALS: {"zh-hans": "竞品报价登记", "zh-hant": "競品報價登記", "en": "Prices of competitors"},
    SAMPLES: {"zh-hans": "样机试用长表", "zh-hant": "樣機試用長表", "en": "Trials of samples, in full"},
}
_DECISION = {
    "zh-hans": "报价让不让、让多少",
    "zh-hant": "報價讓不讓、讓多少",
    "en": "Whether to give way on the price",
}


def _propose(setting: Setting, code: str, fields: tuple[Field, ...], minutes: int, reason: str) -> None:
    wants = setting.people["shiyun"]
    version = verbs.propose_form(code=code, names=_NAMES[code], purpose=_NAMES[code], fields=fields, by=wants)
    version = verbs.justify(
        version,
        decision=_DECISION,
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


def _refuse(setting: Setting) -> None:
    version = FormVersion.objects.get(form__code=SAMPLES)
    asked = Request.objects.about(version).waiting().get(act="forms.owner")
    opinion = "每周二十五分钟太长，和拜访记录重复，请并进去"
    verbs.refuse_form(asked, opinion=opinion, by=setting.people["linjing"])
