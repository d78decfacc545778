"""Why deals are lost, cancelled or invalid, for a beginning."""

from __future__ import annotations

# kind, code, 简体, 繁體, English, asks for the competitor
REASONS = (
    ("lost", "price", "价格", "價格", "Price", False),
    ("lost", "product", "产品", "產品", "Product", False),
    ("lost", "relation", "关系", "關係", "Relation", False),
    ("lost", "delivery", "交期", "交期", "Delivery", False),
    ("lost", "credit", "信用条件", "信用條件", "Credit terms", False),
    ("lost", "no_budget", "没有预算", "沒有預算", "No budget", False),
    ("lost", "competitor", "输给竞争对手", "輸給競爭對手", "Lost to a competitor", True),
    ("cancelled", "no_budget", "没有预算", "沒有預算", "No budget", False),
    ("cancelled", "no_decision", "迟迟不决", "遲遲不決", "No decision", False),
    (
        "cancelled",
        "cancelled_by_customer",
        "客户取消项目",
        "客戶取消專案",
        "Cancelled by the customer",
        False,
    ),
    ("invalid", "duplicate", "重复", "重複", "Duplicate", False),
    ("invalid", "created_in_error", "误建", "誤建", "Created in error", False),
    ("invalid", "no_need", "没有真实需求", "沒有真實需求", "No real need", False),
)
