"""Forms that are pages of the product; their fields are only named."""

from __future__ import annotations

from decimal import Decimal

from loudou.forms.figures.fields import CUSTOMER, DATE, DEAL, LONG, MONEY, PLACE, TEXT
from loudou.forms.presets._writing import LEADERS, NEXT_ASKED, Preset, names, question

PAGES = (
    Preset(
        "F01",
        names("客户信息收集表", "客戶資訊收集表", "Customer information form"),
        names(
            "发现客户时把已知的写下来", "發現客戶時把已知的寫下來", "What is known of a customer when found"
        ),
        names("值不值得过滤和拜访", "值不值得過濾與拜訪", "Whether to screen and visit them"),
        (
            question("name", TEXT, names("客户名称", "客戶名稱", "Name of the customer")),
            question("uscc", TEXT, names("统一社会信用代码", "統一編號", "Unified social credit code")),
            question("source", TEXT, names("来源", "來源", "Source")),
            question("contact", TEXT, names("联系人", "聯絡人", "Contact")),
            question("phone", TEXT, names("电话", "電話", "Phone")),
            question("address", PLACE, names("地址", "地址", "Address")),
            question("need", LONG, names("需求", "需求", "Need")),
        ),
        ("collect", "b2b/verify"),
        Decimal(3),
        1,
        "week",
        "customer",
    ),
    Preset(
        "F03",
        names("客户拜访计划表", "客戶拜訪計畫表", "Visit plan"),
        names("拜访前想清楚为什么去、谈什么", "拜訪前想清楚為什麼去、談什麼", "Why one goes, and what for"),
        names("签字后才能去拜访", "簽字後才能去拜訪", "Whether the visit may be made"),
        (
            question("customer", CUSTOMER, names("客户", "客戶", "Customer")),
            question("contact", TEXT, names("联系人", "聯絡人", "Contact")),
            question("deal", DEAL, names("商机", "商機", "Deal")),
            question("starts_at", DATE, names("计划时间", "計畫時間", "Planned for")),
            question("place", PLACE, names("地点", "地點", "Place")),
            question("method", TEXT, names("方式", "方式", "Method")),
            question("background", LONG, names("背景、状况", "背景、狀況", "Background, situation")),
            question("objectives", LONG, names("拜访目标", "拜訪目標", "Objectives")),
            question("strategy", LONG, names("拜访策略", "拜訪策略", "Strategy")),
            question("questions", LONG, names("要问的问题", "要問的問題", "Questions")),
            question("materials", TEXT, names("携带资料", "攜帶資料", "Materials")),
        ),
        ("plan", "b2b/verify", "b2b/develop", "b2b/propose", "b2b/close"),
        Decimal(4),
        4,
        "week",
        "visit_plan",
    ),
    Preset(
        "F04",
        names("客户拜访记录表", "客戶拜訪紀錄表", "Visit record"),
        names(
            "拜访后 24 小时内写下问与答", "拜訪後 24 小時內寫下問與答", "Questions and answers, within a day"
        ),
        names("商机是否升迁、如何辅导", "商機是否推進、如何輔導", "Whether the deal moves on; coaching"),
        (
            question("persons", TEXT, names("见到的人", "見到的人", "Persons met")),
            question("at", DATE, names("实际时间", "實際時間", "Actual time")),
            question(
                "concerns",
                LONG,
                names("客户所关注的问题", "客戶所關注的問題", "What the customer cares about"),
            ),
            question("results", LONG, names("拜访结果", "拜訪結果", "Results")),
            question("ours", TEXT, names("我方承诺", "我方承諾", "What we promised")),
            question("theirs", TEXT, names("客户承诺", "客戶承諾", "What the customer promised")),
            question("competitors", LONG, names("竞品动态", "競品動態", "News of competitors")),
            *NEXT_ASKED,
        ),
        ("visit", "b2b/verify", "b2b/develop", "b2b/propose", "b2b/close"),
        Decimal(10),
        4,
        "week",
        "visit_record",
    ),
    Preset(
        "F08",
        names("日清单", "日清單", "Day log"),
        names("一天里每件事，当日写清", "一天裡每件事，當日寫清", "Every thing of the day, on the day"),
        names("哪里需要支持、哪里需要抽查", "哪裡需要支援、哪裡需要抽查", "Where help or a check is needed"),
        (
            question("at", DATE, names("时间", "時間", "Time")),
            question("place", PLACE, names("到什么地方", "到什麼地方", "Where")),
            question("customer", TEXT, names("拜访什么客户", "拜訪什麼客戶", "Which customer")),
            question("topics", LONG, names("商谈什么问题", "商談什麼問題", "About what")),
            question("result", LONG, names("解决了什么问题", "解決了什麼問題", "What was solved")),
            question("unsolved", LONG, names("还存在什么问题", "還存在什麼問題", "What is still open")),
            question(
                "help", LONG, names("需要公司提供何种帮助", "需要公司提供何種幫助", "Which help is needed")
            ),
            question("plan", LONG, names("明天的工作计划", "明天的工作計畫", "Plan for tomorrow")),
            question("market", LONG, names("市场信息", "市場資訊", "News of the market")),
            question("competitors", LONG, names("竞品动态", "競品動態", "News of competitors")),
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
        names("日清单（总部）", "日清單（總部）", "Day log of the control desk"),
        names("早八点与傍晚的电话记录", "早八點與傍晚的電話紀錄", "What the desk heard on the phone"),
        names("两份日清单是否一致", "兩份日清單是否一致", "Whether both logs agree"),
        (
            question("arrival", TEXT, names("准时到达", "準時到達", "On time")),
            question("place", PLACE, names("到什么地方", "到什麼地方", "Where")),
            question("customer", TEXT, names("拜访什么客户", "拜訪什麼客戶", "Which customer")),
            question("deviation", TEXT, names("与计划的偏差", "與計畫的偏差", "Deviations from the plan")),
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
        names("电话记录卡", "電話紀錄卡", "Phone record card"),
        names("客户与业务员的来电", "客戶與業務員的來電", "Calls from customers and salespeople"),
        names("谁来答复、何时答复", "誰來答覆、何時答覆", "Who replies, and by when"),
        (
            question("caller", TEXT, names("来电人", "來電人", "Caller")),
            question("number", TEXT, names("来电号码", "來電號碼", "Number")),
            question("matter", LONG, names("事由", "事由", "Matter")),
            question("reply", LONG, names("答复", "答覆", "Reply")),
        ),
        ("follow",),
        Decimal(2),
        3,
        "week",
        "call",
    ),
    Preset(
        "F16",
        names("销售预测表", "銷售預測表", "Sales forecast sheet"),
        names("每周提交一次预测", "每週提交一次預測", "The forecast, once a week"),
        names("备货、资金与目标调整", "備貨、資金與目標調整", "Stock, cash, adjustment of targets"),
        (
            question("period", TEXT, names("期间", "期間", "Period")),
            question("amount", MONEY, names("销售额", "銷售額", "Sales")),
            question("reason", TEXT, names("调整原因", "調整原因", "Reason of the adjustment")),
        ),
        ("forecast",),
        Decimal(8),
        1,
        "week",
        "forecast",
    ),
    Preset(
        "F27",
        names("支持请求", "支援請求", "Call for help"),
        names("一线最需要的时候得到支持", "第一線最需要的時候得到支援", "Help when it is needed most"),
        names("派谁、何时支持", "派誰、何時支援", "Who helps, and when"),
        (
            question(
                "matter", LONG, names("需要公司提供何种帮助", "需要公司提供何種幫助", "Which help is needed")
            ),
            question("asked_at", DATE, names("提出时间", "提出時間", "Asked at")),
            question("helper", TEXT, names("由谁支持", "由誰支援", "Who helps")),
            question("answer", LONG, names("支持结果", "支援結果", "What was done about it")),
        ),
        ("day",),
        Decimal(2),
        1,
        "week",
        "support",
        readers=(*LEADERS, "control", "operations"),
    ),
)
