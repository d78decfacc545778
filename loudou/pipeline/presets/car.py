"""Selling cars, from a lead to the order."""

from __future__ import annotations

from decimal import Decimal

from loudou.pipeline.models.funnel import Category
from loudou.pipeline.presets._writing import Preset, evidence, names
from loudou.pipeline.verbs import StagePlan

STAGES = (
    StagePlan(
        "lead",
        names("线索", "線索", "Lead"),
        Decimal("0.05"),
        warn_days=3,
        max_days=7,
        evidence=(evidence("reached", "已联系上", "已聯繫上", "Reached"),),
    ),
    StagePlan(
        "card",
        names("邀约到店/建卡", "邀約到店/建檔", "In store, card made"),
        Decimal("0.15"),
        warn_days=10,
        max_days=15,
        evidence=(
            evidence("card", "客户卡已建", "客戶卡已建", "Card made"),
            evidence("needs", "购车需求与级别", "購車需求與級別", "Needs and grade"),
        ),
    ),
    StagePlan(
        "test_drive",
        names("试驾", "試駕", "Test drive"),
        Decimal("0.35"),
        warn_days=10,
        max_days=15,
        evidence=(evidence("agreement", "试驾协议与反馈", "試駕協議與回饋", "Test drive form and feedback"),),
    ),
    StagePlan(
        "negotiate",
        names("报价谈判", "報價談判", "Quote and negotiate"),
        Decimal("0.55"),
        Category.BEST_CASE,
        warn_days=10,
        max_days=15,
        evidence=(evidence("quote", "报价单已给", "報價單已給", "Quote given"),),
    ),
    StagePlan(
        "order",
        names("下订", "下訂", "Ordered"),
        Decimal("0.90"),
        Category.COMMIT,
        warn_days=40,
        max_days=60,
        confirm_entry=True,
        evidence=(
            evidence("deposit", "定金到账", "訂金到帳", "Deposit received"),
            evidence("order", "订单已签", "訂單已簽", "Order signed"),
        ),
    ),
)

CAR = Preset("car", names("汽车", "汽車", "Car"), "car", STAGES, in_use=True)
