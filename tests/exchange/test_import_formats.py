"""Files as other systems write them: their headers are recognised, and their rows come in; the samples are our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.customers.models import Contact, Customer
from loudou.exchange.exporting.files import write_xlsx
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.spec import kind_named, recognise
from loudou.exchange.models import Import
from loudou.pipeline.models import Deal
from tests.cast import Cast
from tests.exchange.test_import_page import upload
from tests.exchange.xls import write_xls

# Headers of other systems, and which column each is taken for; what is not named is left for who imports to decide.
KNOWN = [
    (
        "customers",
        "名称,联系人,电话,邮箱,微信,地址,类型,区域,需求,备注",
        "name,contact_name,phone,contact_email,contact_wechat,address,industry,region,,note",
    ),
    (
        "customers",
        "客户名称,联系人,手机,电话,QQ,微信,地址,备注,来源,客户等级,客户行业,创建时间,归属人",
        "name,contact_name,contact_phone,phone,,contact_wechat,address,note,source,grade,industry,created_at,owner_username",
    ),
    (
        "customers",
        "客户编号,客户名称,联系人,手机号,座机号,级别,地址",
        "code,name,contact_name,contact_phone,phone,grade,address",
    ),
    (
        "customers",
        "公司名称,统一社会信用代码,负责人,手机,行业类别",
        "name,uscc,owner_username,phone,industry",
    ),
    ("customers", "线索名称,企业名称,渠道来源,需求面积", ",name,source,"),
    (
        "customers",
        "线索名称,联系人,联系电话,邮箱,来源,行业,省,市,区,需求描述",
        "name,contact_name,phone,contact_email,source,industry,region,region,region,note",
    ),
    (
        "customers",
        "客戶名稱*,統一編號,電話,聯絡人,職稱,產業",
        "name,uscc,phone,contact_name,contact_title,industry",
    ),
    ("customers", "代碼,名稱,業務,電話", "code,name,owner_username,phone"),
    ("customers", "行 ID,客户 ID,客户名称,细分,省/自治区", ",code,name,kind,region"),
    (
        "customers",
        "Record ID,Company name,Domain,Company owner,Industry",
        "source_id,name,website,owner_username,industry",
    ),
    (
        "customers",
        "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Company Name,Contact owner",
        "source_id,contact_name,contact_name,contact_email,phone,contact_title,name,owner_username",
    ),
    (
        "customers",
        "Organization - Name*,Organization - Labels,Organization - Address,Organization - Owner,Organization - Pipedrive System ID",
        "name,tags,address,owner_username,source_id",
    ),
    (
        "customers",
        "Person - Name*,Person - First name,Person - Phone,Person - Email (Work),Organization - Name*,Deal - Title,Note - Content*",
        "contact_name,,phone,contact_email,name,,note",
    ),
    (
        "deals",
        "Record ID,Deal Name,Amount,Deal Stage,Close Date,Deal Owner,Company Name,Create Date,Lead source",
        "source_id,title,amount,,expected_close,owner_username,customer_name,created_at,source",
    ),
    (
        "deals",
        "Deal - Title,Deal - Value,Organization*,Deal - Owner,Deal - Expected close date,Deal - Currency of value,Deal - Creation date",
        "title,amount,customer_name,owner_username,expected_close,currency,created_at",
    ),
    (
        "products",
        "Product - Name*,Product - Category,Product - Currency,Product - Price,Product - Product code,Product - Tax,Product - Unit",
        "name,family,currency,list_price,code,tax_rate,measure",
    ),
]


@pytest.mark.parametrize(("kind", "header", "meant"), KNOWN)
def test_known_headers_are_taken_for_what_they_mean(kind: str, header: str, meant: str) -> None:
    found = kind_named(kind)
    assert found is not None
    names = header.split(",")
    mapping = recognise(found, names)
    told = {name: column for column, source in mapping.columns.items() for name in source.headers}
    assert [told.get(name, "") for name in names] == meant.split(",")


@pytest.mark.parametrize(
    ("header", "system"),
    [
        ("Record ID,Company name", "HubSpot"),
        ("Record ID,First Name,Last Name,Company Name", "HubSpot contacts"),
        ("Organization - Name,Organization - Pipedrive System ID", "Pipedrive"),
        ("Person - Name,Organization name,Person - Pipedrive System ID", "Pipedrive people"),
        ("来源编号,客户名称", ""),
    ],
)
def test_ids_of_several_systems_are_not_taken_for_each_other(header: str, system: str) -> None:
    found = kind_named("customers")
    assert found is not None
    source = recognise(found, header.split(",")).columns.get("source_system")
    assert (source.value if source else "") == system


def test_what_is_of_a_contact_means_nothing_without_one() -> None:
    found = kind_named("customers")
    assert found is not None
    assert set(recognise(found, ["客户名称", "邮箱", "微信"]).columns) == {"name"}


def bring(file: Path, kind: str, content: str, *, dry: bool = False) -> Result:
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file), dry_run=dry, all_or_nothing=False)


def outcome(result: Result) -> tuple[int, int, int, int]:
    counts = result.counts
    return counts.new, counts.changed, counts.unchanged, counts.refused


def test_a_chinese_template_as_workbook_comes_in(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "客户导入模板.xlsx"
    header = ["名称", "联系人", "电话", "邮箱", "微信", "地址", "类型", "区域", "需求", "备注"]
    rows = [
        ["甬江花园物业", "张经理", "13800138011", "", "", "宁波江北", "物业", "宁波", "车棚", ""],
        ["越城建材市场", "李总", "电话没有", "li@yc.example", "li_yc", "绍兴", "商业", "绍兴", "", "急"],
    ]
    write_xlsx(file, header, rows, title="客户")
    dry = hand_in(Order("customers", file), dry_run=True, all_or_nothing=False)
    assert outcome(dry) == (1, 0, 0, 1) and not Customer.objects.exists()
    assert [(note.line, note.column) for note in dry.notes] == [(1, "note"), (3, "phone")]
    assert dry.notes[0].reason == "“备注”和“需求”两列都是“备注”；只读取“备注”。"
    assert outcome(hand_in(Order("customers", file), dry_run=False, all_or_nothing=False)) == (1, 0, 0, 1)
    customer = Customer.objects.get()
    assert (customer.industry, customer.region, customer.phone) == ("物业", "宁波", "+8613800138011")
    assert Contact.objects.get().name == "张经理"
    assert outcome(hand_in(Order("customers", file), dry_run=False, all_or_nothing=False)) == (0, 0, 1, 1)


ORDERS = (
    "行 ID,订单 ID,订单日期,发货日期,邮寄方式,客户 ID,客户名称,细分,城市,省/自治区,国家,地区,"
    "产品 ID,类别,子类别,产品名称,销售额,数量,折扣,利润"
)


def ordered(line: float, customer: str, segment: str, province: str, region: str) -> list[str | float]:
    """A line of an order, as the sample workbook of a chart program has them: each repeats its customer."""
    order = [line, f"US-2017-{line:.0f}", 42852.0, 42854.0, "二级"]
    whom = [customer, customer.split("-")[0], segment, "城里", province, "中国", region]
    return [*order, *whom, "办公用-1", "办公用品", "用品", "剪刀, 蓝色", 129.7, 2.0, 0.4, -60.7]


def test_customers_are_taken_from_a_workbook_of_orders(cast: Cast, tmp_path: Path) -> None:
    """As in `示例 - 超市.xls`: the old format, columns of orders, a customer on many lines, the first of which counts."""
    rows = [
        ordered(1, "曾惠-14485", "公司", "浙江", "华东"),
        ordered(2, "许安-10165", "消费者", "四川", "西南"),
        ordered(3, "许安-10165", "消费者", "江苏", "华东"),
    ]
    write_xls(tmp_path / "超市.xls", [ORDERS.split(","), *rows])
    order = Order("customers", tmp_path / "超市.xls")
    result = hand_in(order, dry_run=False, all_or_nothing=False)
    assert outcome(result) == (2, 0, 1, 0) and result.counts.warned == 1
    found = Customer.objects.order_by("code").values_list("code", "name", "kind", "region")
    assert set(found) == {
        ("曾惠-14485", "曾惠", "company", "华东"),
        ("许安-10165", "许安", "person", "西南"),
    }
    assert outcome(hand_in(order, dry_run=False, all_or_nothing=False)) == (0, 0, 3, 0)


def test_what_repeats_a_refused_row_is_refused_with_it(cast: Cast, tmp_path: Path) -> None:
    """Else nobody would hear that the customer is not there."""
    content = (
        "code,name,phone\nA1,甬江机电,keine\nA1,甬江机电,0574-87654321\nA1,甬江机电,keine\nA2,越城轻纺,\n"
    )
    for dry in (True, False):
        result = bring(tmp_path / "f.csv", "customers", content, dry=dry)
        assert outcome(result) == (1, 0, 0, 3)
        assert [note.line for note in result.notes if not note.warning] == [2, 3, 4]
    assert Customer.objects.get().code == "A2"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_template_with_its_columns_in_another_order_means_the_same(
    cast: Cast, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "客户.csv"
    file.write_bytes(
        "电话,区域,名称\r\n13800138011,宁波,甬江花园物业\r\n13800138012,绍兴,\r\n".encode(encoding)
    )
    result = hand_in(Order("customers", file), dry_run=False, all_or_nothing=False)
    assert outcome(result) == (1, 0, 0, 1)
    assert [(note.line, note.column) for note in result.notes] == [(3, "name")]
    customer = Customer.objects.get()
    assert (customer.name, customer.region, customer.phone) == ("甬江花园物业", "宁波", "+8613800138011")


def test_parts_of_a_name_and_of_a_place_are_joined(cast: Cast, tmp_path: Path) -> None:
    content = "Record ID,First Name,Last Name,Email,Company Name,Contact owner\n7,Ada,Byron,ada@acme.example,Acme,chenan\n"
    assert outcome(bring(tmp_path / "a.csv", "customers", content)) == (1, 0, 0, 0)
    assert Contact.objects.get(customer__name="Acme").name == "Ada Byron"
    leads = "线索名称,省,市,区,来源\n越城轻纺,浙江,绍兴,越城,转介绍\n"
    assert outcome(bring(tmp_path / "b.csv", "customers", leads)) == (1, 0, 0, 0)
    found = Customer.objects.get(name="越城轻纺")
    assert (found.region, found.source) == ("浙江 绍兴 越城", "referral")


def test_deals_of_other_systems_come_in_and_again_change_nothing(cast: Cast, tmp_path: Path) -> None:
    companies = "Record ID,Company name,Company owner\n41,Acme Ltd,chenan\n"
    assert outcome(bring(tmp_path / "c.csv", "customers", companies)) == (1, 0, 0, 0)
    content = (
        "Record ID,Deal Name,Amount,Deal Stage,Close Date,Deal Owner,Company Name,Create Date,Lead source\n"
        "41,Pump line,1250,qualifiedtobuy,2026-12-31,chenan,Acme Ltd,2026-03-01,官网\n"
        "42,No owner,1250,qualifiedtobuy,2026-12-31,niemand,Acme Ltd,2026-03-01,\n"
    )
    result = bring(tmp_path / "d.csv", "deals", content)
    assert outcome(result) == (1, 0, 0, 1)
    assert [(note.line, note.column) for note in result.notes] == [(3, "owner_username")]
    deal = Deal.objects.get()
    assert deal.customer is not None
    assert (deal.customer.name, deal.source, deal.amount) == ("Acme Ltd", "web", 1250)
    assert outcome(bring(tmp_path / "d.csv", "deals", content)) == (0, 0, 1, 1)


def test_the_page_has_chosen_what_it_recognises(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.linjing)
    header = "Record ID,First Name,Last Name,Company Name\n7,Ada,Byron,Acme\n"
    assert upload(client, header.encode(), name="contacts.csv").status_code == 302
    page = client.get(f"/imports/{Import.objects.latest('id').pk}/").content.decode()
    assert '<option value="h:Company Name" selected>' in page
    assert "First Name + Last Name" in page and 'value="HubSpot contacts"' in page


def test_a_file_that_comes_again_is_compared_at_once(cast: Cast, tmp_path: Path) -> None:
    """Phones are kept otherwise than files write them; still no row of an unchanged file needs a query of its own."""

    def counted(kind: str, head: str, rows: list[str]) -> int:
        content = "\n".join([head, *rows, ""])
        assert outcome(bring(tmp_path / "f.csv", kind, content)) == (len(rows), 0, 0, 0)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert outcome(bring(tmp_path / "f.csv", kind, content)) == (0, 0, len(rows), 0)
        return len(queries)

    customers = "code,name,phone,owner_username"
    few = counted("customers", customers, [f"A{n},甬江 {n} 号厂,0574-8765 {n:04},chenan" for n in range(2)])
    many = counted("customers", customers, [f"B{n},越城 {n} 号厂,0575-8765 {n:04},lina" for n in range(30)])
    assert few == many
    deals = "code,title,customer_code,owner_username,amount,created_at"
    few = counted("deals", deals, [f"D{n},线 {n},A{n},chenan,{n}00,2026-01-0{n + 1}" for n in range(2)])
    many = counted("deals", deals, [f"E{n},线 {n},B{n},lina,{n}00,2026-01-11" for n in range(30)])
    assert few == many


def test_a_phone_that_did_change_is_edited_and_nothing_else(cast: Cast, tmp_path: Path) -> None:
    head = "code,name,phone,industry\n"
    bring(tmp_path / "f.csv", "customers", head + "A1,甬江机电,0574-87654321,机械\n")
    assert outcome(bring(tmp_path / "f.csv", "customers", head + "A1,甬江机电,0574-87654322,机械\n")) == (
        0,
        1,
        0,
        0,
    )
    customer = Customer.objects.get()
    assert (customer.phone, customer.version) == ("+8657487654322", 2)
    result = bring(tmp_path / "f.csv", "customers", head + "A1,甬江机电,keine,机械\n")
    assert [(note.line, note.column) for note in result.notes] == [(2, "phone")]
