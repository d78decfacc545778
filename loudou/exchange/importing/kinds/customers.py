"""Customers, with the person there whom many lists name beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers import verbs
from loudou.customers.figures.names import core_of
from loudou.customers.models import GRADE_WORDS, SOURCES, Contact, Customer
from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.references import (
    by_code,
    company,
    known_before,
    person,
    remember,
    source_of,
)
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import User

_FIELDS = (
    *("name", "kind", "industry", "size", "region", "address", "website", "source", "uscc", "phone", "grade"),
    *("tags", "note", "created_at"),
)
_CONTACT = ("contact_name", "contact_title", "contact_phone", "contact_email", "contact_wechat")
_BLAMED = {"owner": "owner_username", "name": "name"}
_WHOLE_NAME = ("First Name", "Last Name")


read_source = cells.word(
    lambda: SOURCES,
    exhibition=("展会", "展會", "会展", "trade show"),
    referral=("转介绍", "轉介紹", "客户介绍", "老客户介绍", "介绍", "推荐", "推薦"),
    web=(
        "官网",
        "官網",
        "网络",
        "網路",
        "网站",
        "網站",
        "搜索",
        "线上",
        "線上",
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


def take(rows: Sequence[Row], run: Run) -> None:
    """Add customers that are new, bring up to date those that are there; then the people they name."""
    known = known_before(run, rows, fallback=_told_by)
    there = _there(rows, known)
    owned = [row for row in rows if _find_owner(row, run)]
    fresh = [row for row in owned if id(row) not in there]
    taken = dict(there)
    for row, customer in _add(fresh, run):
        taken[id(row)] = customer
    _bring_up_to_date([(row, there[id(row)]) for row in owned if id(row) in there], run)
    if not run.dry:
        remember(
            run,
            [(row, taken[id(row)].pk) for row in owned if id(row) in taken and id(row) not in known],
            fallback=_told_by,
        )
    _add_contacts([(row, taken[id(row)]) for row in owned if id(row) in taken and not _is_refused(row)], run)


def _there(rows: Sequence[Row], known: Mapping[int, int]) -> dict[int, Customer]:
    """The customers that rows are about, by the row: known by their source, or by their code."""
    codes = by_code(Customer, (row.values["code"] for row in rows if "code" in row.values))
    rest = _by_key(set(known.values()))
    found = {
        id(row): customer
        for row in rows
        if (customer := rest.get(known.get(id(row), 0)) or codes.get(row.values.get("code", "")))
    }
    kept = _by_key({customer.merged_into_id for customer in found.values() if customer.merged_into_id})
    return {row: kept.get(customer.merged_into_id or 0, customer) for row, customer in found.items()}


def _by_key(keys: Collection[int]) -> dict[int, Customer]:
    """Customers by their keys; what they are found by is left where it is."""
    return Customer.objects.defer("search").in_bulk(list(keys)) if keys else {}


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells customers apart that have neither code nor source."""
    return values.get("name"), values.get("uscc"), values.get("phone")


def _find_owner(row: Row, run: Run) -> bool:
    """Put the owner in place of their name; what is no day for somebody to set is left out."""
    name = row.values.get("owner_username")
    if name:
        owner = person(run, name)
        if owner is None:
            row.refuse(_("There is nobody with the user name “{code}”.").format(code=name), "owner_username")
            return False
        row.values["owner"] = owner
    if "created_at" in row.values and not may(run.by, "exchange.import_history"):
        free = timedelta(days=company(run).back_date_days)
        if row.values["created_at"] < run.reading.now - free:
            del row.values["created_at"]
            row.warn(_("Only a migration dates customers back; the date is not taken over."), "created_at")
    return True


