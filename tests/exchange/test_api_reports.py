"""Reports over the API are the page's figures, of what the caller may see."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from loudou.insight.reports import PAGED, REPORTS, run
from loudou.kernel import clock
from loudou.pipeline import verbs
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls, problem


@pytest.fixture
def deals(cast: Cast) -> None:
    for owner in (cast.chenan, cast.sunqiang, cast.maxiao):
        verbs.win(make.at_last_stage(owner), by=None)
        make.deal(owner)


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_says_what_the_figures_say_of_what_one_sees(name: str, cast: Cast, deals: None) -> None:
    with clock.at(clock.now()):
        for user in (cast.chenan, cast.wumin, cast.heli, cast.linjing):
            assert Calls(user).get(f"/reports/{name}").json() == run(name, {}, user)


def test_a_report_takes_the_parameters_of_the_page_with_hyphens_or_without(cast: Cast, deals: None) -> None:
    call = Calls(cast.heli)
    whole = call.get("/reports/win-rate?from=2020-01-01&to=2100-01-01").json()
    one = call.get("/reports/win-rate?from=2020-01-01&to=2100-01-01&unit=D1&funnel=b2b").json()
    assert (whole["won"], one["won"]) == (2, 1)
    then = call.get("/reports/win-rate?as-of=2020-01-01T00:00:00%2B08:00").json()
    assert then == call.get("/reports/win-rate?as_of=2020-01-01T00:00:00%2B08:00").json()
    assert then["won"] == 0 and then["rate"] is None and then["rate_reason"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cumulative-conversion", {"goal": "next"}),
        ("quota", {"zone_rates": "deck", "target": "90000000"}),
        ("quota", {"zone-rates": "deck", "target": "90000000"}),
        ("contact-table", {"view": "quiet"}),
        ("funnel-backward", {"target": "5000000", "win_rate": "0.25", "deal_amount": "1000"}),
        ("funnel-backward", {"target": "5000000", "win-rate": "0.25", "deal-amount": "1000"}),
        ("funnel-backward", {"lead-rate": "0.2", "visits-per-opp": "2.5", "cycle-days": "90"}),
        ("funnel-backward", {"target": "5000000", "attainment-factor": "0.9"}),
    ],
)
def test_what_the_command_asks_of_a_report_can_be_asked_here(
    cast: Cast, deals: None, name: str, said: dict[str, str]
) -> None:
    asked = {"as-of": "2026-12-01T00:00:00+08:00", "period": "2026-Q4", **said}
    with clock.at(make.instant("2026-12-02 09:00")):
        wanted = run(name, asked, cast.hezong)
        assert Calls(cast.hezong).get(f"/reports/{name}?{urlencode(asked)}").json() == wanted
        assert wanted != run(name, {key: asked[key] for key in ("as-of", "period")}, cast.hezong)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("unit=nowhere", "unit"),
        ("owner=nobody", "owner"),
        ("from=2026-13-01", "from"),
        ("as-of=soon", "as_of"),
        ("x=1", "x"),
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(cast: Cast, query: str, field: str) -> None:
    assert field in problem(Calls(cast.heli).get(f"/reports/win-rate?{query}"), 422, "")["fields"]


def test_a_report_that_is_not_there_is_404(cast: Cast) -> None:
    problem(Calls(cast.heli).get("/reports/horoscope"), 404, "not_found")
    assert Calls(cast.heli).get("/reports").json()["items"] == sorted(REPORTS)


@pytest.mark.parametrize("name", sorted(PAGED))
@pytest.mark.parametrize("said", [{}, {"as-of": "2026-12-01T00:00:00+08:00"}])
def test_a_report_with_a_line_a_deal_comes_in_pages(
    name: str, said: dict[str, str], cast: Cast, deals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.at(make.instant("2026-12-02 09:00")):
        whole = run(name, said, cast.hezong)
        for room in ("", ".contacts", ".promotion"):
            monkeypatch.setattr(f"loudou.insight.reports{room}.AT_ONCE", 2)
        pages = [Calls(cast.hezong).get(f"/reports/{name}?{urlencode(said)}").json()]
        while following := pages[-1].pop("next", ""):
            asked = {**said, "cursor": following}
            pages.append(Calls(cast.hezong).get(f"/reports/{name}?{urlencode(asked)}").json())
    assert len(pages) > 1 or (name, bool(said)) == ("anomalies", True)  # of a past all are judged
    for key in whole:
        if isinstance(whole[key], list) and key != "kinds":
            assert [line for page in pages for line in page[key]] == whole[key]
        else:
            assert [page[key] for page in pages] == [whole[key]] * len(pages)


def test_a_cursor_is_of_its_report_alone(cast: Cast, deals: None) -> None:
    call = Calls(cast.hezong)
    problem(call.get("/reports/promotion-table?cursor=WzEsMSwxXQ"), 422, "")
    assert "cursor" in problem(call.get("/reports/win-rate?cursor=x"), 422, "")["fields"]
