"""What no company means: a file that says it is refused by its line and column, or taken with a warning."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.people.models import User
from loudou.pipeline.models import Deal, Move
from tests.cast import Cast

DEALS = "code,title,owner_username,amount,created_at\nA,甲,chenan,100,2026-01-05\n"
HEAD = "deal_code,at,event,stage,amount,reason\n"


@pytest.fixture
def folder(cast: Cast, tmp_path: Path) -> Path:
    assert not bring(tmp_path, "deals", DEALS).refused
    return tmp_path


def bring(folder: Path, kind: str, content: str, *, dry_run: bool = False) -> Result:
    file = folder / f"{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file), dry_run=dry_run, all_or_nothing=False)


def told(result: Result) -> list[tuple[int, str]]:
    return [(note.line, note.column) for note in result.notes if not note.warning]


# History -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["won", "lost", "cancelled", "invalid"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_no_deal_ends_before_its_first_stage(folder: Path, end: str, dry_run: bool) -> None:
    rows = f"A,2026-01-06,enter,验证,,\nA,2026-01-02,{end},,,\nA,2026-01-10,enter,开发,,\n"
    result = bring(folder, "moves", HEAD + rows, dry_run=dry_run)
    assert told(result) == [(3, "at")]
    assert "2026-01-06" in result.notes[0].reason
    assert result.counts.new == 2


@pytest.mark.parametrize("end", ["won", "lost"])
def test_nor_before_one_that_was_told_in_another_file(folder: Path, end: str) -> None:
    bring(folder, "moves", HEAD + "A,2026-01-06,enter,验证,,\nA,2026-01-10,enter,开发,,\n")
    before = list(Move.objects.order_by("pk").values_list("kind", "at"))
    assert told(bring(folder, "moves", HEAD + f"A,2026-01-02,{end},,,\n")) == [(2, "at")]
    assert list(Move.objects.order_by("pk").values_list("kind", "at")) == before
    assert Deal.objects.get(code="A").outcome == "open"


def test_the_first_stage_of_the_same_instant_is_early_enough(folder: Path) -> None:
    rows = "A,2026-01-06,won,,,\nA,2026-01-06,enter,验证,,\n"
    assert told(bring(folder, "moves", HEAD + rows)) == []
    assert Deal.objects.get(code="A").outcome == "won"


def test_what_ended_may_have_begun_again_before_its_stages_are_known(folder: Path) -> None:
    rows = "A,2026-01-06,lost,,,\nA,2026-01-08,reopen,,,\nA,2026-01-09,enter,开发,,\n"
    assert told(bring(folder, "moves", HEAD + rows)) == []
    assert Deal.objects.get(code="A").outcome == "open"


def test_a_deal_of_which_only_the_end_is_known_ends(folder: Path) -> None:
    assert told(bring(folder, "moves", HEAD + "A,2026-01-02,won,,,\n")) == []
    assert Deal.objects.get(code="A").outcome == "won"


def test_no_end_undoes_what_is_told_after_it(folder: Path) -> None:
    """A deal that went on after its win by an earlier file: the win is refused, not the file before."""
    bring(folder, "moves", HEAD + "A,2026-01-06,enter,验证,,\nA,2026-03-10,enter,开发,,\n")
    result = bring(folder, "moves", HEAD + "A,2026-02-01,amount,,90,\nA,2026-02-02,won,,,\n")
    assert told(result) == [(3, "at")]
    assert "2026-03-10" in result.notes[0].reason
    assert (result.counts.new, Deal.objects.get(code="A").outcome) == (1, "open")
    assert told(bring(folder, "moves", HEAD + "A,2026-04-01,won,,,\n")) == []


def test_what_could_not_stand_before_is_no_fault_of_a_new_row(folder: Path) -> None:
    bring(folder, "moves", HEAD + "A,2026-01-06,enter,验证,,\nA,2026-01-20,won,,,\n")
    won = Move.objects.get(kind="won")
    later = won.at + timedelta(days=30)
    late = Move.objects.create(deal=won.deal, kind="hold", at=later, known_at=later, recorded_at=later)
    result = bring(folder, "moves", HEAD + "A,2026-01-08,lost,,,\nA,2026-01-09,reopen,,,\n")
    assert told(result) == []
    assert Move.objects.filter(pk=late.pk).exists()


def test_a_reason_from_elsewhere_is_kept_as_text_and_said(folder: Path) -> None:
    """Other systems let people write it: history is not refused for that (`docs/import.md`)."""
    rows = "A,2026-01-06,enter,验证,,\nA,2026-01-09,lost,,,老板换人了\n"
    result = bring(folder, "moves", HEAD + rows)
    assert [(note.line, note.column, note.warning) for note in result.notes] == [(3, "reason", True)]
    deal = Deal.objects.get(code="A")
    assert (deal.outcome, deal.reason, deal.review) == ("lost", None, "老板换人了")


@pytest.mark.parametrize("reason", ["price", "价格", ""])
def test_a_reason_of_ours_or_none_needs_no_word(folder: Path, reason: str) -> None:
    assert bring(folder, "moves", HEAD + f"A,2026-01-09,lost,,,{reason}\n").notes == []


def test_what_the_rules_forbid_is_named_beside_what_cannot_be_read(folder: Path) -> None:
    """Whoever mends a row mends it once."""
    content = (
        "code,title,owner_username,amount,currency,funnel\nB,乙,chenan,-5,XYZ,那个\nC,丙,niemand,5,CNY,b2b\n"
    )
    wrong = told(bring(folder, "deals", content))
    assert wrong == [(2, "amount"), (2, "funnel"), (2, "currency"), (3, "owner_username")]
    rows = "A,morgen,enter,没有,,\nA,morgen,enter,验证,,\nA,2026-01-09,enter,没有,,\nX,morgen,enter,没有,,\n"
    wrong = told(bring(folder, "moves", HEAD + rows))
    assert wrong == [(2, "at"), (2, "stage"), (3, "at"), (4, "stage"), (5, "at"), (5, "deal_code")]


# Money -------------------------------------------------------------------------------------------------------------


def test_a_product_in_a_currency_without_a_rate_is_taken_with_a_warning(folder: Path) -> None:
    content = "code,name,list_price,currency\nP1,甲,10,XYZ\nP2,乙,10,CNY\nP3,丙,10,\n"
    result = bring(folder, "products", content)
    assert [(note.line, note.column, note.warning) for note in result.notes] == [(2, "currency", True)]
    assert (result.counts.new, result.counts.warned) == (3, 1)


@pytest.mark.parametrize("currency", ["XYZ", "USD"])
def test_a_deal_in_one_is_refused(folder: Path, currency: str) -> None:
    content = f"code,title,owner_username,amount,currency\nB,乙,chenan,5,{currency}\n"
    assert told(bring(folder, "deals", content)) == [(2, "currency")]


def test_a_line_beyond_all_money_is_refused(folder: Path) -> None:
    bring(folder, "products", "code,name\nP1,甲\n")
    content = "deal_code,product_code,quantity,price\nA,P1,1000000,9999999999\nA,P1,1000,9999999999\n"
    assert told(bring(folder, "lines", content)) == [(2, "price")]


# People ------------------------------------------------------------------------------------------------------------


def test_user_names_obey_the_rule_of_the_page(folder: Path) -> None:
    content = "username,name,manager_username\nbad name!,坏,\nＨＹ－０１,宽,chenan\nhy-02,窄,ＨＹ－０１\n"
    assert told(bring(folder, "people", content)) == [(2, "username")]
    assert User.objects.get(username="hy-02").manager == User.objects.get(username="HY-01")
    again = bring(folder, "people", content)
    assert (again.counts.unchanged, again.counts.refused) == (2, 1)


def test_roles_go_by_the_words_of_each_land(folder: Path) -> None:
    content = "User Name,Full Name,Roles\nb01,Bob,Sales Rep\nb02,王大明,業務\nb03,李明,业务经理；业务员\nb04,Eve,Boss\n"
    assert told(bring(folder, "people", content)) == [(5, "roles")]
    roles = dict(User.objects.filter(username__startswith="b0").values_list("username", "roles"))
    assert roles == {"b01": ["rep"], "b02": ["rep"], "b03": ["manager", "rep"]}


@pytest.mark.parametrize(
    "amount", ["NT$12,000", "ＮＴ＄１２，０００", "１２，０００元", "ＣＮＹ１．２万", "¥１２０００"]
)
def test_money_in_wide_letters_is_money(folder: Path, amount: str) -> None:
    content = f'code,title,owner_username,amount\nW,宽,chenan,"{amount}"\n'
    assert told(bring(folder, "deals", content)) == []
    assert Deal.objects.get(code="W").amount == 12_000
