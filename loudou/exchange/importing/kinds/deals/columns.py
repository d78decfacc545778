"""What lists of deals say, and what they call it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.kinds._texts import whole
from loudou.exchange.importing.spec import Column

COLUMNS = (
    columns.number(*columns.DEAL_CODES, "Deal ID"),
    Column(
        "title",
        gettext_lazy("title"),
        cells.text(200),
        aliases=(
            "商机名称",
            "机会名称",
            "项目名称",
            "商機名稱",
            "標題",
            "标题",
            "名称",
            "Deal - Title",
            "Deal Name",
            "Opportunity Name",
        ),
    ),
    columns.customer_code(),
    Column(
        "customer_name",
        gettext_lazy("customer"),
        cells.text(200),
        aliases=(
            "客户名称",
            "客户",
            "公司名称",
            "客戶名稱",
            "客戶",
            "Organization",
            "Organization - Name",
            "Company Name",
            "Associated Company",
            "Account Name",
        ),
    ),
    Column(
        "funnel",
        gettext_lazy("funnel"),
        cells.text(80),
        aliases=("漏斗", "销售漏斗", "销售流程", "銷售漏斗"),
    ),
    columns.owner("Deal - Owner", "Deal owner"),
    Column(
        "amount",
        gettext_lazy("expected order amount"),
        cells.amount,
        aliases=(
            "金额",
            "预计金额",
            "预计订单金额",
            "商机金额",
            "預計訂單金額",
            "金額",
            "Deal - Value",
            "Amount",
            "Value",
        ),
    ),
    columns.currency("Deal - Currency of value", "Currency"),
    Column(
        "expected_close",
        gettext_lazy("expected order date"),
        cells.day,
        aliases=(
            "预计成交日期",
            "预计成交时间",
            "预期订单日期",
            "预计签单日期",
            "預計成交日期",
            "預計訂單日期",
            "预计结单日期",
            "Deal - Expected close date",
            "Expected close date",
            "Close Date",
            "expected_on",
        ),
    ),
    columns.created_at("商机创建时间", "Deal - Creation date"),
    columns.source("商机来源", "商機來源", "Lead source"),
    Column("first_amount", gettext_lazy("amount it began with"), cells.amount),
    Column("first_expected_close", gettext_lazy("date it began with"), cells.day),
    Column("first_owner_username", gettext_lazy("user name of its first owner"), cells.text(60)),
    Column(
        "funnel_version",
        gettext_lazy("version of the funnel"),
        whole(9999),
        aliases=("漏斗版本",),
    ),
    *columns.origin("Record ID", "Deal - Pipedrive System ID"),
)
