"""Every number of a page opens to the deals behind it, and they add up to it: over random pasts, for all kinds of people."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from loudou.catalog.models import Product
from loudou.insight.figures.flow import Amounts
from loudou.insight.lens import InsightLens
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.records import WHATS
from loudou.insight.reports import run
from loudou.insight.reports.forecast import forecast_sheet
from loudou.insight.reports.records import Number, number_of
from loudou.insight.reports.terms import opened, quotient_of
from loudou.insight.terms import RATES, SUMS
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline.models import Move, Reason
from loudou.ui import format as f
from loudou.ui.paging import keyset
from tests.cast import Cast
from tests.doors import enter
from tests.histories import END, Histories

NOW = END + timedelta(days=3)
# The numbers of a page, each with the address of the deals behind it.
# What a number stands after ("n=") is tapped with it and is no part of it.
LINK = re.compile(
    r'<a class="plain"\s+href="/analysis/records/(\?[^"]*)"(?:\s+title="[^"]*")?\s*>(?:<span>[^<]*</span>)?([^<]*)</a>'
)
LINKS = 15  # of a page are followed, drawn by chance
PAGES = (
    "funnel/?",
    "funnel/?by=unit",
    "funnel/?by=owner&compare=before",
    "funnel/?by=source&period=2026-Q1",
    "funnel/?by=product&from=2025-11-10&to=2026-02-20",
    "funnel/?unit=CENTER&by=unit&period=2026-Q1",
    "funnel/?period=all&source=none",
    "funnel/?as_of=2026-02-10&by=unit&period=2026-Q1",
    "promotion-table/?by=unit&period=2026-Q1",
    "promotion-table/?by=owner&unit=CENTER",
    "promotion-table/?by=period&period=2026-Q1",
    "promotion-table/?period=2026-02&as_of=2026-02-20T15:30:00Z",
    "forecast-sheet/?",
    "forecast-sheet/?period=2026-Q1&as_of=2026-02-10",
    "comparison/?by=owner&period=2026-Q1",
    "comparison/?by=period&period=2026-Q1&as_of=2026-03-15",
    "forecast-categories/?by=owner",
    "forecast-categories/?by=unit&period=2026-Q1&as_of=2026-02-10",
)


@pytest.fixture
def world(cast: Cast) -> Iterator[Histories]:
    """Random pasts of reps of four units, one of which moved to another region and back."""
    for number in range(3):
        Product.objects.create(code=f"P{number}", name=f"产品{number}", name_key=f"p{number}")
    owners = [cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin, cast.maxiao, cast.chengang]
    made = Histories(owners).write(60, seed=21)
    people.move_unit(cast.unit("D2"), to=cast.unit("SOUTH"), by=None, on=date(2026, 1, 15))
    people.move_unit(cast.unit("D2"), to=cast.unit("CENTER"), by=None, on=date(2026, 3, 10))
    with clock.at(NOW):
        yield made


def _opened(query: str, user: User) -> Number:
    lens = InsightLens.read(dict(parse_qsl(urlsplit(html.unescape(query)).query)), user)
    assert lens.problems == (), query
    return number_of(lens)


def what_of(query: str) -> str:
    return dict(parse_qsl(urlsplit(html.unescape(query)).query))["what"]


def made_of(query: str, shown: str, user: User) -> None:
    """A sum or a rate that is shown so is what it opens to."""
    lens = InsightLens.read(dict(parse_qsl(urlsplit(html.unescape(query)).query)), user)
    number = opened(lens)
    keys = list(number.deals().values_list("pk", flat=True))
    whole = number.counted()
    assert sum(number.of_each(keys).values(), Amounts()) == whole, query
    quotient = quotient_of(lens, number)
    if quotient is not None:
        assert f.percent(quotient.value) == shown or " – " in shown or shown.endswith("pp"), (query, shown)
    elif lens.what in SUMS and lens.what not in ("timed", "worth"):
        assert shown in (f.money(whole.amount), f.number(whole.count)), (query, shown)


def _holds(number: Number) -> Amounts:
    """What the number counts, after its deals were added up one by one."""
    keys = list(number.deals().values_list("pk", flat=True))
    assert len(set(keys)) == len(keys)
    each = number.of_each(keys)
    whole = number.counted()
    assert all(each[key].count for key in keys)
    assert sum((each[key] for key in keys), Amounts()) == whole
    return whole


@pytest.mark.parametrize("page", PAGES)
def test_every_number_of_a_page_is_what_its_deals_add_up_to(
    page: str, world: Histories, cast: Cast, client: Client
) -> None:
    found = 0
    for user in (cast.linjing, cast.heli):
        enter(client, user)
        response = client.get(f"/analysis/{page}")
        assert response.status_code == 200
        links = sorted(set(LINK.findall(response.content.decode())))
        for query, text in random.Random(page).sample(links, min(LINKS, len(links))):
            shown = text.strip()
            if what_of(query) not in WHATS:
                made_of(query, shown, user)
                continue
            whole = _holds(_opened(query, user))
            if ("what=count" in query and not shown.startswith("¥")) or "¥" not in shown:
                assert shown == f.number(whole.count), (page, query)
            else:
                found += shown == f.money(whole.amount)
                assert shown == f.money(whole.amount) or "what=count" in query or "what=due" in query
    assert found or "promotion" in page or "comparison" in page


@pytest.mark.parametrize(
    "page",
    [
        "funnel/?",
        "funnel/?as_of=2026-02-10&period=2026-Q1",
        "funnel/?unit=CENTER&period=all&source=none",
        "forecast-sheet/?",
        "forecast-sheet/?period=2026-Q1&as_of=2026-02-10",
    ],
)
def test_a_weighted_amount_opens_to_itself(page: str, world: Histories, cast: Cast, client: Client) -> None:
    """What was clicked stands in the head of what opens, and what its deals weigh adds up to it."""
    _with_rates_of_their_own(world)
    found = 0
    for user in (cast.linjing, cast.heli, cast.wumin, cast.chenan):
        enter(client, user)
        asked = client.get(f"/analysis/{page}").content.decode()
        for query, text in sorted(set(LINK.findall(asked))):
            if what_of(query) not in WHATS:
                continue
            number, shown = _opened(query, user), text.strip()
            if not number.is_weighed or shown in (
                f.money(number.counted().amount),
                f.number(number.counted().count),
            ):
                continue
            each = number.of_each(list(number.deals().values_list("pk", flat=True)))
            assert sum(weight.amount for weight in number.weights(each).values()) == number.weighted()
            opened = client.get("/analysis/records/" + html.unescape(query)).content.decode()
            values = re.findall(r'<span class="value"[^>]*>\s*([^<]*?)\s*</span>', opened)
            assert values[2] == shown, (page, query)
            assert opened.count('data-label="成功率"') == opened.count('data-label="加权"') > 0
            found += 1
    assert found >= 4


def _with_rates_of_their_own(world: Histories) -> None:
    for place, deal in enumerate(world.deals.values()):
        if place % 3 == 0:
            rate = Decimal(place % 10) / 10 + Decimal("0.0333")
            type(deal).objects.filter(pk=deal.pk).update(probability=rate)
            deal.states.update(probability=rate)


def test_the_reasons_of_losses_open_to_their_deals(world: Histories, cast: Cast, client: Client) -> None:
    """Under the bottlenecks, as known now and as known then; those for which nobody named a reason, too."""
    whys = [*Reason.objects.filter(kind="lost")[:2], None]
    named = {f"{why.kind}.{why.code}": str(why) for why in whys if why} | {"none": "未注明"}
    gone = _opened("?what=gone&period=all", cast.linjing).deals()
    for place, deal in enumerate(deal for deal in world.deals.values() if deal in gone):
        Move.objects.filter(deal=deal, kind__in=("lost", "cancelled")).update(reason_code=whys[place % 3])
    enter(client, cast.linjing)
    asked = set()
    for query in ("period=all", "period=2026-Q1&unit=CENTER", "period=all&as_of=2026-03-15"):
        told = client.get(f"/analysis/bottlenecks/?{query}").content.decode().split('class="foot reasons"')[1]
        links = LINK.findall(told)
        assert links, query
        for address, text in links:
            assert _holds(_opened(address, cast.linjing)).count == int(text)
            reason = dict(parse_qsl(html.unescape(address)))["reason"]
            opened = client.get("/analysis/records/" + html.unescape(address)).content.decode()
            assert f"· {named[reason]}</h1>" in opened
            asked.add(reason)
    assert asked == set(named)
    odd = InsightLens.read({"what": "gone", "reason": "lost.nowhere"}, cast.linjing)
    assert odd.problems == ("reason",) and number_of(odd).asked.why is None


def test_a_rep_opens_only_what_is_theirs(world: Histories, cast: Cast, client: Client) -> None:
    enter(client, cast.chenan)
    page = client.get("/analysis/funnel/?period=all&by=owner").content.decode()
    links = set(LINK.findall(page))
    assert links
    for query, _text in links:
        if what_of(query) in RATES:
            continue
        for deal in _opened(query, cast.chenan).deals():
            assert deal.moves.filter(owner=cast.chenan).exists()
    assert InsightLens.read({"part": "SOUTH", "by": "unit"}, cast.wumin).problems == ("part",)


def test_the_page_of_records_shows_the_number_and_what_each_deal_brings_to_it(
    world: Histories, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(client, cast.linjing)
    query = "?what=promoted&period=all"
    whole = _holds(_opened(query, cast.linjing))
    page = client.get("/analysis/records/" + query).content.decode()
    values = re.findall(r'<span class="value"[^>]*>\s*([^<]*?)\s*</span>', page)
    assert values[:2] == [f.number(whole.count), f.money(whole.amount)]
    assert re.search(r"[23] 次</span>", page)  # a deal promoted twice says so
    monkeypatch.setattr(keyset, "__kwdefaults__", {**keyset.__kwdefaults__, "size": 5})
    page = client.get("/analysis/records/" + query).content.decode()
    after = re.search(r'hx-get="(\?[^"]*after=[^"]*)"', page)
    assert after
    more = client.get("/analysis/records/" + html.unescape(after.group(1)), headers={"HX-Request": "true"})
    assert more.content.decode().lstrip().startswith('<div id="record-more"')


def test_deals_that_others_have_since_are_counted_and_said_to_be_hidden(
    world: Histories, cast: Cast, client: Client
) -> None:
    """What happened under chenan counts for chenan, though others have the deal now."""
    enter(client, cast.chenan)
    lens = InsightLens.read({"what": "in:first", "period": "all"}, cast.chenan)
    behind = number_of(lens).deals()
    hidden = behind.count() - behind.visible_to(cast.chenan).count()
    assert hidden > 0
    assert f"另有 {hidden} " in client.get("/analysis/records/?what=in:first&period=all").content.decode()


def test_the_forecast_sheet_is_what_its_deals_add_up_to(world: Histories, cast: Cast) -> None:
    for params in ({}, {"period": "2026-Q1", "as_of": "2026-02-10"}, {"unit": "CENTER"}):
        lens = InsightLens.read(params, cast.linjing)
        sheet = forecast_sheet(lens)
        for stage in sheet.stages:
            asked = {**params, "what": "due", "stage": stage.spec.stage.code}
            whole = _holds(number_of(InsightLens.read(asked, cast.linjing)))
            assert (whole.count, whole.amount) == (stage.sums.count, stage.sums.amount)
            assert sum(line.weighted for line in stage.lines) == stage.sums.weighted
        for name, (count, amount) in sheet.left_out.items():
            whole = _holds(number_of(InsightLens.read({**params, "what": name}, cast.linjing)))
            assert (whole.count, whole.amount) == (count, amount)


def test_wins_off_the_funnel_and_closes_open_to_their_deals(world: Histories, cast: Cast) -> None:
    for deal in list(world.deals.values())[::3]:
        type(deal).objects.filter(pk=deal.pk).update(off_funnel=True)
    for params in (
        {"period": "all"},
        {"period": "2026-Q1", "as-of": "2026-03-20"},
        {"period": "all", "funnel": "b2b"},
    ):
        told = run("anomalies", params, cast.linjing)
        rate = run("win-rate", params, cast.linjing)
        asked = {name.replace("-", "_"): value for name, value in params.items()}
        for what, wanted in (
            ("off_funnel", told["off_funnel"]),
            ("won_deals", told["won"]),
            ("won_deals", rate["won"]),
            ("lost_deals", rate["lost"]),
        ):
            whole = _holds(number_of(InsightLens.read({**asked, "what": what}, cast.linjing)))
            assert whole.count == wanted, (params, what)
        if told["won"]:
            share = Decimal(told["off_funnel_amount"]) / Decimal(told["won_amount"])
            assert abs(Decimal(told["off_funnel_share"]) - share) < Decimal("0.000001")
        assert told["won_amount"] == rate["won_amount"]
        assert rate["won_amount"] == str(
            number_of(InsightLens.read({**asked, "what": "won_deals"}, cast.linjing))
            .counted()
            .amount.quantize(Decimal("0.01"))
        )


def test_a_stage_that_is_not_there_is_left_out_and_said_so(world: Histories, cast: Cast) -> None:
    lens = InsightLens.read({"what": "count", "stage": "nowhere"}, cast.linjing)
    assert lens.problems == ("stage",)
    wanted = number_of(lens).asked.wanted
    assert isinstance(wanted, LiveDeals) and wanted.funnels is None
