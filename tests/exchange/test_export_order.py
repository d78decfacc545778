"""The rows of an export stand in an order that another house, filled from it, gives them too: never that of keys."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path

from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.spec import kinds
from loudou.fieldwork import verbs as fieldwork
from loudou.kernel import clock
from loudou.people.models import Membership, User
from loudou.signoff import verbs as signoff
from tests import make
from tests.cast import Cast
from tests.make import instant

DOCS = Path(__file__).parents[2] / "docs" / "import.md"


def column(folder: Path, kind: str, name: str) -> list[str]:
    file = folder / f"{kind}.csv"
    hand(kind, username=None, output=file, form="csv", filters={}, bom=False)
    return [row[name] for row in csv.DictReader(file.read_text("utf-8").splitlines())]


def test_who_belonged_where_goes_by_name_and_day(cast: Cast, tmp_path: Path) -> None:
    names = column(tmp_path, "memberships", "username")
    assert names == sorted(names) and len(names) == Membership.objects.count()


def test_what_was_entered_in_another_order_comes_out_in_the_same(cast: Cast, tmp_path: Path) -> None:
    deal = make.deal(cast.chenan)
    with clock.at(instant("2026-05-06 18:00")):
        for code, hour in (("H3", 9), ("H1", 10), ("H2", 8)):
            fieldwork.log_activity(
                by=cast.chenan,
                owner=cast.chenan,
                kind="call",
                at=instant(f"2026-05-06 {hour:02}:00"),
                customer=deal.customer,
                deal=deal,
                result="谈了",
                code=code,
            )
        _signatures(cast.lina, cast.sunqiang, signer=cast.wumin)
    assert column(tmp_path, "activities", "code") == ["H1", "H2", "H3"]
    assert column(tmp_path, "signatures", "subject") == ["甲", "乙", "丙"]


def _signatures(*askers: User, signer: User) -> None:
    lina, sunqiang = askers
    noon = instant("2026-05-05 12:00")
    for what, asker, at in (
        ("丙", sunqiang, noon),
        ("乙", lina, noon),
        ("甲", sunqiang, noon - timedelta(hours=1)),
    ):
        signoff.import_signature(asker=asker, signer=signer, what=what, asked_at=at, by=None)


def test_the_guide_brings_what_others_are_made_of_first() -> None:
    """Activities before the visits and calls that become them, and tasks before the measures they belong to."""
    told = re.findall(r"^\| `([a-z-]+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    order = {kind.name: kind.order for kind in kinds()}
    assert sorted(told) == sorted(order)
    for first, later in (("activities", "visits"), ("activities", "calls"), ("tasks", "measures")):
        assert told.index(first) < told.index(later)
        assert order[first] < order[later]
