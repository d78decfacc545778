"""Columns that several kinds of rows have: what files call them, and how they are read."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from loudou.customers.models import SOURCES
from loudou.exchange.importing import cells
from loudou.exchange.importing.spec import Column

CUSTOMER_CODES = (
    *("客户编号", "客户编码", "客户代码", "客户 ID", "客户ID"),
    *("客戶編號", "客戶代碼"),
)
DEAL_CODES = ("商机编号", "商机编码", "机会编号", "商機編號", "项目编号", "opportunity_id")
PRODUCT_CODES = (
    *("产品编号", "产品编码", "产品代码", "物料编码", "料号"),
    *("產品編號", "料號", "Product - Product Code", "sku"),
)
_OWNERS = (
    *("负责人", "归属人", "所有人", "销售", "业务员", "跟进人", "负责人用户名"),
    *("負責人", "業務員", "業務", "Owner"),
)

read_source = cells.word(
    lambda: SOURCES,
    exhibition=("展会", "展會", "会展", "trade show"),
    referral=("转介绍", "轉介紹", "客户介绍", "老客户介绍", "介绍", "推荐", "推薦"),
    web=(
        *("官网", "官網", "网络", "網路", "网站", "網站", "搜索", "线上", "線上"),
        "organic search",
    ),
    advertisement=("广告", "廣告", "推广", "ads", "paid search"),
    social=("社交媒体", "社群", "微信", "抖音", "公众号", "social"),
    phone=("电话", "電話", "电话营销", "来电", "來電", "cold call"),
    partner=("渠道", "合作伙伴", "代理商", "经销商", "夥伴", "channel"),
    visit=("拜访", "拜訪", "陌拜", "上门", "walk-in"),
    database=("数据库", "資料庫", "名录", "名錄", "名单", "名單", "list"),
    event=("活动", "活動", "市场活动", "沙龙", "campaign"),
    other=("其他", "其它", "未知", "unknown"),
)


def number(*aliases: str, title: str | Promise = "") -> Column:
    """The number a row is known by."""
    title = title or gettext_lazy("number")
    return Column("code", title, cells.code(60), aliases=(*aliases, "编号", "編號"))


def owner(*aliases: str, title: str | Promise = "", required: bool = False) -> Column:
    """Whose a row is, by user name or name."""
    title = title or gettext_lazy("user name of the owner")
    return Column("owner_username", title, cells.text(60), required, (*_OWNERS, *aliases))


def unit_code(*, required: bool = False) -> Column:
    """The unit a row is about."""
    names = (
        "部门编码",
        "部門編碼",
        "部门",
        "部門",
        "所属部门",
        "所屬部門",
        "单位编码",
        "單位編碼",
        "组织编码",
    )
    return Column("unit_code", gettext_lazy("unit code"), cells.code(40), required, names)


def username(*, required: bool = False) -> Column:
    """The person a row is about."""
    names = ("用户名", "使用者名稱", "人员", "人員", "姓名", "销售人员", "銷售人員")
    return Column("username", gettext_lazy("user name"), cells.text(60), required, names)


def since() -> Column:
    """The first day on which what a row says is so."""
    names = ("since", "valid_from", "起始日期", "起始日", "开始日期", "開始日期", "生效日期", "自")
    return Column("from", gettext_lazy("first day"), cells.day, True, names)


def until() -> Column:
    """The first day on which what a row says is so no more."""
    names = ("valid_until", "终止日期", "終止日期", "结束日期", "結束日期", "失效日期", "至")
    return Column("until", gettext_lazy("first day after it"), cells.day, aliases=names)


def customer_code(*aliases: str) -> Column:
    """The customer a row is about."""
    title = gettext_lazy("code of the customer")
    return Column("customer_code", title, cells.code(60), aliases=(*CUSTOMER_CODES, *aliases))


def deal_code(*aliases: str, required: bool = False) -> Column:
    """The deal a row is about."""
    title = gettext_lazy("number of the deal")
    return Column("deal_code", title, cells.code(60), required, (*DEAL_CODES, *aliases))


def product_code() -> Column:
    """The product a row is about."""
    return Column("product_code", gettext_lazy("code of the product"), cells.code(60), True, PRODUCT_CODES)


def currency(*aliases: str, required: bool = False) -> Column:
    """The currency of a row's amounts."""
    names = ("币种", "货币", "幣別", *aliases)
    return Column("currency", gettext_lazy("currency"), cells.currency, required, names)


def source(*aliases: str) -> Column:
    """Through what a customer or deal was found."""
    return Column("source", gettext_lazy("source"), read_source, aliases=("来源", "來源", *aliases))


def created_at(*aliases: str) -> Column:
    """Since when there is what a row tells of."""
    names = ("创建时间", "创建日期", "建立日期", "建立時間", "Create Date", "Created", *aliases)
    return Column("created_at", gettext_lazy("there since"), cells.past, aliases=names)


def origin(*ids: str) -> tuple[Column, Column]:
    """The system a row comes from, and what it is known by there; `ids` are what such systems call that."""
    system, key = gettext_lazy("system it comes from"), gettext_lazy("its id there")
    return (
        Column("source_system", system, cells.code(60), aliases=("来源系统", "來源系統")),
        Column("source_id", key, cells.code(120), aliases=("来源编号", "原系统编号", "來源編號", *ids)),
    )