def _add(rows: Sequence[Row], run: Run) -> Iterable[tuple[Row, Customer]]:
    """Add customers, and warn of those that may be there already under another code."""
    wanted = [
        {name: row.values[name] for name in ("code", "owner", "extra", *_FIELDS) if name in row.values}
        for row in rows
    ]
    added: list[tuple[Row, Customer]] = []
    alike = _alike(rows, run)
    for row, outcome in zip(rows, verbs.add_customers(wanted, by=run.by, dry_run=run.dry), strict=True):
        if isinstance(outcome, Refused):
            row.refuse(outcome.sentence, _BLAMED.get(outcome.field, outcome.field))
            continue
        row.outcome = "new"
        added.append((row, outcome))
        if warning := alike.get(id(row)):
            row.warn(warning, "name")
    if not run.dry:
        run.trace.note_made("customers.customer", [customer.pk for _row, customer in added])
    return added


def _alike(rows: Sequence[Row], run: Run) -> dict[int, str]:
    """What to say of rows whose name or phone somebody has already, as far as the person may see that one."""
    names, phones = defaultdict(list), defaultdict(list)
    for row in rows:
        names[core_of(row.values["name"])].append(row)
        if row.values.get("phone"):
            phones[row.values["phone"]].append(row)
    current = Customer.objects.current().visible_to(run.by)
    seen: dict[int, str] = {}
    for column, wanted in (("name_core", names), ("phone", phones)):
        # Indexed are only those that are not empty; said so, the index is used.
        others = current.exclude(**{column: ""}).filter(**{f"{column}__in": list(wanted)})
        known = others.values_list(column, "name", "code") if wanted else ()
        for value, name, code in known:
            for row in wanted[value]:
                sentence = _("This may be “{name}” ({code}), who is there already.")
                seen.setdefault(id(row), sentence.format(name=name, code=code))
    return seen


def _bring_up_to_date(pairs: Sequence[tuple[Row, Customer]], run: Run) -> None:
    """Bring customers up to date with what their rows say; foreign ones are not touched, nor named."""
    seen = []
    for row, customer in pairs:
        if may(run.by, "customers.see", customer):
            seen.append((row, customer))
        else:
            code = row.values.get("code", "")
            row.refuse(_("A customer with the code “{code}” exists.").format(code=code), "code")
    wanted = verbs.differences((customer, _said(row, customer)) for row, customer in seen)
    changing: dict[int, Customer] = {}
    for (row, customer), values in zip(seen, wanted, strict=True):
        owner = row.values.get("owner")
        if isinstance(values, Refused):
            row.refuse(values.sentence, _BLAMED.get(values.field, values.field))
        elif values or (owner is not None and owner.pk != customer.owner_id):
            changing[id(row)] = customer
            row.values["differing"] = values
        else:
            row.outcome = "unchanged"
    each(
        [row for row, _customer in seen if id(row) in changing],
        lambda row: _change(changing[id(row)], row, run),
        **_BLAMED,
    )


def _said(row: Row, customer: Customer) -> dict[str, Any]:
    """What a row says of a customer that is there."""
    said = {name: row.values[name] for name in _FIELDS if name in row.values}
    if extra := row.values.get("extra"):
        said["extra"] = {**customer.extra, **extra}
    return said


def _change(customer: Customer, row: Row, run: Run) -> str:
    """Change what differs: what the customer says, and whose it is."""
    said, differing = _said(row, customer), row.values["differing"]
    before = {name: plain(getattr(customer, name)) for name in differing}
    if differing:
        customer = verbs.edit_customer(customer, by=run.by, **{name: said[name] for name in differing})
    owner: User | None = row.values.get("owner")
    if owner is not None and owner.pk != customer.owner_id:
        before["owner_id"] = customer.owner_id
        verbs.hand_over(customer, owner=owner, by=run.by, reason=_("by import"))
    run.trace.changed.append({"label": "customers.customer", "id": customer.pk, "before": before})
    return "changed"


