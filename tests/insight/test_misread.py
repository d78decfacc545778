"""What contradicts itself is refused in one sentence; a page says so and leaves it out."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from django.test import Client

from loudou.insight.commands import report
from loudou.insight.lens import InsightLens
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls, problem
from tests.make import instant

NOW = "2026-05-12 09:00"
BOTH = "只给 period"


def said(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch, params: dict[str, str]) -> list[str]:
    """What the command, the API and the page say of these parameters."""
    monkeypatch.setattr("loudou.insight.commands.ready", nullcontext)
    enter(client, cast.heli)
    with clock.at(instant(NOW)):
        words = [word for name, value in params.items() for word in (f"--{name.replace('_', '-')}", value)]
        refused = CliRunner().invoke(report, ["funnel", *words]).exception
        assert isinstance(refused, Refused)
        answer = Calls(cast.heli).get(
            "/reports/funnel?" + "&".join(f"{name}={value}" for name, value in params.items())
        )
        assert answer.status_code == 422
        page = client.get("/analysis/funnel/", params)
        assert page.status_code == 200
    return [str(refused), answer.json()["message"], page.content.decode()]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"period": "2026-Q1", "from": "2026-02-01"}, BOTH),
        ({"period": "2026-Q1", "from": "2026-02-01", "to": "2026-03-01"}, BOTH),
        ({"period": "2026-Q1", "to": "2026-03-01"}, BOTH),
    ],
)
def test_it_is_refused_alike_by_every_door(
    cast: Cast,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    params: dict[str, str],
    sentence: str,
) -> None:
    command, api, page = said(cast, client, monkeypatch, params)
    assert command == api and sentence in command
    assert page.count(command) == 1


def test_a_page_keeps_what_was_named_and_says_what_it_did_not_understand(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    with clock.at(instant(NOW)):
        lens = InsightLens.read({"period": "2026-Q1", "from": "2026-02-01"}, None)
        assert lens.company.fiscal.name(lens.or_this_quarter()) == "2026-Q1"
        page = client.get("/analysis/funnel/?unit=nowhere&owner=nobody").content.decode()
        assert "unit, owner" in page


def test_an_instant_still_to_come_is_the_present_and_instants_with_a_zone_are_read(cast: Cast) -> None:
    with clock.at(instant(NOW)):
        present = run("funnel", {}, None)["stages"]
        for later in ("2026-05-12", "2026-05-13T00:00:01+08:00", "2027-01-01"):
            assert run("funnel", {"as-of": later}, None)["stages"] == present
        assert run("funnel", {"as-of": "2026-05-12T01:00:00Z"}, None)["stages"] == present
        with pytest.raises(Refused, match="as-of"):
            run("funnel", {"as-of": "soon"}, None)


def test_a_parameter_is_named_as_it_was_typed_and_its_field_as_the_api_calls_it(cast: Cast) -> None:
    for name in ("as-of", "as_of"):
        with pytest.raises(Refused, match=name) as soon:
            run("funnel", {name: "soon"}, None)
        assert soon.value.field == "as_of"
    for name in ("no-such", "no_such"):
        with pytest.raises(Refused, match=name) as unknown:
            run("funnel", {name: "1"}, None)
        assert unknown.value.field == "no_such"
    for name, value in (("deal-amount", "0"), ("win-rate", "150"), ("cycle-days", "-3"), ("quota", "-1")):
        with pytest.raises(Refused, match=name):
            run("funnel-backward", {name: value}, None)


@pytest.mark.parametrize("name", ["quota", "coverage", "funnel-backward"])
@pytest.mark.parametrize("target", ["-5", "-0.01", "（500）", "-1万"])
def test_a_target_below_zero_is_refused_in_one_sentence(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, name: str, target: str
) -> None:
    monkeypatch.setattr("loudou.insight.commands.ready", nullcontext)
    refused = CliRunner().invoke(report, [name, "--target", target]).exception
    assert isinstance(refused, Refused) and refused.field == "target"
    told = problem(Calls(cast.heli).get(f"/reports/{name}?target={target}"), 422, "")
    assert told["fields"] == {"target": str(refused)} and f"“{target}”" in str(refused)
    with pytest.raises(Refused, match="target"):
        run(name, {"target": "much"}, None)
    assert run(name, {"target": "0"}, None)
