"""The funnels the sources name (`domain.md` R091 a–l, C2), ready to be used or changed. Names are 简体, 繁體, English.

Rates and days the sources leave open are defaults until an organisation's own history calibrates them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loudou.pipeline.models.funnel import Category
from loudou.pipeline.verbs import EvidencePlan, Names, StagePlan, TaskPlan


@dataclass(frozen=True)
class Preset:
    """A ready funnel."""

    code: str
    names: Names
    business: str
    stages: tuple[StagePlan, ...]
    in_use: bool = False


def _n(hans: str, hant: str, en: str) -> Names:
    return {"zh-hans": hans, "zh-hant": hant, "en": en}


def _e(code: str, hans: str, hant: str, en: str, *, file: bool = False) -> EvidencePlan:
    return EvidencePlan(code, _n(hans, hant, en), needs_file=file)


def _t(code: str, hans: str, hant: str, en: str, form: str = "") -> TaskPlan:
    return TaskPlan(code, _n(hans, hant, en), form=form)


def _category(rate: int) -> str:
    """The forecast category a stage starts with: commit from 80 %, best case from 50 %, else pipeline."""
    return Category.COMMIT if rate >= 80 else Category.BEST_CASE if rate >= 50 else Category.PIPELINE


def _plain(*stages: tuple[str, int, str, str, str]) -> tuple[StagePlan, ...]:
    """Stages of which only code, rate and names are given; each may last 30 days."""
    return tuple(
        StagePlan(code, _n(hans, hant, en), Decimal(rate) / 100, _category(rate), warn_days=24, max_days=30)
        for code, rate, hans, hant, en in stages
    )


_B2B = (
    StagePlan(
        "verify",
        _n("验证", "驗證", "Verify"),
        Decimal("0.10"),
        Category.PIPELINE,
        objective=_n("需求属实", "需求屬實", "The need is real"),
        norm=_n(
            "首次拜访后两天内填好信息收集表与过滤表，讲清预算、需求、时间和决策链。",
            "首次拜訪後兩天內填好資訊收集表與過濾表，講清預算、需求、時間和決策鏈。",
            "Within two days of the first visit: information and screening forms; budget, need, time and decision chain named.",
        ),
        warn_days=16,
        max_days=20,
        evidence=(
            _e("budget", "预算来源", "預算來源", "Source of the budget"),
            _e("need", "需求明确", "需求明確", "The need"),
            _e("time", "采购时间", "採購時間", "The time of buying"),
            _e("chain", "决策链讲清", "決策鏈講清", "The decision chain"),
            _e("screened", "过滤表已签", "過濾表已簽", "Screening form signed"),
        ),
        tasks=(
            _t("collect", "填客户信息收集表", "填客戶資訊收集表", "Fill in the information form", "F01"),
            _t("screen", "填客户信息过滤表", "填客戶資訊過濾表", "Fill in the screening form", "F02"),
            _t(
                "visit", "首次拜访：计划与记录", "首次拜訪：計畫與紀錄", "First visit: plan and record", "F03"
            ),
        ),
    ),
    StagePlan(
        "develop",
        _n("开发", "開發", "Develop"),
        Decimal("0.30"),
        Category.PIPELINE,
        objective=_n("列入候选清单", "列入候選清單", "On the candidate list"),
        norm=_n(
            "与技术和使用部门逐条确认需求，见到决策人，排好接触计划。",
            "與技術和使用部門逐條確認需求，見到決策人，排好接觸計畫。",
            "Confirm the needs item by item with engineers and users, meet the decision maker, lay out the contact plan.",
        ),
        warn_days=24,
        max_days=30,
        required_fields=("two_contacts", "decision_maker"),
        evidence=(
            _e(
                "needs_list",
                "客户确认的技术需求清单",
                "客戶確認的技術需求清單",
                "Technical need list confirmed by the customer",
            ),
            _e("contact_plan", "接触计划已排", "接觸計畫已排", "Contact plan laid out"),
            _e("presales", "售前到访", "售前到訪", "Pre-sales visit"),
        ),
        tasks=(
            _t("visits", "拜访计划与记录", "拜訪計畫與紀錄", "Visit plans and records", "F04"),
            _t("follow_up", "重点客户跟进记录", "重點客戶跟進紀錄", "Key-account follow-up", "F06"),
        ),
    ),
    StagePlan(
        "propose",
        _n("提案", "提案", "Propose"),
        Decimal("0.50"),
        Category.BEST_CASE,
        objective=_n("二选一", "二選一", "On the short list of two"),
        norm=_n(
            "方案和报价送达并记下反馈，知道对手是谁、强在哪里。",
            "方案和報價送達並記下回饋，知道對手是誰、強在哪裡。",
            "Proposal and quote delivered, feedback written down, the rival and their strength known.",
        ),
        warn_days=24,
        max_days=30,
        required_fields=("competitor", "expected_on"),
        confirm_entry=True,
        evidence=(
            _e("proposal", "方案与报价已送达", "方案與報價已送達", "Proposal and quote sent"),
            _e("feedback", "客户反馈已记录", "客戶回饋已記錄", "Feedback recorded"),
        ),
        tasks=(
            _t("solution", "售前方案", "售前方案", "Pre-sales solution"),
            _t("credit", "客户信用评估", "客戶信用評估", "Credit assessment", "F12"),
        ),
    ),
    StagePlan(
        "close",
        _n("成交", "成交", "Close"),
        Decimal("0.80"),
        Category.COMMIT,
        objective=_n("已定我方，只剩手续", "已定我方，只剩手續", "Decided for us, formalities left"),
        norm=_n(
            "拿到口头或书面的中选通知，最终报价批准，合同文本谈定。",
            "拿到口頭或書面的中選通知，最終報價批准，合約文本談定。",
            "Award in words or writing, final quote approved, contract text agreed.",
        ),
        warn_days=16,
        max_days=20,
        required_fields=("amount", "expected_on"),
        confirm_entry=True,
        evidence=(
            _e("award", "口头或书面中选", "口頭或書面中選", "Verbal or written award"),
            _e("final_quote", "最终报价已批准", "最終報價已批准", "Final quote approved"),
            _e("contract_text", "合同文本谈定", "合約文本談定", "Contract text agreed"),
        ),
        tasks=(_t("negotiation", "谈判记录", "談判紀錄", "Negotiation record"),),
    ),
)

_REAL_ESTATE = (
    StagePlan(
        "lead",
        _n("报备/来电", "報備/來電", "Registered"),
        Decimal("0.05"),
        warn_days=20,
        max_days=30,
        evidence=(
            _e(
                "needs",
                "动机、预算、偏好、时间",
                "動機、預算、偏好、時間",
                "Motive, budget, preference, time",
            ),
        ),
    ),
    StagePlan(
        "visit",
        _n("到访", "到訪", "Visited"),
        Decimal("0.15"),
        warn_days=20,
        max_days=30,
        evidence=(
            _e("card", "来访登记卡", "來訪登記卡", "Visitor's card"),
            _e("unit", "意向户型", "意向戶型", "Unit of interest"),
        ),
    ),
    StagePlan(
        "reserve",
        _n("认筹", "預約", "Pre-subscribed"),
        Decimal("0.35"),
        warn_days=20,
        max_days=30,
        evidence=(_e("deposit", "认筹金到账", "預約金到帳", "Pre-subscription paid"),),
    ),
    StagePlan(
        "subscribe",
        _n("认购", "下訂", "Subscribed"),
        Decimal("0.70"),
        Category.BEST_CASE,
        warn_days=7,
        max_days=10,
        confirm_entry=True,
        evidence=(
            _e("agreement", "认购书已签", "下訂書已簽", "Subscription signed"),
            _e("qualified", "购房资格核实", "購屋資格核實", "Eligibility checked"),
        ),
    ),
    StagePlan(
        "sign",
        _n("签约", "簽約", "Signed"),
        Decimal("0.95"),
        Category.COMMIT,
        warn_days=45,
        max_days=60,
        confirm_entry=True,
        evidence=(
            _e("contract", "合同网签备案", "合約備案", "Contract filed"),
            _e("down_payment", "首付到账", "頭期款到帳", "Down payment received"),
        ),
    ),
)

_CAR = (
    StagePlan(
        "lead",
        _n("线索", "線索", "Lead"),
        Decimal("0.05"),
        warn_days=3,
        max_days=7,
        evidence=(_e("reached", "已联系上", "已聯繫上", "Reached"),),
    ),
    StagePlan(
        "card",
        _n("邀约到店/建卡", "邀約到店/建檔", "In store, card made"),
        Decimal("0.15"),
        warn_days=10,
        max_days=15,
        evidence=(
            _e("card", "客户卡已建", "客戶卡已建", "Card made"),
            _e("needs", "购车需求与级别", "購車需求與級別", "Needs and grade"),
        ),
    ),
    StagePlan(
        "test_drive",
        _n("试驾", "試駕", "Test drive"),
        Decimal("0.35"),
        warn_days=10,
        max_days=15,
        evidence=(_e("agreement", "试驾协议与反馈", "試駕協議與回饋", "Test drive form and feedback"),),
    ),
    StagePlan(
        "negotiate",
        _n("报价谈判", "報價談判", "Quote and negotiate"),
        Decimal("0.55"),
        Category.BEST_CASE,
        warn_days=10,
        max_days=15,
        evidence=(_e("quote", "报价单已给", "報價單已給", "Quote given"),),
    ),
    StagePlan(
        "order",
        _n("下订", "下訂", "Ordered"),
        Decimal("0.90"),
        Category.COMMIT,
        warn_days=40,
        max_days=60,
        confirm_entry=True,
        evidence=(
            _e("deposit", "定金到账", "訂金到帳", "Deposit received"),
            _e("order", "订单已签", "訂單已簽", "Order signed"),
        ),
    ),
)

_CHANNEL = (
    StagePlan(
        "register",
        _n("登记", "登記", "Registered"),
        Decimal("0.10"),
        warn_days=20,
        max_days=30,
        evidence=(_e("profile", "经销商资料", "經銷商資料", "Dealer's profile"),),
    ),
    StagePlan(
        "qualify",
        _n("资质", "資質", "Qualified"),
        Decimal("0.25"),
        warn_days=20,
        max_days=30,
        evidence=(
            _e("licence", "营业执照", "營業登記", "Business licence"),
            _e("territory", "经营区域确认", "經營區域確認", "Territory agreed"),
        ),
    ),
    StagePlan(
        "sample",
        _n("样板", "樣板", "Sample display"),
        Decimal("0.45"),
        warn_days=30,
        max_days=45,
        evidence=(_e("display", "样板陈列达标", "樣板陳列達標", "Display up to standard"),),
    ),
    StagePlan(
        "first_order",
        _n("首单", "首單", "First order"),
        Decimal("0.75"),
        Category.BEST_CASE,
        warn_days=30,
        max_days=45,
        confirm_entry=True,
        evidence=(
            _e("training", "经销商培训完成", "經銷商培訓完成", "Dealer trained"),
            _e("order", "首单已下", "首單已下", "First order placed"),
        ),
    ),
    StagePlan(
        "steady",
        _n("稳定", "穩定", "Steady"),
        Decimal("0.90"),
        Category.COMMIT,
        warn_days=60,
        max_days=90,
        evidence=(_e("repeat", "三个月内续单", "三個月內續單", "Reordered within three months"),),
    ),
)

PRESETS = (
    Preset("b2b", _n("设备直销", "設備直銷", "B2B project sale"), "b2b", _B2B, in_use=True),
    Preset("real-estate", _n("房产", "房產", "Real estate"), "real-estate", _REAL_ESTATE, in_use=True),
    Preset("car", _n("汽车", "汽車", "Car"), "car", _CAR, in_use=True),
    Preset("channel", _n("渠道", "通路", "Channel"), "channel", _CHANNEL, in_use=True),
    Preset(
        "short",
        _n("四步简式", "四步簡式", "Four plain steps"),
        "general",  # R091 a
        _plain(
            ("prospect", 10, "潜在客户", "潛在客戶", "Prospect"),
            ("interested", 30, "意向客户", "意向客戶", "Interested"),
            ("quote", 60, "报价", "報價", "Quote"),
            ("close", 85, "成交", "成交", "Close"),
        ),
    ),
    Preset(
        "solution",
        _n("方案销售", "方案銷售", "Solution sale"),
        "general",  # R091 b
        _plain(
            ("contact", 10, "客户接触", "客戶接觸", "Contact"),
            ("needs", 20, "需求分析", "需求分析", "Needs analysis"),
            ("solution", 40, "方案制定", "方案制定", "Solution"),
            ("quote", 55, "报价", "報價", "Quote"),
            ("negotiate", 75, "谈判", "談判", "Negotiate"),
            ("close", 90, "成交", "成交", "Close"),
        ),
    ),
    Preset(
        "eight-steps",
        _n("八步流程", "八步流程", "Eight steps"),
        "general",  # R091 c
        _plain(
            ("identify", 5, "潜在客户识别", "潛在客戶識別", "Identify prospects"),
            ("first_contact", 10, "初步接触", "初步接觸", "First contact"),
            ("needs", 20, "需求分析", "需求分析", "Needs analysis"),
            ("present", 35, "产品介绍", "產品介紹", "Present the product"),
            ("quote", 50, "报价", "報價", "Quote"),
            ("negotiate", 70, "谈判", "談判", "Negotiate"),
            ("sign", 90, "签约", "簽約", "Sign"),
            ("service", 95, "售后服务", "售後服務", "After-sales"),
        ),
    ),
    Preset(
        "intent",
        _n("意向洽谈", "意向洽談", "Interest and talks"),
        "general",  # R091 e
        _plain(
            ("prospect", 10, "潜在客户", "潛在客戶", "Prospect"),
            ("interested", 25, "意向客户", "意向客戶", "Interested"),
            ("talks", 50, "洽谈客户", "洽談客戶", "In talks"),
            ("nearly", 80, "即将成交客户", "即將成交客戶", "About to close"),
            ("close", 90, "成交客户", "成交客戶", "Close"),
        ),
    ),
    Preset(
        "aida",
        _n("注意到行动", "注意到行動", "Lead to action"),
        "internet",  # R091 f, R225
        _plain(
            ("lead", 5, "线索", "線索", "Lead"),
            ("interest", 15, "兴趣", "興趣", "Interest"),
            ("desire", 40, "欲望", "慾望", "Desire"),
            ("action", 80, "行动", "行動", "Action"),
        ),
    ),
    Preset(
        "purchase-intent",
        _n("购买意向", "購買意向", "Purchase intent"),
        "general",  # R091 g
        _plain(
            ("prospect", 5, "潜在客户", "潛在客戶", "Prospect"),
            ("interest", 15, "兴趣客户", "興趣客戶", "Interested"),
            ("informed", 35, "了解客户", "了解客戶", "Informed"),
            ("intent", 65, "购买意向客户", "購買意向客戶", "Means to buy"),
            ("close", 90, "成交客户", "成交客戶", "Close"),
        ),
    ),
    Preset(
        "lead-to-service",
        _n("线索到售后", "線索到售後", "Lead to service"),
        "general",  # R091 h
        _plain(
            ("collect", 5, "线索收集", "線索收集", "Collect leads"),
            ("screen", 15, "线索筛选", "線索篩選", "Screen leads"),
            ("needs", 30, "需求分析", "需求分析", "Needs analysis"),
            ("quote", 50, "报价和谈判", "報價和談判", "Quote and negotiate"),
            ("sign", 85, "合同签订", "合約簽訂", "Sign"),
            ("service", 95, "售后服务", "售後服務", "After-sales"),
        ),
    ),
    Preset(
        "presales",
        _n("售前主导", "售前主導", "Led by pre-sales"),
        "presales",  # R091 i, R223
        _plain(
            ("prospects", 10, "潜在客户开发", "潛在客戶開發", "Find prospects"),
            ("first_contact", 20, "初次沟通", "初次溝通", "First talk"),
            ("needs", 35, "需求分析", "需求分析", "Needs analysis"),
            ("solution", 60, "解决方案", "解決方案", "Solution"),
            ("handed", 80, "转销售成交", "轉銷售成交", "Handed to sales"),
        ),
    ),
    Preset(
        "consultative",
        _n("顾问式", "顧問式", "Consultative"),
        "general",  # R091 j
        _plain(
            ("interest", 10, "激发兴趣", "激發興趣", "Raise interest"),
            ("trust", 20, "建立信任", "建立信任", "Build trust"),
            ("needs", 40, "分析需求", "分析需求", "Analyse needs"),
            ("solution", 60, "提供解决方案", "提供解決方案", "Offer the solution"),
            ("close", 85, "谈判与成交", "談判與成交", "Negotiate and close"),
        ),
    ),
    Preset(
        "satisfaction",
        _n("到客户满意", "到客戶滿意", "To satisfaction"),
        "general",  # R091 k
        _plain(
            ("prospect", 10, "潜在客户", "潛在客戶", "Prospect"),
            ("needs", 25, "了解需求", "了解需求", "Learn the needs"),
            ("solution", 45, "提供解决方案", "提供解決方案", "Offer the solution"),
            ("negotiate", 70, "商务谈判", "商務談判", "Negotiate"),
            ("sign", 90, "签订合同", "簽訂合約", "Sign"),
            ("satisfied", 98, "客户满意度", "客戶滿意度", "Satisfaction"),
        ),
    ),
    Preset(
        "manager",
        _n("经理版", "經理版", "The manager's"),
        "general",  # R091 l
        _plain(
            ("find", 10, "潜在客户发现", "潛在客戶發現", "Find prospects"),
            ("connect", 20, "与客户建立联系", "與客戶建立聯繫", "Connect"),
            ("needs", 35, "了解客户需求", "了解客戶需求", "Learn the needs"),
            ("solution", 55, "提供解决方案", "提供解決方案", "Offer the solution"),
            ("negotiate", 75, "商务谈判", "商務談判", "Negotiate"),
            ("close", 90, "成交", "成交", "Close"),
        ),
    ),
)

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
