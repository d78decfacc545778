"""The pages of figures: the examples of `domain.md` D to the digit, filters that make no sense, and who sees what."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from loudou.insight.asked import SPLITS
from loudou.insight.lens import InsightLens
from loudou.insight.reports import REPORTS, run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.pipeline import verbs
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.insight import examples
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant

PAGES = ("funnel", "promotion-table", "forecast-sheet", "waterfall", "anomalies")


def cells(page: str, table: str = "numbers") -> list[list[str]]:
    """The rows of a table, as read."""
    body = page.split(f'class="t {table}"')[1].split("</table>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    return [
        [
            html.unescape(" ".join(re.sub(r"<[^>]+>", " ", cell).split()))
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        ]
        for row in rows
    ]


@pytest.fixture
def d2(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-05-10 09:00")):
        _brought(examples.d2(tmp_path))
        yield


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    with clock.at(instant("2026-04-02 10:00")):
        yield


def test_d2_the_forecast_sheet_of_zhangwei(d2: None, cast: Cast, client: Client) -> None:
    enter(client, cast.zhangwei)
    page = client.get("/analysis/forecast-sheet/").content.decode()
    rows = cells(page, "cards two sheet-table")
    assert page.count('data-label="销售额"') == sum(len(row) > 1 for row in rows)  # the phone has no heads
    sums = [[row[0], row[1], row[-1]] for row in rows if row and row[0].endswith(("合计", "总计"))]
    assert sums == [
        ["验证 合计", "¥80万", "¥8万"],
        ["开发 合计", "¥70万", "¥21万"],
        ["提案 合计", "¥100万", "¥50万"],
        ["成交 合计", "¥45万", "¥36万"],
        ["总计", "¥295万", "¥115万"],
    ]
    assert Calls(cast.zhangwei).get("/reports/forecast-sheet").json()["total_weighted"] == "1150000.00"
    assert not any("C003" in cell and "¥80万" in cell for row in rows for cell in row)


def test_d3_the_funnel_of_the_first_quarter(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    query = "?from=2026-01-01&to=2026-04-01&as_of=2026-03-31"
    rows = [row for row in cells(client.get("/analysis/funnel/" + query).content.decode()) if row]
    told = run("funnel", {"from": "2026-01-01", "to": "2026-04-01", "as-of": END_OF_Q1}, cast.linjing)
    names = ("count", "start", "inflow", "backflow_in", "outflow", "lost", "backflow_out", "stay")
    for row, stage in zip(rows, told["stages"], strict=False):
        assert row[0] == stage["stage"]
        assert [int(row[1]), *map(int, row[4:11])] == [stage[name] for name in names]
    assert rows[1][11:] == ["66.7%", "16.7%"]
    assert Calls(cast.linjing).get(f"/reports/funnel{query}").json() == told


def test_d3_the_flow_is_drawn_with_its_table(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    page = client.get("/analysis/funnel/?from=2026-01-01&to=2026-04-01&view=flow&compare=before").content
    text = page.decode()
    drawn = re.findall(r'class="value"[^>]*>([^<]+)<', text.split('class="funnel"')[1].split("</svg>")[0])
    assert drawn == [row[5].split()[0] for row in cells(text) if row and row[0] != "总计"]
    assert '<span class="was">' in text


def test_d3_the_promotion_table_marks_what_happened(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    for split in ("", "&by=unit", "&by=owner", "&by=period"):
        page = client.get(f"/analysis/promotion-table/?from=2026-01-01&to=2026-04-01{split}").content.decode()
        assert "⇈" in page and "⟲" in page and "↓" in page


def test_anomalies_say_why_and_whose(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    told = run("anomalies", {"kind": "over_stay"}, cast.linjing)["kinds"]
    page = client.get("/analysis/anomalies/?kind=over_stay").content.decode()
    part = client.get("/analysis/anomalies/duplicate_customer/?kind=over_stay").content.decode()
    (later,) = re.findall(r'class="n">(\d+)<', part)  # comes after the page
    numbers = [later if one == "…" else one for one in re.findall(r'class="n">(\d+|…)<', page)]
    shown = dict(zip((one["kind"] for one in told), numbers, strict=False))
    assert shown == {one["kind"]: str(one["count"]) for one in told}
    then = client.get("/analysis/anomalies/?as_of=2026-03-10&kind=over_stay").content.decode()
    assert "按当时所知" in then


def test_long_lists_go_on_where_they_stopped(cast: Cast, client: Client) -> None:
    for number in range(53):
        make.deal(cast.chenan, title=f"商机 {number}", next_step="")
    enter(client, cast.chenan)
    for page, marker in (
        ("promotion-table", "promotion-more"),
        ("anomalies", "odd-more"),
    ):
        first = client.get(f"/analysis/{page}/").content.decode()
        more = re.search(r'hx-get="(\?[^"]*after=[^"]*)"', first)
        assert more, page
        rest = client.get(f"/analysis/{page}/" + html.unescape(more.group(1)), headers={"HX-Request": "true"})
        assert rest.content.decode().lstrip().startswith(f'<div id="{marker}"')
        assert rest.content.decode().count("data-walk") == 3


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("query", "left_out"),
    [
        ("unit=nowhere", "unit"),
        ("owner=nobody", "owner"),
        ("period=2026-Q9", "period"),
        ("period=9999", "period"),
        ("from=2026-05-01&to=2026-04-01", "to"),
        ("from=0000-00-00", "from"),
        ("as_of=yesterday", "as_of"),
        ("as_of=0001-01-01", "as_of"),
        ("as_of=9999-12-30", "as_of"),
        ("from=9999-12-30", "from"),
        ("to=0001-01-05", "to"),
        ("to=2026-01-05", ""),
        ("funnel=%F0%9F%98%80%27", "funnel"),
        ("product=%27%3B--", "product"),
        ("source=x&by=x&compare=x&view=x&kind=x&stage=x&what=x&part=x", "source"),
        ("by=" + "9" * 5000, "by"),
    ],
)
def test_a_filter_that_makes_no_sense_is_left_out_and_named(
    cast: Cast, client: Client, page: str, query: str, left_out: str
) -> None:
    enter(client, cast.wumin)
    response = client.get(f"/analysis/{page}/?{query}")
    assert response.status_code == 200
    named = re.search(r"未能理解，已忽略：([^<]*)<", response.content.decode())
    assert left_out in (named.group(1) if named else "")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-07-01", "2026-01-01", "期间的结束须晚于开始：“2026-01-01”不晚于“2026-07-01”。"),
        ("2026-07-01", "2026-07-01T00:00:00+08:00", "期间的结束须晚于开始"),
        ("2026-07-01", "2026-13-01", "无法把“2026-13-01”理解为 to。"),
        ("2026-07-01", "2999-01-01", "无法把“2999-01-01”理解为 to。"),
        ("2026-13-01", "2026-01-01", "无法把“2026-13-01”理解为 from。"),
    ],
)
def test_a_period_that_ends_before_it_begins_is_called_so(
    cast: Cast, start: str, end: str, said: str
) -> None:
    with pytest.raises(Refused, match=re.escape(said)):
        run("funnel", {"from": start, "to": end}, None)


@pytest.mark.parametrize("by", SPLITS)
def test_every_report_takes_every_way_to_split(d3: None, cast: Cast, client: Client, by: str) -> None:
    """What a report is not split by it leaves whole: a filter of one page is kept on the way to the next."""
    enter(client, cast.linjing)
    for page in (*PAGES, "comparison", "forecast-categories"):
        assert client.get(f"/analysis/{page}/?by={by}").status_code == 200
    for name in ("funnel", "conversion", "comparison", "forecast-categories", "promotion-table", "win-rate"):
        run(name, {"by": by, "period": "2026-Q1"}, cast.linjing)


def test_another_s_unit_is_not_looked_into(cast: Cast, client: Client) -> None:
    make.deal(cast.maxiao, title="别人的商机", amount=990_000)
    south = cast.maxiao.unit.code
    enter(client, cast.wumin)
    for page in PAGES:
        response = client.get(f"/analysis/{page}/?unit={south}")
        assert "99万" not in response.content.decode() and response.status_code == 200
        assert InsightLens.read({"unit": south}, cast.wumin).problems == ("unit",)
        with pytest.raises(Refused):
            run(page, {"unit": south}, cast.wumin)
    told = run("funnel", {"owner": "maxiao"}, cast.wumin)
    assert [stage["count"] for stage in told["stages"]] == [0, 0, 0, 0]
    with pytest.raises(Forbidden):
        run("funnel", {}, cast.gaoming)


@pytest.mark.parametrize(
    "path",
    [
        "/analysis/records/",
        "/analysis/records/?what=everything",
        "/analysis/choices/colour/",
    ],
)
def test_what_is_not_there_is_404(cast: Cast, client: Client, path: str) -> None:
    enter(client, cast.wumin)
    assert client.get(path).status_code == 404


def test_all_filters_at_once_go_on_to_the_page(cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    asked = "page=promotion_table&from_day=2026-01-01&to_day=2026-03-31&as_of_day=2026-03-15&source=web"
    response = client.get(f"/analysis/filter/?go=1&period=2025&by=owner&{asked}")
    assert response.status_code == 302
    assert response["Location"].startswith("/analysis/promotion-table/?")
    lens = InsightLens.read(dict(re.findall(r"(\w+)=([^&]*)", response["Location"])), cast.wumin)
    assert (lens.by, lens.source, str(lens.period)) == ("owner", "web", str(lens.or_this_quarter()))
    assert lens.period is not None and lens.last_day(lens.period).isoformat() == "2026-03-31"
    wrong = client.get("/analysis/filter/?go=1&from_day=2026-03-31&to_day=2026-01-01")
    assert wrong.status_code == 422
    records = client.get("/analysis/filter/?period=2025&what=won_deals&page=records").content.decode()
    assert 'href="/analysis/records/?what=won_deals"' in records  # without its number there is no such page
    shown = client.get("/analysis/filter/?from=2026-01-01&to=2026-04-01&as_of=2026-03-10&page=nothing")
    assert 'value="2026-03-31"' in shown.content.decode()


def test_a_chip_s_choices_are_one_s_own(cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    units = client.get("/analysis/choices/unit/?page=anomalies").content.decode()
    people = client.get("/analysis/choices/owner/").content.decode()
    assert "直销一部" in units and "直销二部" not in units and "/analysis/anomalies/" in units
    assert "陈安" in people and "马骁" not in people


def test_the_command_prints_what_the_page_shows(d3: None, cast: Cast) -> None:
    import json

    from loudou.ui import printed

    asked = {"from": "2026-01-01", "to": "2026-04-01", "as-of": END_OF_Q1}
    for name in REPORTS:
        told = run(name, asked, cast.linjing)
        assert json.loads(printed.as_json(told)) == told
        table, listed = printed.as_table(told), printed.as_csv(told)
        assert table and listed and all(listed.splitlines())
    assert "开发" in printed.as_table(run("funnel", asked, None))
    assert printed.as_csv(run("win-rate", asked, None)).splitlines()[1].split(",")[3:6] == [
        "3",
        "2",
        "0.600000",
    ]


def test_rows_with_and_without_a_reason_stand_under_the_same_heads() -> None:
    from loudou.ui import printed

    rows = [
        {"stage": "验证", "rate": "1.000000", "n": 5},
        {"stage": "开发", "rate": None, "rate_reason": "no_base", "n": 0, "value_reason": "small_n"},
    ]
    heads = "stage,rate,rate_reason,n,value_reason"
    assert printed.as_csv({"stages": rows}).splitlines() == [
        heads,
        "验证,1.000000,,5,",
        "开发,,no_base,0,small_n",
    ]
    first, second = printed.as_table({"stages": rows}).splitlines()[-2:]
    assert first.split() == ["验证", "1.000000", "5"] and second.split() == [
        "开发",
        "no_base",
        "0",
        "small_n",
    ]


def test_the_command_s_csv_is_the_main_list_with_numbers_as_they_are() -> None:
    """Below zero a number is no formula; what somebody typed is shielded. Whatever else is filled, the rows are told."""
    from loudou.ui import printed

    rows = [{"gap": "-0.998342", "name": "=1+1"}, {"gap": "-3", "name": "-1+1"}]
    for plain in ({"rows": rows, "kinds": [{"kind": "x"}]}, {"kinds": [{"kind": "x"}], "rows": rows}):
        assert printed.as_csv(plain).splitlines() == ["gap,name", "-0.998342,'=1+1", "-3,'-1+1"]
    assert printed.as_csv({"reasons": [{"reason": "price"}], "stages": []}).splitlines() == [
        "reason",
        "price",
    ]


def test_a_wins_page_after_the_win_has_it(cast: Cast, client: Client) -> None:
    verbs.win(make.at_last_stage(cast.chenan), by=None)
    enter(client, cast.chenan)
    assert "won" in run("win-rate", {}, cast.chenan)
    response = client.get("/analysis/records/?what=won_deals&period=all")
    assert response.status_code == 200 and "data-walk" in response.content.decode()


def test_taking_a_report_out_is_on_record(cast: Cast, client: Client) -> None:
    make.deal(cast.chenan)
    enter(client, cast.chenan)
    before = Entry.objects.count()
    response = client.post("/analysis/files/funnel.xlsx?period=2026-Q1")
    assert response.status_code == 200 and response["Content-Disposition"].endswith('.xlsx"')
    assert Entry.objects.count() == before + 1
    assert client.post("/analysis/files/funnel.exe").status_code == 404
    assert client.post("/analysis/files/horoscope.pdf").status_code == 404
