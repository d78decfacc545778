"""Selling houses, from who registers to who signs."""

from __future__ import annotations

from decimal import Decimal

from loudou.pipeline.models.funnel import Category
from loudou.pipeline.presets._writing import Preset, evidence, names
from loudou.pipeline.verbs import StagePlan

STAGES = (
    StagePlan(
        "lead",
        names("报备/来电", "報備/來電", "Registered"),
        Decimal("0.05"),
        warn_days=20,
        max_days=30,
        evidence=(
            evidence(
                "needs",
                "动机、预算、偏好、时间",
                "動機、預算、偏好、時間",
                "Motive, budget, preference, time",
            ),
        ),
    ),
    StagePlan(
        "visit",
        names("到访", "到訪", "Visited"),
        Decimal("0.15"),
        warn_days=20,
        max_days=30,
        evidence=(
            evidence("card", "来访登记卡", "來訪登記卡", "Visitor's card"),
            evidence("unit", "意向户型", "意向戶型", "Unit of interest"),
        ),
    ),
    StagePlan(
        "reserve",
        names("认筹", "預約", "Pre-subscribed"),
        Decimal("0.35"),
        warn_days=20,
        max_days=30,
        evidence=(evidence("deposit", "认筹金到账", "預約金到帳", "Pre-subscription paid"),),
    ),
    StagePlan(
        "subscribe",
        names("认购", "下訂", "Subscribed"),
        Decimal("0.70"),
        Category.BEST_CASE,
        warn_days=7,
        max_days=10,
        confirm_entry=True,
        evidence=(
            evidence("agreement", "认购书已签", "下訂書已簽", "Subscription signed"),
            evidence("qualified", "购房资格核实", "購屋資格核實", "Eligibility checked"),
        ),
    ),
    StagePlan(
        "sign",
        names("签约", "簽約", "Signed"),
        Decimal("0.95"),
        Category.COMMIT,
        warn_days=45,
        max_days=60,
        confirm_entry=True,
        evidence=(
            evidence("contract", "合同网签备案", "合約備案", "Contract filed"),
            evidence("down_payment", "首付到账", "頭期款到帳", "Down payment received"),
        ),
    ),
)

REAL_ESTATE = Preset("real-estate", names("房产", "房產", "Real estate"), "real-estate", STAGES, in_use=True)
