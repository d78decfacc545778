"""Funnels of which the sources give names alone (`domain.md` R091 a–l)."""

from __future__ import annotations

from loudou.pipeline.presets._writing import Preset, names, plain

PLAIN = (
    Preset(
        "short",
        names("四步简式", "四步簡式", "Four plain steps"),
        "general",  # R091 a
        plain(
            ("prospect", 10, "潜在客户", "潛在客戶", "Prospect"),
            ("interested", 30, "意向客户", "意向客戶", "Interested"),
            ("quote", 60, "报价", "報價", "Quote"),
            ("close", 85, "成交", "成交", "Close"),
        ),
    ),
    Preset(
        "solution",
        names("方案销售", "方案銷售", "Solution sale"),
        "general",  # R091 b
        plain(
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
        names("八步流程", "八步流程", "Eight steps"),
        "general",  # R091 c
        plain(
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
        names("意向洽谈", "意向洽談", "Interest and talks"),
        "general",  # R091 e
        plain(
            ("prospect", 10, "潜在客户", "潛在客戶", "Prospect"),
            ("interested", 25, "意向客户", "意向客戶", "Interested"),
            ("talks", 50, "洽谈客户", "洽談客戶", "In talks"),
            ("nearly", 80, "即将成交客户", "即將成交客戶", "About to close"),
            ("close", 90, "成交客户", "成交客戶", "Close"),
        ),
    ),
    Preset(
        "aida",
        names("注意到行动", "注意到行動", "Lead to action"),
        "internet",  # R091 f, R225
        plain(
            ("lead", 5, "线索", "線索", "Lead"),
            ("interest", 15, "兴趣", "興趣", "Interest"),
            ("desire", 40, "欲望", "慾望", "Desire"),
            ("action", 80, "行动", "行動", "Action"),
        ),
    ),
    Preset(
        "purchase-intent",
        names("购买意向", "購買意向", "Purchase intent"),
        "general",  # R091 g
        plain(
            ("prospect", 5, "潜在客户", "潛在客戶", "Prospect"),
            ("interest", 15, "兴趣客户", "興趣客戶", "Interested"),
            ("informed", 35, "了解客户", "了解客戶", "Informed"),
            ("intent", 65, "购买意向客户", "購買意向客戶", "Means to buy"),
            ("close", 90, "成交客户", "成交客戶", "Close"),
        ),
    ),
    Preset(
        "lead-to-service",
        names("线索到售后", "線索到售後", "Lead to service"),
        "general",  # R091 h
        plain(
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
        names("售前主导", "售前主導", "Led by pre-sales"),
        "presales",  # R091 i, R223
        plain(
            ("prospects", 10, "潜在客户开发", "潛在客戶開發", "Find prospects"),
            ("first_contact", 20, "初次沟通", "初次溝通", "First talk"),
            ("needs", 35, "需求分析", "需求分析", "Needs analysis"),
            ("solution", 60, "解决方案", "解決方案", "Solution"),
            ("handed", 80, "转销售成交", "轉銷售成交", "Handed to sales"),
        ),
    ),
    Preset(
        "consultative",
        names("顾问式", "顧問式", "Consultative"),
        "general",  # R091 j
        plain(
            ("interest", 10, "激发兴趣", "激發興趣", "Raise interest"),
            ("trust", 20, "建立信任", "建立信任", "Build trust"),
            ("needs", 40, "分析需求", "分析需求", "Analyse needs"),
            ("solution", 60, "提供解决方案", "提供解決方案", "Offer the solution"),
            ("close", 85, "谈判与成交", "談判與成交", "Negotiate and close"),
        ),
    ),
    Preset(
        "satisfaction",
        names("到客户满意", "到客戶滿意", "To satisfaction"),
        "general",  # R091 k
        plain(
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
        names("经理版", "經理版", "The manager's"),
        "general",  # R091 l
        plain(
            ("find", 10, "潜在客户发现", "潛在客戶發現", "Find prospects"),
            ("connect", 20, "与客户建立联系", "與客戶建立聯繫", "Connect"),
            ("needs", 35, "了解客户需求", "了解客戶需求", "Learn the needs"),
            ("solution", 55, "提供解决方案", "提供解決方案", "Offer the solution"),
            ("negotiate", 75, "商务谈判", "商務談判", "Negotiate"),
            ("close", 90, "成交", "成交", "Close"),
        ),
    ),
)
