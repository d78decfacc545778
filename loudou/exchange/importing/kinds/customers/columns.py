"""What lists of customers say, and what they call it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from loudou.customers.models import GRADE_WORDS, Customer
from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.reading import Reading
from loudou.exchange.importing.spec import Column


def _note(raw: str, reading: Reading) -> str:
    note: str = cells.text(10_000)(raw, reading)
    return note


def _tags(raw: str, reading: Reading) -> list[str]:
    return [
        part.strip()
        for part in raw.replace("，", ",").replace("；", ",").replace(";", ",").split(",")
        if part.strip()
    ]


def _grade(raw: str, reading: Reading) -> str:
    text: str = cells.text(12)(raw, reading)
    return GRADE_WORDS.get(text.lower()) or text


COLUMNS = (
    Column(
        "code",
        gettext_lazy("code"),
        cells.code(60),
        aliases=(*columns.CUSTOMER_CODES, "編號", "编号", "编码", "編碼", "代碼", "代码"),
    ),
    Column(
        "name",
        gettext_lazy("name"),
        cells.text(200),
        required=True,
        aliases=(
            "客户名称",
            "公司名称",
            "企业名称",
            "客户",
            "单位名称",
            "客户全称",
            "名称",
            "客戶名稱",
            "公司名稱",
            "名稱",
            "Organization - Name",
            "Company name",
            "Account Name",
            "Company",
            "Associated Company",
            "account",
            "customer",
            "线索名称",
            "線索名稱",
        ),
        instead="contact_name",
    ),
    Column(
        "industry",
        gettext_lazy("industry"),
        cells.text(80),
        aliases=(
            "行业",
            "客户行业",
            "所属行业",
            "行业类别",
            "產業",
            "行業",
            "客户类型",
            "类型",
            "sector",
        ),
    ),
    Column(
        "size",
        gettext_lazy("size"),
        cells.text(40),
        aliases=(
            "规模",
            "人员规模",
            "企业规模",
            "員工人數",
            "规模人数",
            "員工數",
            "規模",
            "employees",
            "Number of employees",
        ),
    ),
    Column(
        "region",
        gettext_lazy("Region"),
        cells.text(80),
        aliases=(
            "区域",
            "地区",
            "所在地区",
            "省份",
            "省/自治区",
            "省",
            "區域",
            "地區",
            "Country/Region",
            "市",
            "城市",
        ),
        parts=(("省", "市", "区"), ("省", "市"), ("省份", "城市"), ("省/自治区", "城市")),
    ),
    columns.owner(
        "所屬人員",
        "Organization - Owner",
        "Person - Owner",
        "Company owner",
        "Contact owner",
        "Account Owner",
    ),
    columns.source("客户来源", "客戶來源", "渠道来源", "Lead source", "Original Source"),
    Column(
        "uscc",
        gettext_lazy("unified social credit code"),
        cells.code(30),
        aliases=(
            "统一社会信用代码",
            "信用代码",
            "社会信用代码",
            "统一信用代码",
            "税号",
            "纳税人识别号",
            "統一編號",
            "统一编号",
        ),
    ),
    Column(
        "phone",
        gettext_lazy("phone"),
        cells.code(60),
        aliases=(
            "电话",
            "公司电话",
            "座机号",
            "座机",
            "联系电话",
            "手机",
            "手机号",
            "手机号码",
            "電話",
            "公司電話",
            "聯絡電話",
            "手機",
            "Organization - Phone",
            "Phone Number",
            "Phone",
            "Person - Phone",
            "mobile",
            "tel",
        ),
    ),
    columns.created_at(
        "建档日期", "录入时间", "建檔日期", "Organization - Creation date", "Person - Creation date"
    ),
    Column(
        "kind",
        gettext_lazy("company or person"),
        cells.word(
            lambda: dict(Customer.Kind.choices),
            company=("企业", "企業", "小型企业", "小型企業", "单位", "組織", "法人", "公司"),
            person=("个人", "個人", "个人客户", "消费者", "消費者", "自然人"),
        ),
        aliases=("细分", "細分"),
    ),
    Column(
        "address",
        gettext_lazy("address"),
        cells.text(300),
        aliases=(
            "地址",
            "公司地址",
            "详细地址",
            "客户地址",
            "詳細地址",
            "Organization - Address",
            "Address",
            "Street Address",
        ),
    ),
    Column(
        "website",
        gettext_lazy("website"),
        cells.text(200),
        aliases=(
            "网址",
            "网站",
            "官网",
            "公司网址",
            "網址",
            "Website URL",
            "Domain",
            "Company Domain Name",
            "Website",
        ),
    ),
    Column(
        "grade",
        gettext_lazy("grade"),
        _grade,
        aliases=("等级", "客户等级", "级别", "客户级别", "等級", "客戶等級"),
    ),
    Column(
        "tags",
        gettext_lazy("tags"),
        _tags,
        aliases=("标签", "客户标签", "標籤", "Organization - Labels", "Tags"),
    ),
    Column(
        "note",
        gettext_lazy("note"),
        _note,
        aliases=(
            "备注",
            "备注信息",
            "說明",
            "备注说明",
            "備註",
            "Note - Content",
            "Notes",
            "需求描述",
            "需求",
        ),
    ),
    Column(
        "contact_name",
        gettext_lazy("contact"),
        cells.text(80),
        aliases=(
            "联系人",
            "联系人姓名",
            "主要联系人",
            "聯絡人",
            "Person - Name",
            "Contact",
            "Contact Name",
            "Contact person",
        ),
        parts=(("First Name", "Last Name"), ("Person - First name", "Person - Last name")),
    ),
    Column(
        "contact_title",
        gettext_lazy("contact's position"),
        cells.text(80),
        aliases=("职务", "职位", "联系人职务", "職稱", "職務", "Job Title"),
        beside="contact_name",
    ),
    Column(
        "contact_phone",
        gettext_lazy("contact's phone"),
        cells.code(60),
        aliases=(
            "联系人电话",
            "联系人手机",
            "聯絡人電話",
            "手机",
            "手机号",
            "手机号码",
            "手機",
            "mobile",
        ),
        beside="contact_name",
    ),
    Column(
        "contact_email",
        gettext_lazy("contact's e-mail"),
        cells.text(254),
        aliases=(
            "邮箱",
            "电子邮箱",
            "电子邮件",
            "E-mail",
            "Email",
            "電子郵件",
            "信箱",
            "Person - Email (Work)",
            "Person - Email",
        ),
        beside="contact_name",
    ),
    Column(
        "contact_wechat",
        gettext_lazy("contact's WeChat"),
        cells.text(60),
        aliases=("微信", "微信号", "微信號", "WeChat"),
        beside="contact_name",
    ),
    *columns.origin("Record ID", "Organization - Pipedrive System ID", "Person - Pipedrive System ID"),
)
