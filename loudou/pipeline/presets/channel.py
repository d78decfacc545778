"""Winning dealers, from who asks to who orders again."""

from __future__ import annotations

from decimal import Decimal

from loudou.pipeline.models.funnel import Category
from loudou.pipeline.presets._writing import Preset, evidence, names
from loudou.pipeline.verbs import StagePlan

STAGES = (
    StagePlan(
        "register",
        names("登记", "登記", "Registered"),
        Decimal("0.10"),
        warn_days=20,
        max_days=30,
        evidence=(evidence("profile", "经销商资料", "經銷商資料", "Dealer's profile"),),
    ),
    StagePlan(
        "qualify",
        names("资质", "資質", "Qualified"),
        Decimal("0.25"),
        warn_days=20,
        max_days=30,
        evidence=(
            evidence("licence", "营业执照", "營業登記", "Business licence"),
            evidence("territory", "经营区域确认", "經營區域確認", "Territory agreed"),
        ),
    ),
    StagePlan(
        "sample",
        names("样板", "樣板", "Sample display"),
        Decimal("0.45"),
        warn_days=30,
        max_days=45,
        evidence=(evidence("display", "样板陈列达标", "樣板陳列達標", "Display up to standard"),),
    ),
    StagePlan(
        "first_order",
        names("首单", "首單", "First order"),
        Decimal("0.75"),
        Category.BEST_CASE,
        warn_days=30,
        max_days=45,
        confirm_entry=True,
        evidence=(
            evidence("training", "经销商培训完成", "經銷商培訓完成", "Dealer trained"),
            evidence("order", "首单已下", "首單已下", "First order placed"),
        ),
    ),
    StagePlan(
        "steady",
        names("稳定", "穩定", "Steady"),
        Decimal("0.90"),
        Category.COMMIT,
        warn_days=60,
        max_days=90,
        evidence=(evidence("repeat", "三个月内续单", "三個月內續單", "Reordered within three months"),),
    ),
)

CHANNEL = Preset("channel", names("渠道", "通路", "Channel"), "channel", STAGES, in_use=True)
