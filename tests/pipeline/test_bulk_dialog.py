"""An act on several deals, out of the dialog of the list."""

from __future__ import annotations

from django.test import Client

from tests import make
from tests.cast import Cast
from tests.doors import enter


def test_out_of_the_dialog_one_comes_back_to_the_list_itself(cast: Cast, client: Client) -> None:
    """A redirect would be followed by the request of the dialog, and the whole list would stand in it."""
    deal = make.deal(cast.chenan)
    enter(client, cast.wumin)
    sent = {"act": "hand_over", "deal": deal.pk, "back": "?sort=due", "sure": "1"}
    sent |= {"owner": cast.lina.pk, "reason": "区域调整"}
    answer = client.post("/deals/bulk/", sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/deals/?sort=due")
    deal.refresh_from_db()
    assert deal.owner == cast.lina
    assert (
        client.post("/deals/bulk/", {**sent, "owner": cast.chenan.pk}).headers["Location"]
        == "/deals/?sort=due"
    )
