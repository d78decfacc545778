"""Selling equipment to companies (`domain.md` C2)."""

from __future__ import annotations

from decimal import Decimal

from loudou.pipeline.models.funnel import Category
from loudou.pipeline.presets._writing import Preset, evidence, names, task
from loudou.pipeline.verbs import StagePlan

STAGES = (
    StagePlan(
        "verify",
        names("验证", "驗證", "Verify"),
        Decimal("0.10"),
        Category.PIPELINE,
        objective=names("需求属实", "需求屬實", "The need is real"),
        norm=names(
            "首次拜访后两天内填好信息收集表与过滤表，讲清预算、需求、时间和决策链。",
            "首次拜訪後兩天內填好資訊收集表與過濾表，講清預算、需求、時間和決策鏈。",
            "Within two days of the first visit: information and screening forms; budget, need, time and decision chain named.",
        ),
        warn_days=16,
        max_days=20,
        evidence=(
            evidence("budget", "预算来源", "預算來源", "Source of the budget"),
            evidence("need", "需求明确", "需求明確", "The need"),
            evidence("time", "采购时间", "採購時間", "The time of buying"),
            evidence("chain", "决策链讲清", "決策鏈講清", "The decision chain"),
            evidence("screened", "过滤表已签", "過濾表已簽", "Screening form signed"),
        ),
        tasks=(
            task("collect", "填客户信息收集表", "填客戶資訊收集表", "Fill in the information form", "F01"),
            task("screen", "填客户信息过滤表", "填客戶資訊過濾表", "Fill in the screening form", "F02"),
            task(
                "visit", "首次拜访：计划与记录", "首次拜訪：計畫與紀錄", "First visit: plan and record", "F03"
            ),
        ),
    ),
    StagePlan(
        "develop",
        names("开发", "開發", "Develop"),
        Decimal("0.30"),
        Category.PIPELINE,
        objective=names("列入候选清单", "列入候選清單", "On the candidate list"),
        norm=names(
            "与技术和使用部门逐条确认需求，见到决策人，排好接触计划。",
            "與技術和使用部門逐條確認需求，見到決策人，排好接觸計畫。",
            "Confirm the needs item by item with engineers and users, meet the decision maker, lay out the contact plan.",
        ),
        warn_days=24,
        max_days=30,
        required_fields=("two_contacts", "decision_maker"),
        evidence=(
            evidence(
                "needs_list",
                "客户确认的技术需求清单",
                "客戶確認的技術需求清單",
                "Technical need list confirmed by the customer",
            ),
            evidence("contact_plan", "接触计划已排", "接觸計畫已排", "Contact plan laid out"),
            evidence("presales", "售前到访", "售前到訪", "Pre-sales visit"),
        ),
        tasks=(
            task("visits", "拜访计划与记录", "拜訪計畫與紀錄", "Visit plans and records", "F04"),
            task("follow_up", "重点客户跟进记录", "重點客戶跟進紀錄", "Key-account follow-up", "F06"),
        ),
    ),
    StagePlan(
        "propose",
        names("提案", "提案", "Propose"),
        Decimal("0.50"),
        Category.BEST_CASE,
        objective=names("二选一", "二選一", "On the short list of two"),
        norm=names(
            "方案和报价送达并记下反馈，知道对手是谁、强在哪里。",
            "方案和報價送達並記下回饋，知道對手是誰、強在哪裡。",
            "Proposal and quote delivered, feedback written down, the rival and their strength known.",
        ),
        warn_days=24,
        max_days=30,
        required_fields=("competitor", "expected_on"),
        confirm_entry=True,
        evidence=(
            evidence("proposal", "方案与报价已送达", "方案與報價已送達", "Proposal and quote sent"),
            evidence("feedback", "客户反馈已记录", "客戶回饋已記錄", "Feedback recorded"),
        ),
        tasks=(
            task("solution", "售前方案", "售前方案", "Pre-sales solution"),
            task("credit", "客户信用评估", "客戶信用評估", "Credit assessment", "F12"),
        ),
    ),
    StagePlan(
        "close",
        names("成交", "成交", "Close"),
        Decimal("0.80"),
        Category.COMMIT,
        objective=names("已定我方，只剩手续", "已定我方，只剩手續", "Decided for us, formalities left"),
        norm=names(
            "拿到口头或书面的中选通知，最终报价批准，合同文本谈定。",
            "拿到口頭或書面的中選通知，最終報價批准，合約文本談定。",
            "Award in words or writing, final quote approved, contract text agreed.",
        ),
        warn_days=16,
        max_days=20,
        required_fields=("amount", "expected_on"),
        confirm_entry=True,
        evidence=(
            evidence("award", "口头或书面中选", "口頭或書面中選", "Verbal or written award"),
            evidence("final_quote", "最终报价已批准", "最終報價已批准", "Final quote approved"),
            evidence("contract_text", "合同文本谈定", "合約文本談定", "Contract text agreed"),
        ),
        tasks=(task("negotiation", "谈判记录", "談判紀錄", "Negotiation record"),),
    ),
)

B2B = Preset("b2b", names("设备直销", "設備直銷", "B2B project sale"), "b2b", STAGES, in_use=True)
