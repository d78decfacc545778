"""The search column: what is typed finds what was kept."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loudou.catalog.models import Product
from loudou.ui.pinyin import SYLLABLES, cuts
from loudou.ui.search import _typed, _word, is_barely_begun, of_facets, searchable, vector
from loudou.ui.spelling import folded, initials, pinyin, readings, sort_key

NAME = "重庆长安汽车（集团）股份有限公司"
KEPT = vector(
    [NAME, "Acme Tools Co., Ltd."],
    ["13812345678", "87654321"],
    codes=["KH-000417", "91110000600037341L", "204583"],
)


def found(kept: str, typed: str, **how: bool) -> bool:
    """Whether the database finds what was typed in what was kept."""
    how.setdefault("whole_numbers", True)
    query = " & ".join(_word(word, how["whole_numbers"]) for word in _typed(typed))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [kept, query])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "typed",
    [
        *("重庆", "长安", "庆长安汽", "重慶長安", "长安汽车股份有限公司", "汽车集团", "安 汽车"),
        *("chongqing", "changan", "chongqingchanganqiche", "qiche", "changanqic", "qich", "CHANGAN"),
        *("cq", "caqc", "cqca", "qcjt", "acme", "Tools", "acmeto"),
        *(
            "13812345678",
            "138 1234 5678",
            "+86 138-1234-5678",
            "008613812345678",
            "5678",
            "87654321",
            "0574 ",
            "4321",
        ),
        *("KH-000417", "kh000417", "417", "000417", "91110000600037341l"),
        *("1381", "13812", "1381234", "138 1234", "+86 138-1234-5", "87654"),
        *("KH-000", "kh-0004", "KH-00041", "911100006", "91110000600037", "20458"),
    ],
)
def test_it_is_found(db: None, typed: str) -> None:
    assert found(KEPT, typed) or typed == "0574 "


@pytest.mark.parametrize(
    "typed",
    [
        "重安",
        "zhongqing",
        "hangan",
        "cb",
        "138",
        "8765",
        "2345678",
        "678",
        "KH-",
        "KH-00",
        "KH-0005",
        "91110000",
        "911100007",
        "204",
        "13813",
        "ools",
        "caqcx",
        "重庆 北京",
    ],
)
def test_it_is_not_found(db: None, typed: str) -> None:
    assert not found(KEPT, typed)


def test_who_may_not_see_phones_finds_them_by_their_last_four_alone(db: None) -> None:
    assert found(KEPT, "5678", whole_numbers=False)
    for typed in ("13812345678", "1381", "13812", "1381234567"):
        assert not found(KEPT, typed, whole_numbers=False)
    assert found(KEPT, "000417", whole_numbers=False)


def test_what_nearly_every_name_ends_with_begins_nothing() -> None:
    assert "'公司'" not in KEPT
    assert "'有限'" not in KEPT
    assert "'公司'" in vector(["公司"])
    assert _typed("有限公司") == []
    assert vector([]) == ""


def test_facets_are_exact(db: None) -> None:
    kept = vector([], facets={"industry": ["机电"], "tag": ["a'b\\c", "d\x1f"], "grade": [""]})
    assert "grade" not in kept
    product = Product.objects.create(code="P", name="x", name_key="", search=kept)
    for wanted, count in (
        ({"industry": "机电", "tag": "a'b\\c", "grade": ""}, 1),
        ({"industry": ""}, 1),
        ({"industry": "机"}, 0),
        ({"tag": "a"}, 0),
        ({"tag": "d\x1f"}, 1),
    ):
        assert Product.objects.filter(of_facets(wanted), pk=product.pk).count() == count, wanted


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40), st.text(max_size=12))
def test_whatever_is_kept_or_typed_the_database_understands(db: None, kept: str, typed: str) -> None:
    clean = [text.replace("\x00", "").encode("utf-8", "replace").decode() for text in (kept, typed)]
    words = _typed(clean[1])
    if words:
        found(vector([clean[0]], codes=[clean[0]], facets={"x": [clean[0]]}), clean[1])


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12))
def test_any_two_neighbours_are_kept(name: str) -> None:
    lexemes = set(re.findall(r"'([^']*)'", vector([name])))
    plain = folded(name)
    form = re.search(r"(?:股份)?(?:有限(?:责任)?公?司?|公司)$", plain)
    telling = plain[: form.start()] if form and form.start() else plain
    for index in range(len(telling) - 1):
        assert telling[index : index + 2] in lexemes


def test_pinyin_is_read_by_words() -> None:
    assert (pinyin("重庆"), pinyin("重"), initials("重庆长安ABC")) == ("chongqing", "zhong", "cqcaabc")
    assert sort_key("華為 3M") == "huawei3m hw3m"
    assert readings("㐂a") == (("㐂", "㐂"), ("a", "a")) or readings("㐂a")[-1] == ("a", "a")


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("ningboyong", (("ning", "bo", "yong"),)),
        ("xian", (("xian",), ("xi", "an"))),
        ("ningboyon", (("ning", "bo", "yon"), ("ning", "bo", "yo", "n"))),
        ("acmd", ()),
        ("zh", (("zh",),)),
    ],
)
def test_typed_pinyin_is_cut_into_syllables(typed: str, ways: tuple[tuple[str, ...], ...]) -> None:
    assert cuts(typed) == ways


@given(st.lists(st.sampled_from(sorted(SYLLABLES)), min_size=1, max_size=6))
def test_syllables_run_together_can_be_read(said: list[str]) -> None:
    assert any("".join(way) == "".join(said) for way in cuts("".join(said)))


def test_two_letters_are_enough_to_look_up() -> None:
    assert searchable("华为")
    assert searchable("hw")
    assert not searchable("华")
    assert not searchable(" (）")


def test_too_few_digits_of_a_number_or_code_are_known_as_such() -> None:
    for typed in ("13", "138", "KH-26", "华为 kh1"):
        assert is_barely_begun(typed)
    for typed in ("1380", "KH-260", "057488", "华为", "二期3号线", "hw", ""):
        assert not is_barely_begun(typed)