def _add_contacts(pairs: Sequence[tuple[Row, Customer]], run: Run) -> None:
    """Add the people whom rows name and whom their customer does not know yet."""
    naming = [(row, customer) for row, customer in pairs if row.values.get("contact_name")]
    if not naming:
        return
    keys = [customer.pk for _row, customer in naming if customer.pk]
    known = set(Contact.objects.filter(customer__in=keys).values_list("customer_id", "name"))
    fresh = [
        (row, customer) for row, customer in naming if (customer.pk, row.values["contact_name"]) not in known
    ]
    wanted = [
        (
            customer,
            {name.removeprefix("contact_"): row.values[name] for name in _CONTACT if name in row.values},
        )
        for row, customer in fresh
    ]
    outcomes = verbs.add_contacts(wanted, by=run.by, dry_run=run.dry)
    for (row, _customer), outcome in zip(fresh, outcomes, strict=True):
        if isinstance(outcome, Refused):
            row.warn(outcome.sentence, f"contact_{outcome.field}")
            continue
        if row.outcome == "unchanged":
            row.outcome = "changed"
        if not run.dry:
            run.trace.note_made("customers.contact", [outcome.pk])


def _is_refused(row: Row) -> bool:
    return row.outcome == "refused"


def _key(values: dict[str, Any]) -> Any:
    return source_of(values) or values.get("code") or (*_told_by(values), values.get("owner_username"))


def _note(raw: str, reading: cells.Reading) -> str:
    note: str = cells.text(10_000)(raw, reading)
    return note


def _tags(raw: str, reading: cells.Reading) -> list[str]:
    return [
        part.strip()
        for part in raw.replace("，", ",").replace("；", ",").replace(";", ",").split(",")
        if part.strip()
    ]


def _grade(raw: str, reading: cells.Reading) -> str:
    text: str = cells.text(12)(raw, reading)
    return GRADE_WORDS.get(text.lower()) or text


register(
    Kind(
        name="customers",
        title=gettext_lazy("Customers"),
        rights=("customers.add",),
        order=40,
        keeps=True,
        first_counts=True,
        take=take,
        key=_key,
        columns=(
            Column(
                "code",
                gettext_lazy("code"),
                cells.code(60),
                aliases=(
                    "客户编号",
                    "客户编码",
                    "客户代码",
                    "客户 ID",
                    "客户ID",
                    "編號",
                    "客戶編號",
                    "客戶代碼",
                    "编号",
                    "编码",
                ),
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
                parts=(_WHOLE_NAME,),
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
                gettext_lazy("region"),
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
            Column(
                "owner_username",
                gettext_lazy("user name of the owner"),
                cells.text(60),
                aliases=(
                    "负责人",
                    "归属人",
                    "所有人",
                    "销售",
                    "业务员",
                    "跟进人",
                    "負責人",
                    "業務員",
                    "所屬人員",
                    "负责人用户名",
                    "Organization - Owner",
                    "Person - Owner",
                    "Company owner",
                    "Contact owner",
                    "Owner",
                    "Account Owner",
                ),
            ),
            Column(
                "source",
                gettext_lazy("source"),
                read_source,
                aliases=(
                    "来源",
                    "客户来源",
                    "來源",
                    "客戶來源",
                    "渠道来源",
                    "Lead source",
                    "Original Source",
                ),
            ),
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
            Column(
                "created_at",
                gettext_lazy("since"),
                cells.past,
                aliases=(
                    "创建时间",
                    "创建日期",
                    "建立日期",
                    "建档日期",
                    "录入时间",
                    "建立時間",
                    "建檔日期",
                    "Create Date",
                    "Organization - Creation date",
                    "Person - Creation date",
                    "Created",
                ),
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
                parts=(_WHOLE_NAME, ("Person - First name", "Person - Last name")),
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
            Column(
                "source_system",
                gettext_lazy("system it comes from"),
                cells.text(60),
                aliases=("来源系统", "來源系統"),
            ),
            Column(
                "source_id",
                gettext_lazy("its id there"),
                cells.code(120),
                aliases=(
                    "来源编号",
                    "原系统编号",
                    "來源編號",
                    "Record ID",
                    "Organization - Pipedrive System ID",
                    "Person - Pipedrive System ID",
                ),
            ),
        ),
    )
)
