"""The forms every organisation starts with: the pages of the product, and the papers B2B selling cannot do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.forms.figures.fields import (
    CHOICE,
    CUSTOMER,
    DATE,
    DEAL,
    LONG,
    MONEY,
    MULTI,
    NUMBER,
    PERSON,
    PLACE,
    TEXT,
    Choice,
    Field,
)

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


def _n(hans: str, hant: str, en: str) -> dict[str, str]:
    return {"zh-hans": hans, "zh-hant": hant, "en": en}


def _q(
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
    bounds = (None if least is None else Decimal(least), None if most is None else Decimal(most))
    offered = tuple(Choice(one, label) for one, label in choices)
    return Field(code, kind, names, help or {}, required, offered, *bounds, rule)


_CUSTOMER = _q("customer", CUSTOMER, _n("客户", "客戶", "Customer"), required=True)
_DEAL = _q("deal", DEAL, _n("商机", "商機", "Deal"))
_NEXT = (
    _q("next_step", TEXT, _n("下一步", "下一步", "Next step"), required=True),
    _q("next_on", DATE, _n("下一步日期", "下一步日期", "Next step on"), rule="future"),
)
_SCORE = _n(
    "0 到 10 分，按客户说过的话打分", "0 到 10 分，按客戶說過的話評分", "0 to 10, by what the customer said"
)
_GRADES = (
    ("high", _n("高", "高", "high")),
    ("middle", _n("中", "中", "medium")),
    ("low", _n("低", "低", "low")),
)
_PAGES = (
    Preset(
        "F01",
        _n("客户信息收集表", "客戶資訊收集表", "Customer information form"),
        _n("发现客户时把已知的写下来", "發現客戶時把已知的寫下來", "What is known of a customer when found"),
        _n("值不值得过滤和拜访", "值不值得過濾與拜訪", "Whether to screen and visit them"),
        (
            _q("name", TEXT, _n("客户名称", "客戶名稱", "Name of the customer")),
            _q("uscc", TEXT, _n("统一社会信用代码", "統一編號", "Unified social credit code")),
            _q("source", TEXT, _n("来源", "來源", "Source")),
            _q("contact", TEXT, _n("联系人", "聯絡人", "Contact")),
            _q("phone", TEXT, _n("电话", "電話", "Phone")),
            _q("address", PLACE, _n("地址", "地址", "Address")),
            _q("need", LONG, _n("需求", "需求", "Need")),
        ),
        ("collect", "b2b/verify"),
        Decimal(3),
        1,
        "week",
        "customer",
    ),
    Preset(
        "F03",
        _n("客户拜访计划表", "客戶拜訪計畫表", "Visit plan"),
        _n("拜访前想清楚为什么去、谈什么", "拜訪前想清楚為什麼去、談什麼", "Why one goes, and what for"),
        _n("签字后才能去拜访", "簽字後才能去拜訪", "Whether the visit may be made"),
        (
            _q("customer", CUSTOMER, _n("客户", "客戶", "Customer")),
            _q("contact", TEXT, _n("联系人", "聯絡人", "Contact")),
            _q("deal", DEAL, _n("商机", "商機", "Deal")),
            _q("starts_at", DATE, _n("计划时间", "計畫時間", "Planned for")),
            _q("place", PLACE, _n("地点", "地點", "Place")),
            _q("method", TEXT, _n("方式", "方式", "Method")),
            _q("background", LONG, _n("背景、状况", "背景、狀況", "Background, situation")),
            _q("objectives", LONG, _n("拜访目标", "拜訪目標", "Objectives")),
            _q("strategy", LONG, _n("拜访策略", "拜訪策略", "Strategy")),
            _q("questions", LONG, _n("要问的问题", "要問的問題", "Questions")),
            _q("materials", TEXT, _n("携带资料", "攜帶資料", "Materials")),
        ),
        ("plan", "b2b/verify", "b2b/develop", "b2b/propose", "b2b/close"),
        Decimal(4),
        4,
        "week",
        "visit_plan",
    ),
    Preset(
        "F04",
        _n("客户拜访记录表", "客戶拜訪紀錄表", "Visit record"),
        _n("拜访后 24 小时内写下问与答", "拜訪後 24 小時內寫下問與答", "Questions and answers, within a day"),
        _n("商机是否升迁、如何辅导", "商機是否推進、如何輔導", "Whether the deal moves on; coaching"),
        (
            _q("persons", TEXT, _n("见到的人", "見到的人", "Persons met")),
            _q("at", DATE, _n("实际时间", "實際時間", "Actual time")),
            _q("concerns", LONG, _n("客户所关注的问题", "客戶所關注的問題", "What the customer cares about")),
            _q("results", LONG, _n("拜访结果", "拜訪結果", "Results")),
            _q("ours", TEXT, _n("我方承诺", "我方承諾", "What we promised")),
            _q("theirs", TEXT, _n("客户承诺", "客戶承諾", "What the customer promised")),
            _q("competitors", LONG, _n("竞品动态", "競品動態", "News of competitors")),
            *_NEXT,
        ),
        ("visit", "b2b/verify", "b2b/develop", "b2b/propose", "b2b/close"),
        Decimal(10),
        4,
        "week",
        "visit_record",
    ),
    Preset(
        "F08",
        _n("日清单", "日清單", "Day log"),
        _n("一天里每件事，当日写清", "一天裡每件事，當日寫清", "Every thing of the day, on the day"),
        _n("哪里需要支持、哪里需要抽查", "哪裡需要支援、哪裡需要抽查", "Where help or a check is needed"),
        (
            _q("at", DATE, _n("时间", "時間", "Time")),
            _q("place", PLACE, _n("到什么地方", "到什麼地方", "Where")),
            _q("customer", TEXT, _n("拜访什么客户", "拜訪什麼客戶", "Which customer")),
            _q("topics", LONG, _n("商谈什么问题", "商談什麼問題", "About what")),
            _q("result", LONG, _n("解决了什么问题", "解決了什麼問題", "What was solved")),
            _q("unsolved", LONG, _n("还存在什么问题", "還存在什麼問題", "What is still open")),
            _q("help", LONG, _n("需要公司提供何种帮助", "需要公司提供何種幫助", "Which help is needed")),
            _q("plan", LONG, _n("明天的工作计划", "明天的工作計畫", "Plan for tomorrow")),
            _q("market", LONG, _n("市场信息", "市場資訊", "News of the market")),
            _q("competitors", LONG, _n("竞品动态", "競品動態", "News of competitors")),
        ),
        ("day",),
        Decimal(3),
        1,
        "day",
        "day_log",
        readers=(*LEADERS, "control"),
    ),
    Preset(
        "F09",
        _n("日清单（总部）", "日清單（總部）", "Day log of the control desk"),
        _n("早八点与傍晚的电话记录", "早八點與傍晚的電話紀錄", "What the desk heard on the phone"),
        _n("两份日清单是否一致", "兩份日清單是否一致", "Whether both logs agree"),
        (
            _q("arrival", TEXT, _n("准时到达", "準時到達", "On time")),
            _q("place", PLACE, _n("到什么地方", "到什麼地方", "Where")),
            _q("customer", TEXT, _n("拜访什么客户", "拜訪什麼客戶", "Which customer")),
            _q("deviation", TEXT, _n("与计划的偏差", "與計畫的偏差", "Deviations from the plan")),
        ),
        ("day",),
        Decimal(3),
        1,
        "day",
        "desk_log",
        fillers=("control",),
        readers=LEADERS,
    ),
    Preset(
        "F13",
        _n("电话记录卡", "電話紀錄卡", "Phone record card"),
        _n("客户与业务员的来电", "客戶與業務員的來電", "Calls from customers and salespeople"),
        _n("谁来答复、何时答复", "誰來答覆、何時答覆", "Who replies, and by when"),
        (
            _q("caller", TEXT, _n("来电人", "來電人", "Caller")),
            _q("number", TEXT, _n("来电号码", "來電號碼", "Number")),
            _q("matter", LONG, _n("事由", "事由", "Matter")),
            _q("reply", LONG, _n("答复", "答覆", "Reply")),
        ),
        ("follow",),
        Decimal(2),
        3,
        "week",
        "call",
    ),
    Preset(
        "F16",
        _n("销售预测表", "銷售預測表", "Sales forecast sheet"),
        _n("每周提交一次预测", "每週提交一次預測", "The forecast, once a week"),
        _n("备货、资金与目标调整", "備貨、資金與目標調整", "Stock, cash, adjustment of targets"),
        (
            _q("period", TEXT, _n("期间", "期間", "Period")),
            _q("amount", MONEY, _n("销售额", "銷售額", "Sales")),
            _q("reason", TEXT, _n("调整原因", "調整原因", "Reason of the adjustment")),
        ),
        ("forecast",),
        Decimal(8),
        1,
        "week",
        "forecast",
    ),
    Preset(
        "F27",
        _n("支持请求", "支援請求", "Call for help"),
        _n("一线最需要的时候得到支持", "第一線最需要的時候得到支援", "Help when it is needed most"),
        _n("派谁、何时支持", "派誰、何時支援", "Who helps, and when"),
        (
            _q("matter", LONG, _n("需要公司提供何种帮助", "需要公司提供何種幫助", "Which help is needed")),
            _q("asked_at", DATE, _n("提出时间", "提出時間", "Asked at")),
            _q("helper", TEXT, _n("由谁支持", "由誰支援", "Who helps")),
            _q("answer", LONG, _n("支持结果", "支援結果", "What was done about it")),
        ),
        ("day",),
        Decimal(2),
        1,
        "week",
        "support",
        readers=(*LEADERS, "control", "operations"),
    ),
)
_PAPERS = (
    Preset(
        "F02",
        _n("客户信息过滤表", "客戶資訊過濾表", "Customer screening form"),
        _n(
            "首次拜访前后判断值不值得投入",
            "首次拜訪前後判斷值不值得投入",
            "Whether a customer is worth the effort",
        ),
        _n("接受、培育还是放弃", "接受、培育還是放棄", "Accept, nurture or reject"),
        (
            _CUSTOMER,
            _DEAL,
            _q(
                "buying_power",
                NUMBER,
                _n("购买能力", "購買能力", "Buying power"),
                required=True,
                help=_SCORE,
                least=0,
                most=10,
            ),
            _q(
                "intent",
                NUMBER,
                _n("意向度", "意向度", "Intent"),
                required=True,
                help=_SCORE,
                least=0,
                most=10,
            ),
            _q(
                "buying_cycle",
                NUMBER,
                _n("购买周期", "購買週期", "Buying cycle"),
                required=True,
                help=_SCORE,
                least=0,
                most=10,
            ),
            _q("grade", CHOICE, _n("等级", "等級", "Grade"), required=True, choices=_GRADES),
            _q(
                "decision",
                CHOICE,
                _n("结论", "結論", "Conclusion"),
                required=True,
                choices=(
                    ("accept", _n("接受", "接受", "accept")),
                    ("nurture", _n("培育", "培育", "nurture")),
                    ("reject", _n("放弃", "放棄", "reject")),
                ),
            ),
            _q("reason", LONG, _n("理由", "理由", "Reason"), required=True, least=10),
        ),
        ("screen", "b2b/verify"),
        Decimal(6),
        1,
        "week",
        signed=True,
    ),
    Preset(
        "F06",
        _n("重点客户跟进记录表", "重點客戶跟進紀錄表", "Key-account follow-up"),
        _n("每次跟进重点客户时写", "每次跟進重點客戶時寫", "Each time a key account is followed up"),
        _n("派谁去攻哪一位决策人", "派誰去攻哪一位決策人", "Who works on which decision maker"),
        (
            _CUSTOMER,
            _DEAL,
            _q("trigger", TEXT, _n("跟进缘由", "跟進緣由", "Trigger"), required=True),
            _q("content", LONG, _n("跟进内容", "跟進內容", "What was done"), required=True, least=10),
            _q(
                "reached",
                MULTI,
                _n("接触到的决策链", "接觸到的決策鏈", "Roles reached"),
                choices=(
                    ("eb", _n("拍板人", "拍板人", "economic buyer")),
                    ("ub", _n("使用人", "使用人", "user buyer")),
                    ("tb", _n("技术把关人", "技術把關人", "technical buyer")),
                    ("coach", _n("内线教练", "內線教練", "coach")),
                ),
            ),
            _q("risk", LONG, _n("风险", "風險", "Risk")),
            _q("help", TEXT, _n("需要的帮助", "需要的幫助", "Help needed")),
            *_NEXT,
        ),
        ("follow", "b2b/develop"),
        Decimal(5),
        1,
        "week",
    ),
    Preset(
        "F07",
        _n("成交客户登记表", "成交客戶登記表", "Registration of a won deal"),
        _n("合同生效后交给履约与财务", "合約生效後交給履約與財務", "For delivery and finance once it is won"),
        _n("排产、交付与收款安排", "排產、交付與收款安排", "Production, delivery and collection"),
        (
            _CUSTOMER,
            _q("deal", DEAL, _n("商机", "商機", "Deal"), required=True),
            _q("contract_no", TEXT, _n("合同号", "合約編號", "Contract number"), required=True),
            _q("product", TEXT, _n("产品", "產品", "Product"), required=True),
            _q("amount", MONEY, _n("合同金额", "合約金額", "Contract amount"), required=True, least=0),
            _q("terms", LONG, _n("付款条件", "付款條件", "Terms of payment"), required=True),
            _q("delivery", DATE, _n("交货日期", "交貨日期", "Delivery on"), required=True),
        ),
        ("won", "b2b/close"),
        Decimal(8),
        1,
        "month",
        readers=(*LEADERS, "operations", "finance"),
        signed=True,
    ),
    Preset(
        "F07S",
        _n("增值客户服务记录表", "增值客戶服務紀錄表", "Service beyond the deal"),
        _n("成交之后为客户做了什么", "成交之後為客戶做了什麼", "What was done after the deal"),
        _n("有没有增购机会", "有沒有增購機會", "Whether more can be sold"),
        (
            _CUSTOMER,
            _q("served_on", DATE, _n("服务日期", "服務日期", "Served on"), required=True, rule="past"),
            _q("item", LONG, _n("服务内容", "服務內容", "What was done"), required=True),
            _q(
                "satisfaction",
                CHOICE,
                _n("满意度", "滿意度", "Satisfaction"),
                required=True,
                choices=_GRADES,
            ),
            _q("more", LONG, _n("增购需求", "增購需求", "Need for more")),
            _q("companion", PERSON, _n("同行人员", "同行人員", "Together with")),
        ),
        ("serve",),
        Decimal(5),
        1,
        "month",
        fillers=(*SELLERS, "service"),
        readers=(*LEADERS, "service"),
    ),
    Preset(
        "F18",
        _n("竞争对手卡", "競爭對手卡", "Competitor card"),
        _n("在客户处遇到竞争对手时写", "在客戶處遇到競爭對手時寫", "When a competitor is met at a customer"),
        _n("怎样报价、怎样反击", "怎樣報價、怎樣反擊", "How to quote and to counter"),
        (
            _CUSTOMER,
            _DEAL,
            _q("competitor", TEXT, _n("竞争对手", "競爭對手", "Competitor"), required=True),
            _q("offer", LONG, _n("对方方案", "對方方案", "Their offer")),
            _q("price", MONEY, _n("对方报价", "對方報價", "Their price"), least=0),
            _q("strength", LONG, _n("优势", "優勢", "Strengths")),
            _q("weakness", LONG, _n("弱点", "弱點", "Weaknesses")),
            _q("counter", LONG, _n("我方对策", "我方對策", "Our counter"), required=True),
        ),
        ("b2b/propose",),
        Decimal(4),
        2,
        "month",
        readers=(*LEADERS, "marketing"),
    ),
)
CATALOGUE = (*_PAGES, *_PAPERS)
