"""Names say what they seem to say: marks that turn or hide text are dropped, and no guise passes for another name."""

from __future__ import annotations

import pytest

from loudou.catalog import verbs as catalog
from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.exchange.importing.handing import Order, hand_in
from loudou.people import verbs as people
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.ui.spelling import folded
from loudou.ui.texts import visible
from tests import make
from tests.cast import Cast

TURNED = "甬江\u202e机电\u200b\ufeff\u2066有限公司"
PLAIN = "甬江机电有限公司"


@pytest.mark.parametrize(
    "kept", ["甬江机电", "👩\u200d👩\u200d👧", "Ω≈ç√ é", "می\u200cخواهم", "a\tb", "\x00"]
)
def test_what_people_write_stays_as_it_is(kept: str) -> None:
    assert visible(kept) == kept  # what no column can keep is refused elsewhere


def test_names_lose_what_only_programs_see(cast: Cast) -> None:
    customer = customers.add_customer(name=TURNED + "\x1b", by=cast.chenan)
    assert customer.name == PLAIN
    assert customers.add_contact(customer, name="许\u202e明华", by=cast.chenan).name == "许明华"
    assert make.deal(cast.chenan, title=TURNED).title == PLAIN
    edited = pipeline.edit(make.deal(cast.chenan), by=cast.chenan, next_step="报\u200b价").deal
    assert edited.next_step == "报价"
    assert catalog.add_product(name=TURNED, by=None).name == PLAIN
    assert people.edit_person(cast.lina, by=cast.gaoming, name="李\u2067娜").name == "李娜"


def test_names_in_files_do_too(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("guises") / "k.csv"
    file.write_text(f"code,name\nK1,{TURNED}\n", "utf-8")
    hand_in(Order("customers", file), dry_run=False, all_or_nothing=False)
    assert Customer.objects.get(code="K1").name == PLAIN
    file.write_text(f"code,title,customer_code,owner_username,amount\nD1,{TURNED},K1,chenan,1\n", "utf-8")
    hand_in(Order("deals", file), dry_run=False, all_or_nothing=False)
    assert Deal.objects.get(code="D1").title == PLAIN


def test_no_guise_hides_a_duplicate_or_a_hit(cast: Cast) -> None:
    customers.add_customer(name=PLAIN, by=cast.chenan)
    for guise in (TURNED, "甬江機電有限公司", "甬　江机电(有限公司)", "甬\u00ad江机电有限公司"):
        assert folded(guise) == folded(PLAIN), guise
        assert Customer.objects.found(guise).count() == 1, guise
    wide = customers.add_customer(name="ＡＢＢ（中国）", by=cast.chenan)
    assert Customer.objects.found("abb").get() == wide
