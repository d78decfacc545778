"""Every kind of rows: good ones in, wrong ones named by line and column, the same file again nothing, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.exchange import verbs
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.journal.models import Entry
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.models import Rate, Unit, User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Line, Move
from loudou.targets.models import SeasonalIndex, Target
from tests import make
from tests.cast import Cast

UNITS = """code,name,parent_code,kind
nb-2,宁波二部,nb,部门
nb,宁波大区,,大区
lost,孤部,nirgends,部门
a,甲,b,部门
b,乙,a,部门
"""
PEOPLE = """用户名,姓名,部门编号,角色,主管用户名,入职日期
xu.min,许敏,S1,manager,heli,2024-03-01
ye.fan,叶帆,S1,rep,xu.min,2024/5/6
bad1,坏一,S1,kaiser,,
bad2,坏二,S99,rep,,
"""
RATES = "币种,生效日期,类型,汇率\nUSD,2024-01-01,计划,7.1\nUSD,2026-03-02,spot,6.9\nEUR,2024-01-01,plan,-1\n"
PRODUCTS = "产品编号,产品名称,产品系列,标价,成本,税率\nK-1,控制柜,柜体,12000,8000,13%\nK-2,线束,辅件,80.5,,0.13\nK-3,坏价,辅件,-3,,\n"
CUSTOMERS = """code,name,industry,size,region,owner_username,source,uscc,phone,created_at,联系人,联系人电话
W1,温州东瓯阀门有限公司,阀门,120,浙江,chenan,展会,91110108551385082Q,0577-88001234,2024-02-03,林海,13700001234
W2,台州椒江缝纫机厂,缝制,45,浙江,lina,referral,,13811112222,2024-02-04,,
W3,坏代码公司,x,1,y,lina,referral,91110108551385082X,,,,
W4,,x,1,y,lina,referral,,,,,
W5,坏来源公司,x,1,y,lina,占卜,,,,,
"""
DEALS = """code,title,customer_code,funnel,owner_username,amount,currency,expected_close,created_at,source
D1,阀门产线,W1,b2b,chenan,120000,CNY,2026-09-30,2026-01-05,exhibition
D2,缝纫单元,W2,b2b,lina,54000.55,CNY,2026-10-31,2026-01-09,referral
D3,无主,W9,b2b,lina,1,CNY,,2026-01-09,
D4,无漏斗,W2,nix,lina,1,CNY,,2026-01-09,
D5,无汇率,W2,b2b,lina,1,XXX,,2026-01-09,
"""
MOVES = """deal_code,at,event,stage,amount,reason,by
D1,2026-01-05T09:00:00+08:00,enter,验证,,,chenan
D1,2026-02-05T09:00:00+08:00,enter,提案,,,chenan
D1,2026-03-05T09:00:00+08:00,won,,118000,,chenan
D2,2026-01-09T09:00:00+08:00,enter,verify,,,lina
D2,2026-02-09T09:00:00+08:00,lost,,,price,lina
D1,2026-03-09T09:00:00+08:00,reopen,,,,lina
D2,2099-02-19T09:00:00+08:00,enter,develop,,,lina
D9,2026-02-19T09:00:00+08:00,enter,develop,,,lina
D2,2026-02-11T09:00:00+08:00,jubilee,,,,lina
"""
DEAL_LINE = "ZD{n},产线{n},Z{n},chenan,1000,2026-01-05"
LINES = "deal_code,product_code,quantity,price,system_of_record\nD1,K-1,9,12000,funnel\nD1,K-2,10,80.5,erp\nD1,K-9,1,1,funnel\nD1,K-1,0,1,funnel\n"


def bring(tmp_path: Path, kind: str, content: str, **options: str | None) -> Result:
    file = tmp_path / f"{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file, **options), dry_run=False, all_or_nothing=False)  # type: ignore[arg-type]


def refusals(result: Result) -> list[tuple[int, str]]:
    return sorted((note.line, note.column) for note in result.notes if not note.warning)


def outcome(result: Result) -> tuple[int, int, int, int]:
    counts = result.counts
    return counts.new, counts.changed, counts.unchanged, counts.refused


def back(by: User | None = None) -> Import:
    """Take the newest import back."""
    run = Import.objects.latest("id")
    keeper = "gaoming" if run.kind in ("units", "people", "rates") else "linjing"
    user = by or User.objects.get(username=keeper)
    verbs.undo_import(run, by=user)
    done = take_back(run.pk, None)
    assert done.state == "undone"
    return done


def all_of_it(tmp_path: Path) -> None:
    for kind, content in (
        ("products", PRODUCTS),
        ("customers", CUSTOMERS),
        ("deals", DEALS),
        ("moves", MOVES),
    ):
        bring(tmp_path, kind, content)


def test_an_import_asks_the_same_of_the_database_for_twenty_rows_as_for_two(
    cast: Cast, tmp_path: Path
) -> None:
    def asked(kind: str, head: str, line: str, numbers: range) -> int:
        rows = "\n".join(line.format(n=number) for number in numbers)
        with CaptureQueriesContext(connection) as statements:
            assert outcome(bring(tmp_path, kind, f"{head}\n{rows}\n")) == (len(numbers), 0, 0, 0)
        return len(statements)

    for kind, head, line in (
        ("customers", "code,name,owner_username,phone", "Z{n},甬江阀门{n}厂,chenan,139000100{n}"),
        ("deals", "code,title,customer_code,owner_username,amount,created_at", DEAL_LINE),
        ("moves", "deal_code,at,event,stage,by", "ZD{n},2026-02-05T09:00:00+08:00,enter,提案,chenan"),
    ):
        asked(kind, head, line, range(80, 82))  # the first of all fills what a process remembers
        assert asked(kind, head, line, range(10, 12)) == asked(kind, head, line, range(20, 40)), kind


def test_units(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, "units", UNITS)
    assert outcome(result) == (2, 0, 0, 3)
    assert refusals(result) == [(4, "parent_code"), (5, "parent_code"), (6, "parent_code")]
    assert Unit.objects.get(code="nb-2").parent == Unit.objects.get(code="nb")
    assert outcome(bring(tmp_path, "units", UNITS)) == (0, 0, 2, 3)
    moved = bring(tmp_path, "units", "code,name,parent_code,kind\nnb-2,宁波二处,S1,部门\n")
    assert outcome(moved) == (0, 1, 0, 0)
    back()
    unit = Unit.objects.get(code="nb-2")
    assert (unit.name, unit.parent) == ("宁波二部", Unit.objects.get(code="nb"))


def test_people(cast: Cast, tmp_path: Path) -> None:
    content = PEOPLE.replace("S1", cast.chenan.unit.code)
    result = bring(tmp_path, "people", content)
    assert outcome(result) == (2, 0, 0, 2)
    assert refusals(result) == [(4, "roles"), (5, "unit_code")]
    fan = User.objects.get(username="ye.fan")
    assert (fan.manager, fan.joined_on, fan.has_usable_password()) == (
        User.objects.get(username="xu.min"),
        date(2024, 5, 6),
        False,
    )
    assert outcome(bring(tmp_path, "people", content)) == (0, 0, 2, 2)
    left = "username,name,roles,left_on\nye.fan,叶小帆,manager,2026-01-31\n"
    assert outcome(bring(tmp_path, "people", left)) == (0, 1, 0, 0)
    fan.refresh_from_db()
    assert not fan.is_active
    back()
    fan.refresh_from_db()
    assert (fan.name, fan.roles, fan.is_active, fan.left_on) == ("叶帆", ["rep"], True, None)


def test_people_who_came_by_mistake_are_closed_unless_something_is_theirs(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "people", PEOPLE.replace("S1", cast.chenan.unit.code))
    make.deal(User.objects.get(username="ye.fan"))
    run = back()
    assert [User.objects.get(username=name).is_active for name in ("xu.min", "ye.fan")] == [False, True]
    assert [row[2] for row in run.kept_back] == [1]


def test_rates(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, "rates", RATES)
    assert outcome(result) == (2, 0, 0, 1) and refusals(result) == [(4, "rate")]
    assert outcome(bring(tmp_path, "rates", RATES)) == (0, 0, 2, 1)
    assert outcome(bring(tmp_path, "rates", RATES.replace("6.9", "6.8"))) == (0, 1, 1, 1)
    back()
    assert Rate.objects.get(kind="spot", currency="USD").rate == Decimal("6.9")
    bring(tmp_path, "rates", "currency,valid_from,kind,rate\nJPY,2026-01-01,plan,0.05\n")
    assert back().kept_back[0][2] == 1


TARGETS = """unit_code,username,metric,period,amount,currency
{unit},,bookings,2026,100万,
,chenan,签约,2026-Q2,300000,CNY
,,bookings,2026,1,CNY
X9,,bookings,2026,1,CNY
,nobody,bookings,2026,1,CNY
,lina,fame,2026,1,CNY
,lina,deals,2026-Q5,1,
,lina,deals,2026,-1,
,lina,bookings,2026,1,JPY
"""


def test_a_target_has_one_owner(cast: Cast, tmp_path: Path) -> None:
    lines = "D1,lina,bookings,2026,5\nHQ,chenan,bookings,2026,5\nS1,zhangwei,bookings,2026,5\n"
    result = bring(tmp_path, "targets", "unit_code,username,metric,period,amount\n" + lines)
    assert (outcome(result), refusals(result)) == ((2, 0, 0, 1), [(4, "unit_code")])
    (note,) = result.notes
    assert note.reason == "张伟从未在华南直销部；请写明这是部门的还是个人的目标。"
    people.join_unit(cast.zhangwei, unit=cast.unit("S1"), by=None)
    assert outcome(bring(tmp_path, "targets", "unit_code,username,metric,period,amount\n" + lines)) == (
        1,
        0,
        2,
        0,
    )


def test_targets(cast: Cast, tmp_path: Path) -> None:
    content = TARGETS.format(unit=cast.chenan.unit.code)
    result = bring(tmp_path, "targets", content)
    assert outcome(result) == (2, 0, 0, 7)
    assert refusals(result) == [
        (4, "unit_code"),
        (5, "unit_code"),
        (6, "username"),
        (7, "metric"),
        (8, "period"),
        (9, "amount"),
        (10, "currency"),
    ]
    assert outcome(bring(tmp_path, "targets", content)) == (0, 0, 2, 7)
    assert outcome(bring(tmp_path, "targets", content.replace("100万", "90万"))) == (0, 1, 1, 7)
    unit = Target.objects.get(person=None)
    assert [edition.cause for edition in unit.editions.all()] == ["import", ""]
    back()
    unit.refresh_from_db()
    assert unit.amount == 1_000_000
    bring(tmp_path, "targets", "username,metric,period,amount\nlina,deals,2026,5\n", username="wumin")
    back(cast.wumin)
    assert Target.objects.count() == 2
    with pytest.raises(Refused):
        bring(tmp_path, "targets", content, username="chenan")


def test_seasonal_indices(cast: Cast, tmp_path: Path) -> None:
    content = "月份,季节指数\n1,0.8\n2月,0.6\n2026-03,1.1\n13,1\n4,-1\n5,0\n6,0.1234567\n"
    result = bring(tmp_path, "seasonal-index", content)
    assert outcome(result) == (4, 0, 0, 3)
    assert refusals(result) == [(5, "month"), (6, "index"), (8, "index")]
    assert [note.reason for note in result.notes if note.line == 6] == [
        "季节指数是 0 到 100 的数字，1 表示平均月份。"
    ]
    assert outcome(bring(tmp_path, "seasonal-index", content.replace("0.8", "0.9"))) == (0, 1, 3, 3)
    back()
    assert SeasonalIndex.objects.get(month=1).index == Decimal("0.8")
    bring(tmp_path, "seasonal-index", "month,index\n12,1.4\n")
    back()
    assert SeasonalIndex.objects.count() == 4


def test_products(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, "products", PRODUCTS)
    assert outcome(result) == (2, 0, 0, 1) and refusals(result) == [(4, "list_price")]
    first = Product.objects.get(code="K-1")
    assert (first.list_price, first.cost, first.tax_rate) == (12_000, 8_000, Decimal("0.13"))
    assert outcome(bring(tmp_path, "products", PRODUCTS.replace("产品编号", "代码"))) == (0, 0, 2, 1)
    assert outcome(bring(tmp_path, "products", PRODUCTS.replace("80.5", "81"))) == (0, 1, 1, 1)
    back()
    assert Product.objects.get(code="K-2").list_price == Decimal("80.5")


def test_products_on_deals_stay(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "products", PRODUCTS)
    deal = make.deal(cast.chenan)
    sold = Product.objects.get(code="K-1")
    pipeline.set_lines(
        deal, lines=[pipeline.LineInput(sold, Decimal(1), Decimal(5), "funnel")], by=None, reason="x"
    )
    run = back()
    assert list(Product.objects.filter(code__startswith="K-").values_list("code", flat=True)) == ["K-1"]
    assert [row[2] for row in run.kept_back] == [1]


def test_customers(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, "customers", CUSTOMERS)
    assert outcome(result) == (2, 0, 0, 3)
    assert refusals(result) == [(4, "uscc"), (5, "name"), (6, "source")]
    first = Customer.objects.get(code="W1")
    assert (first.owner, first.source, first.phone) == (cast.chenan, "exhibition", "+8657788001234")
    assert Contact.objects.get(customer=first).name == "林海"
    assert Entry.objects.filter(event="customer.added", channel="import").count() == 2
    assert outcome(bring(tmp_path, "customers", CUSTOMERS)) == (0, 0, 2, 3)
    changed = CUSTOMERS.replace("缝制,45,浙江,lina", "缝制,46,浙江,chenan")
    assert outcome(bring(tmp_path, "customers", changed)) == (0, 1, 1, 3)
    second = Customer.objects.get(code="W2")
    assert (second.size, second.owner) == ("46", cast.chenan)
    back()
    second.refresh_from_db()
    assert (second.size, second.owner) == ("45", cast.lina)


def test_history_keeps_customers_of_people_who_have_left(cast: Cast, tmp_path: Path) -> None:
    people.deactivate(cast.lina, by=None)
    content = "code,name,owner_username\nW9,温州中电,lina\n"
    assert refusals(bring(tmp_path, "customers", content, username="linjing")) == []
    assert Customer.objects.get(code="W9").owner == cast.lina
    again = content.replace("W9", "W10").replace("中电", "西电")
    assert refusals(bring(tmp_path, "customers", again, username="wumin")) == [(2, "owner_username")]


def test_customers_taken_back_go_with_the_people_there(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "customers", CUSTOMERS)
    make.deal(cast.lina, customer=Customer.objects.get(code="W2"))
    run = back()
    assert list(Customer.objects.values_list("code", flat=True)) == ["W2"]
    assert not Contact.objects.exists() and [row[2] for row in run.kept_back] == [1]
    assert outcome(bring(tmp_path, "customers", CUSTOMERS)) == (1, 0, 1, 3)


def test_deals_and_their_history(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "customers", CUSTOMERS)
    result = bring(tmp_path, "deals", DEALS)
    assert outcome(result) == (2, 0, 0, 3)
    assert refusals(result) == [(4, "customer_code"), (5, "funnel"), (6, "currency")]
    told = bring(tmp_path, "moves", MOVES)
    assert outcome(told) == (5, 0, 0, 4)
    assert refusals(told) == [(7, "event"), (8, "at"), (9, "deal_code"), (10, "event")]
    first, second = Deal.objects.get(code="D1"), Deal.objects.get(code="D2")
    assert (first.outcome, first.amount, first.skips) == ("won", 118_000, 1)
    assert (second.outcome, second.reason.code if second.reason else "") == ("lost", "price")
    assert outcome(bring(tmp_path, "moves", MOVES)) == (0, 0, 5, 4)
    assert outcome(bring(tmp_path, "deals", DEALS)) == (0, 0, 2, 3)


def test_a_history_taken_back_leaves_deals_as_they_came(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "customers", CUSTOMERS)
    bring(tmp_path, "deals", DEALS)
    before = list(Deal.objects.order_by("code").values_list("outcome", "amount", "spec__stage", "created_at"))
    bring(tmp_path, "moves", MOVES)
    assert back().kept_back == []
    after = list(Deal.objects.order_by("code").values_list("outcome", "amount", "spec__stage", "created_at"))
    assert after == before
    assert set(Move.objects.values_list("kind", flat=True)) == {"enter"}
    deals = Import.objects.get(kind="deals")
    verbs.undo_import(deals, by=cast.linjing)
    assert take_back(deals.pk, None).kept_back == []
    assert not Deal.objects.exists() and not Move.objects.exists()


def test_deals_somebody_worked_on_stay(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "customers", CUSTOMERS)
    bring(tmp_path, "deals", DEALS)
    pipeline.add_note(Deal.objects.get(code="D2"), text="客户来电", by=cast.lina)
    run = back()
    assert list(Deal.objects.values_list("code", flat=True)) == ["D2"]
    assert [(label, count) for label, _why, count in run.kept_back] == [("pipeline.deal", 1)]


def test_a_correction_is_taken_back(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "customers", CUSTOMERS)
    bring(tmp_path, "deals", DEALS)
    changed = DEALS.replace("54000.55", "60000").replace("缝纫单元", "缝纫岛")
    assert outcome(bring(tmp_path, "deals", changed)) == (0, 1, 1, 3)
    back()
    deal = Deal.objects.get(code="D2")
    assert (deal.title, deal.amount) == ("缝纫单元", Decimal("54000.55"))


def test_a_reps_change_of_a_deal_is_taken_back(cast: Cast, tmp_path: Path) -> None:
    deal = make.deal(cast.chenan, title="甲")
    content = f"code,title,owner_username,amount\n{deal.code},乙,chenan,{deal.amount}\n"
    assert outcome(bring(tmp_path, "deals", content, username="chenan")) == (0, 1, 0, 0)
    back(cast.chenan)
    deal.refresh_from_db()
    assert deal.title == "甲"


def test_lines(cast: Cast, tmp_path: Path) -> None:
    all_of_it(tmp_path)
    result = bring(tmp_path, "lines", LINES)
    assert outcome(result) == (2, 0, 0, 2)
    assert refusals(result) == [(4, "product_code"), (5, "quantity")]
    deal = Deal.objects.get(code="D1")
    assert deal.erp_amount == 805 and deal.lines.count() == 2
    assert outcome(bring(tmp_path, "lines", LINES)) == (0, 0, 2, 2)
    Import.objects.filter(kind="lines").latest("id").delete()
    back()
    deal.refresh_from_db()
    assert deal.erp_amount == 0 and not Line.objects.exists()


def test_lines_of_a_deal_opened_here_are_set_as_on_its_page(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "products", PRODUCTS)
    deal = make.deal(cast.chenan, amount=12_000)
    content = f"deal_code,product_code,quantity,price\n{deal.code},K-1,1,13000\n"
    assert outcome(bring(tmp_path, "lines", content, username="chenan"))[:2] == (0, 1)
    assert deal.lines.count() == 1
    back(cast.chenan)
    assert deal.lines.count() == 0


def test_rights_are_those_of_the_verbs(cast: Cast, tmp_path: Path) -> None:
    contents: Sequence[tuple[str, str]] = (
        ("units", UNITS),
        ("people", PEOPLE),
        ("moves", MOVES),
        ("rates", RATES),
    )
    for kind, content in contents:
        with pytest.raises(Refused):
            bring(tmp_path, kind, content, username="chenan")
    with pytest.raises(Refused):
        bring(tmp_path, "customers", CUSTOMERS, username="yanzheng")


def test_the_gate_holds_for_a_rep_whatever_the_door(cast: Cast, tmp_path: Path) -> None:
    customers.add_customer(name="宁波甬江", code="N1", by=cast.sunqiang)
    content = "title,customer_code,owner_username,amount,expected_close\n甲,N1,chenan,-5,2027-01-01\n乙,,sunqiang,5,2027-01-01\n"
    result = bring(tmp_path, "deals", content, username="chenan")
    assert outcome(result) == (0, 0, 0, 2)
