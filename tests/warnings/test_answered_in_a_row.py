"""Who answers many warnings one after the other comes back to where they stand, filtered as they were."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from loudou.people.queries import organisation
from loudou.warnings import verbs
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.doors import enter

HERE = "http://testserver/warnings/?owner=chenan&sign=no_next_step"
BACK = "/warnings/?owner=chenan&sign=no_next_step"


@pytest.fixture
def warning(cast: Cast, client: Client) -> EarlyWarning:
    verbs.watch([make.deal(cast.chenan).pk], allowed={}, by=None)
    enter(client, cast.wumin)
    return EarlyWarning.objects.get()


@pytest.mark.parametrize("act", ["snooze", "dispute"])
def test_a_dialog_of_the_list_leads_back_to_the_list(act: str, warning: EarlyWarning, client: Client) -> None:
    page = client.get(BACK).content.decode()
    [dialog] = re.findall(rf'hx-get="(/warnings/{warning.pk}/{act}/\?back=list)"', page)
    form = client.get(dialog, headers={"HX-Request": "true"}).content.decode()
    assert 'name="back" value="list"' in form
    given = {
        "until": str(organisation().today + timedelta(days=3)),
        "reason": "",
        "version": 1,
        "back": "list",
    }
    address, asked = f"/warnings/{warning.pk}/{act}/", {"HX-Request": "true", "HX-Current-URL": HERE}
    refused = client.post(address, given, headers=asked)
    assert refused.status_code == 422 and 'name="back" value="list"' in refused.content.decode()
    answer = client.post(address, {**given, "reason": "客户停产检修"}, headers=asked)
    assert answer.headers["HX-Redirect"] == BACK


def test_what_is_seen_to_leads_back_to_the_list_as_it_was(warning: EarlyWarning, client: Client) -> None:
    given = {"version": 1, "back": "list"}
    answer = client.post(f"/warnings/{warning.pk}/done/", given, headers={"Referer": HERE})
    assert answer.headers["Location"] == BACK


def test_an_address_from_elsewhere_is_not_gone_to(warning: EarlyWarning, client: Client) -> None:
    given = {"version": 1, "back": "list"}
    came = {"Referer": "https://elsewhere.example/deals/?owner=x"}
    assert (
        client.post(f"/warnings/{warning.pk}/done/", given, headers=came).headers["Location"] == "/warnings/"
    )


def test_from_its_own_page_one_stays_there(warning: EarlyWarning, client: Client) -> None:
    assert "?back=" not in client.get(f"/warnings/{warning.pk}/").content.decode()
    answer = client.post(f"/warnings/{warning.pk}/done/", {"version": 1})
    assert answer.headers["Location"] == f"/warnings/{warning.pk}/"
