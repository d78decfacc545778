"""How forms are written that are there from the beginning: names are 简体, 繁體, English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.forms.figures.fields import CUSTOMER, DATE, DEAL, TEXT, Choice, Field

SELLERS = ("rep", "presales", "manager", "director")
LEADERS = ("manager", "director", "gm")


@dataclass(frozen=True)
class Preset:
    """A form as it is furnished; `built_in` ones are pages of the product and their fields are only named."""

    code: str
    names: Mapping[str, str]
    purpose: Mapping[str, str]
    decision: Mapping[str, str]
    fields: Sequence[Field]
    serves: Sequence[str]
    minutes: Decimal
    times: int
    period: str
    built_in: str = ""
    fillers: Sequence[str] = SELLERS
    readers: Sequence[str] = LEADERS
    signed: bool = False


def names(hans: str, hant: str, en: str) -> dict[str, str]:
    """Something in the three languages."""
    return {"zh-hans": hans, "zh-hant": hant, "en": en}


def question(
    code: str,
    kind: str,
    names: Mapping[str, str],
    *,
    required: bool = False,
    choices: Sequence[tuple[str, Mapping[str, str]]] = (),
    help: Mapping[str, str] | None = None,
    least: int | None = None,
    most: int | None = None,
    rule: str = "",
) -> Field:
    """A field of a form; `choices` are codes with their names, numbers lie from `least` to `most`."""
    bounds = (None if least is None else Decimal(least), None if most is None else Decimal(most))
    offered = tuple(Choice(one, label) for one, label in choices)
    return Field(code, kind, names, help or {}, required, offered, *bounds, rule)


CUSTOMER_ASKED = question("customer", CUSTOMER, names("客户", "客戶", "Customer"), required=True)
DEAL_ASKED = question("deal", DEAL, names("商机", "商機", "Deal"))
NEXT_ASKED = (
    question("next_step", TEXT, names("下一步", "下一步", "Next step"), required=True),
    question("next_on", DATE, names("下一步日期", "下一步日期", "Next step on"), rule="future"),
)
SCORE_HELP = names(
    "0 到 10 分，按客户说过的话打分", "0 到 10 分，按客戶說過的話評分", "0 to 10, by what the customer said"
)
GRADES = (
    ("high", names("高", "高", "high")),
    ("middle", names("中", "中", "medium")),
    ("low", names("低", "低", "low")),
)
