"""Visits over the API: where somebody checked in is never shown to another without being on record."""

from __future__ import annotations

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.fieldwork.models import VisitPlan
from loudou.journal.models import Entry
from loudou.kernel import clock
from tests.cast import Cast
from tests.exchange.calling import Calls
from tests.fieldwork.visiting import MONDAY, TUESDAY, approved, planned


def test_a_list_keeps_the_distance_a_single_visit_shows_it_on_record(cast: Cast) -> None:
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)
    with clock.at(MONDAY):
        plan = approved(planned(cast.chenan, None, customer=customer), cast.wumin)
    with clock.at(TUESDAY):
        plan = verbs.start_visit(plan, by=cast.chenan)
        VisitPlan.objects.filter(pk=plan.pk).update(distance=300)
        seen = Entry.objects.filter(event="visit.place_seen")
        manager, owner = Calls(cast.wumin), Calls(cast.chenan)
        listed = manager.get("/visits").json()["items"]
        assert [row["id"] for row in listed] == [plan.pk]
        assert "distance" not in listed[0]
        assert owner.get(f"/visits/{plan.pk}").json()["distance"] == 300
        assert not seen.exists()
        assert [manager.get(f"/visits/{plan.pk}").json()["distance"] for _time in range(2)] == [300, 300]
        assert [entry.actor for entry in seen.all()] == [cast.wumin]
        refused = manager.post(f"/visits/{plan.pk}/cancel", {"reason": "客户出差"})
        assert refused.status_code == 403
