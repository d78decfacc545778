"""Papers that B2B selling cannot do without."""

from __future__ import annotations

from decimal import Decimal

from loudou.forms.figures.fields import CHOICE, DATE, DEAL, LONG, MONEY, MULTI, NUMBER, PERSON, TEXT
from loudou.forms.presets._writing import (
    CUSTOMER_ASKED,
    DEAL_ASKED,
    GRADES,
    LEADERS,
    NEXT_ASKED,
    SCORE_HELP,
    SELLERS,
    Preset,
    names,
    question,
)

PAPERS = (
    Preset(
        "F02",
        names("客户信息过滤表", "客戶資訊過濾表", "Customer screening form"),
        names(
            "首次拜访前后判断值不值得投入",
            "首次拜訪前後判斷值不值得投入",
            "Whether a customer is worth the effort",
        ),
        names("接受、培育还是放弃", "接受、培育還是放棄", "Accept, nurture or reject"),
        (
            CUSTOMER_ASKED,
            DEAL_ASKED,
            question(
                "buying_power",
                NUMBER,
                names("购买能力", "購買能力", "Buying power"),
                required=True,
                help=SCORE_HELP,
                least=0,
                most=10,
            ),
            question(
                "intent",
                NUMBER,
                names("意向度", "意向度", "Intent"),
                required=True,
                help=SCORE_HELP,
                least=0,
                most=10,
            ),
            question(
                "buying_cycle",
                NUMBER,
                names("购买周期", "購買週期", "Buying cycle"),
                required=True,
                help=SCORE_HELP,
                least=0,
                most=10,
            ),
            question("grade", CHOICE, names("等级", "等級", "Grade"), required=True, choices=GRADES),
            question(
                "decision",
                CHOICE,
                names("结论", "結論", "Conclusion"),
                required=True,
                choices=(
                    ("accept", names("接受", "接受", "accept")),
                    ("nurture", names("培育", "培育", "nurture")),
                    ("reject", names("放弃", "放棄", "reject")),
                ),
            ),
            question("reason", LONG, names("理由", "理由", "Reason"), required=True, least=10),
        ),
        ("screen", "b2b/verify"),
        Decimal(6),
        1,
        "week",
        signed=True,
    ),
    Preset(
        "F06",
        names("重点客户跟进记录表", "重點客戶跟進紀錄表", "Key-account follow-up"),
        names("每次跟进重点客户时写", "每次跟進重點客戶時寫", "Each time a key account is followed up"),
        names("派谁去攻哪一位决策人", "派誰去攻哪一位決策人", "Who works on which decision maker"),
        (
            CUSTOMER_ASKED,
            DEAL_ASKED,
            question("trigger", TEXT, names("跟进缘由", "跟進緣由", "Trigger"), required=True),
            question(
                "content", LONG, names("跟进内容", "跟進內容", "What was done"), required=True, least=10
            ),
            question(
                "reached",
                MULTI,
                names("接触到的决策链", "接觸到的決策鏈", "Roles reached"),
                choices=(
                    ("eb", names("拍板人", "拍板人", "economic buyer")),
                    ("ub", names("使用人", "使用人", "user buyer")),
                    ("tb", names("技术把关人", "技術把關人", "technical buyer")),
                    ("coach", names("内线教练", "內線教練", "coach")),
                ),
            ),
            question("risk", LONG, names("风险", "風險", "Risk")),
            question("help", TEXT, names("需要的帮助", "需要的幫助", "Help needed")),
            *NEXT_ASKED,
        ),
        ("follow", "b2b/develop"),
        Decimal(5),
        1,
        "week",
    ),
    Preset(
        "F07",
        names("成交客户登记表", "成交客戶登記表", "Registration of a won deal"),
        names(
            "合同生效后交给履约与财务", "合約生效後交給履約與財務", "For delivery and finance once it is won"
        ),
        names("排产、交付与收款安排", "排產、交付與收款安排", "Production, delivery and collection"),
        (
            CUSTOMER_ASKED,
            question("deal", DEAL, names("商机", "商機", "Deal"), required=True),
            question("contract_no", TEXT, names("合同号", "合約編號", "Contract number"), required=True),
            question("product", TEXT, names("产品", "產品", "Product"), required=True),
            question(
                "amount", MONEY, names("合同金额", "合約金額", "Contract amount"), required=True, least=0
            ),
            question("terms", LONG, names("付款条件", "付款條件", "Terms of payment"), required=True),
            question("delivery", DATE, names("交货日期", "交貨日期", "Delivery on"), required=True),
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
        names("增值客户服务记录表", "增值客戶服務紀錄表", "Service beyond the deal"),
        names("成交之后为客户做了什么", "成交之後為客戶做了什麼", "What was done after the deal"),
        names("有没有增购机会", "有沒有增購機會", "Whether more can be sold"),
        (
            CUSTOMER_ASKED,
            question(
                "served_on", DATE, names("服务日期", "服務日期", "Served on"), required=True, rule="past"
            ),
            question("item", LONG, names("服务内容", "服務內容", "What was done"), required=True),
            question(
                "satisfaction",
                CHOICE,
                names("满意度", "滿意度", "Satisfaction"),
                required=True,
                choices=GRADES,
            ),
            question("more", LONG, names("增购需求", "增購需求", "Need for more")),
            question("companion", PERSON, names("同行人员", "同行人員", "Together with")),
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
        names("竞争对手卡", "競爭對手卡", "Competitor card"),
        names(
            "在客户处遇到竞争对手时写", "在客戶處遇到競爭對手時寫", "When a competitor is met at a customer"
        ),
        names("怎样报价、怎样反击", "怎樣報價、怎樣反擊", "How to quote and to counter"),
        (
            CUSTOMER_ASKED,
            DEAL_ASKED,
            question("competitor", TEXT, names("竞争对手", "競爭對手", "Competitor"), required=True),
            question("offer", LONG, names("对方方案", "對方方案", "Their offer")),
            question("price", MONEY, names("对方报价", "對方報價", "Their price"), least=0),
            question("strength", LONG, names("优势", "優勢", "Strengths")),
            question("weakness", LONG, names("弱点", "弱點", "Weaknesses")),
            question("counter", LONG, names("我方对策", "我方對策", "Our counter"), required=True),
        ),
        ("b2b/propose",),
        Decimal(4),
        2,
        "month",
        readers=(*LEADERS, "marketing"),
    ),
)
