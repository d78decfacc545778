"""Why deals are lost, cancelled or invalid."""

from __future__ import annotations

import pytest

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline import verbs
from loudou.pipeline.models import Reason
from tests import make
from tests.cast import Cast

NAMES = {"zh-hans": "账期", "zh-hant": "帳期", "en": "Lead time"}


def codes() -> list[str]:
    return list(Reason.objects.filter(kind="lost").order_by("position", "id").values_list("code", flat=True))


def test_a_new_one_comes_last_under_a_code_made_of_its_name(cast: Cast) -> None:
    made = verbs.set_reason(kind="lost", code="", names=NAMES, by=cast.linjing)
    assert (made.code, codes()[-1]) == ("lead-time", "lead-time")
    other = {"en": "Lead-Time", "zh-hans": "交付"}
    verbs.set_reason(kind="lost", code="lead-time", names=NAMES, by=cast.linjing, retired=True)
    assert verbs.set_reason(kind="lost", code="", names=other, by=cast.linjing).code == "lead-time1"
    assert verbs.set_reason(kind="lost", code="", names={"zh-hans": "付款"}, by=cast.linjing).code == "s1"
    assert Entry.objects.filter(event="reason.set", actor=cast.linjing).count() == 4


def test_two_in_use_are_called_differently_in_every_language(cast: Cast) -> None:
    for names in (
        {"en": "PRICE"},
        {"zh-hant": "價格"},
        {"zh-hans": " 价 格"},
        {"en": "Cost", "zh-hans": "价格"},
    ):
        with pytest.raises(Refused) as refusal:
            verbs.set_reason(kind="lost", code="", names=names, by=cast.linjing)
        assert refusal.value.field == "names"
    assert verbs.set_reason(kind="invalid", code="", names={"en": "Price"}, by=cast.linjing).code == "price"
    price = make.reason()
    verbs.set_reason(kind="lost", code="price", names=price.names, by=cast.linjing, retired=True)
    made = verbs.set_reason(kind="lost", code="", names={"en": "Price"}, by=cast.linjing)
    with pytest.raises(Refused):
        verbs.set_reason(kind="lost", code="price", names=price.names, by=cast.linjing)
    assert verbs.set_reason(kind="lost", code=made.code, names=made.names, by=cast.linjing).pk == made.pk


def test_a_known_one_is_changed_where_it_stands(cast: Cast) -> None:
    before = codes()
    price = make.reason()
    changed = verbs.set_reason(kind="lost", code="price", names=NAMES, by=cast.linjing, version=price.version)
    assert (changed.pk, changed.names, codes()) == (price.pk, NAMES, before)
    with pytest.raises(Stale) as stale:
        verbs.set_reason(
            kind="lost", code="price", names={"en": "Price"}, by=cast.linjing, version=price.version
        )
    assert stale.value.differences == {"names": (NAMES, {"en": "Price"})}


def test_it_can_be_retired_and_brought_back(cast: Cast) -> None:
    price = make.reason()
    retired = verbs.set_reason(kind="lost", code="price", names=price.names, by=cast.linjing, retired=True)
    again = verbs.set_reason(kind="lost", code="price", names=price.names, by=cast.linjing, retired=True)
    assert retired.retired_at == again.retired_at is not None
    assert verbs.set_reason(kind="lost", code="price", names=price.names, by=cast.linjing).retired_at is None


def test_it_moves_up_and_down_and_no_further_than_the_ends(cast: Cast) -> None:
    first, second, *rest = codes()
    verbs.place_reason(make.reason("lost", second), step=-1, by=cast.linjing)
    assert codes() == [second, first, *rest]
    verbs.place_reason(make.reason("lost", second), step=-1, by=cast.linjing)
    verbs.place_reason(make.reason("lost", rest[-1]), step=1, by=cast.linjing)
    assert codes() == [second, first, *rest]
    with pytest.raises(Stale):
        verbs.place_reason(make.reason("lost", second), step=1, by=cast.linjing, version=99)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("kind", {"kind": "dream"}),
        ("names", {"names": {"en": " "}}),
        ("names", {"names": {"fr": "Prix"}}),
        ("names", {"names": {"en": "x" * 81}}),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_the_field(
    cast: Cast, field: str, values: dict[str, object]
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.set_reason(**{"kind": "lost", "code": "", "names": NAMES, "by": cast.linjing, **values})  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_who_may_not_does_not(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.set_reason(kind="lost", code="", names=NAMES, by=cast.wumin)
    with pytest.raises(Forbidden):
        verbs.place_reason(make.reason(), step=1, by=cast.wumin)
