"""Funnels and reasons are set up on pages, by linjing of sales operations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Funnel, FunnelMigration, Reason, Stage
from loudou.pipeline.queries.funnels import draft_of, specs
from loudou.pipeline.tasks import carry_on_migrations
from tests import make
from tests.cast import Cast
from tests.jobs import run
from tests.plans import plans

HTMX = {"HX-Request": "true"}


@pytest.fixture
def linjing(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.linjing)
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def to(name: str, *args: object) -> str:
    return reverse(f"pipeline:{name}", args=args)


def b2b() -> Funnel:
    return make.funnel()


def stage(code: str) -> int:
    return Stage.objects.get(funnel=b2b(), code=code).pk


def filled(client: Client, address: str) -> dict[str, str]:
    """What the form at an address would send as it stands."""
    found: dict[str, str] = {}
    page = client.get(address, headers=HTMX).content.decode().split("<template")[0::1]
    html = "".join(part.split("</template>")[-1] for part in page)
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("checkbox" not in tag and "radio" not in tag) or "checked" in tag):
            found[name.group(1)] = value.group(1) if value else "on" if "checkbox" in tag else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', html, re.S):
        found[name] = body
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen.group(1) if chosen else ""
    found.pop("csrfmiddlewaretoken", None)
    return found


# The list ------------------------------------------------------------------------------------------------------


def test_the_list_says_what_runs_where_and_what_waits(cast: Cast, linjing: Client) -> None:
    make.deal(cast.chenan, amount=120_000)
    verbs.set_funnel(make.funnel("channel"), by=None, units=[cast.unit("D1")])
    verbs.edit_draft(b2b(), stages=plans(b2b()), by=None)
    page = text(linjing.get(to("funnels")))
    assert "草稿 v2" in page
    assert "¥12万" in page
    assert "直销一部" in page
    assert "四步简式" not in page
    assert "四步简式" in text(linjing.get(to("funnels"), {"state": "retired"}))
    assert "四步简式" in text(linjing.get(to("funnels"), {"state": "all"}))
    verbs.publish(b2b(), by=None)
    assert f'href="{to("migrate", b2b().pk)}">1<' in text(linjing.get(to("funnels"), {"state": "lost"}))


def test_who_may_not_see_deals_is_told_how_many_run_and_not_what_they_are_worth(
    cast: Cast, linjing: Client
) -> None:
    make.deal(cast.chenan, amount=120_000)
    verbs.edit_draft(b2b(), stages=plans(b2b()), by=None)
    verbs.publish(b2b(), by=None)
    admin = Client()
    admin.force_login(cast.gaoming)
    for name, arguments in (("funnels", ()), ("migrate", (b2b().pk,)), ("funnel", (b2b().pk,))):
        assert "¥" not in text(admin.get(to(name, *arguments))), name
    assert "¥12万" in text(linjing.get(to("funnels")))
    assert text(linjing.get(to("migrate", b2b().pk))).count("¥12万") == 2
    assert 'class="num">1</td>' in text(admin.get(to("migrate", b2b().pk)))


def test_the_list_asks_as_much_of_the_database_with_more_funnels(cast: Cast, linjing: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            linjing.get(to("funnels"), {"state": "all"})
        return len(queries)

    asked()
    before = asked()
    for name in "abcdefgh":
        verbs.add_funnel(code=name, names={"en": name}, stages=plans(b2b()), by=None)
        make.deal(cast.chenan)
    assert asked() == before <= 20


def test_one_begins_from_a_template_and_is_called_like_it_unless_named(linjing: Client) -> None:
    answer = linjing.post(to("add_funnel"), {"start": "preset-aida"}, headers=HTMX)
    made = Funnel.objects.latest("pk")
    assert answer["HX-Redirect"] == to("funnel", made.pk)
    assert (made.names["zh-hans"], made.business, made.current) == ("注意到行动", "internet", None)
    linjing.post(to("add_funnel"), {"start": "empty", "name_en": "Ours", "business": "own"})
    made = Funnel.objects.latest("pk")
    draft = draft_of(made)
    assert draft is not None
    assert (made.code, made.business, len(specs(draft))) == ("ours", "own", 1)
    page = text(linjing.get(to("funnel", made.pk)))
    assert "尚未发布" in page


@pytest.mark.parametrize("sent", [{"start": "empty"}, {"start": "dream"}, {}])
def test_an_empty_one_needs_a_name_and_a_start(linjing: Client, sent: dict[str, str]) -> None:
    answer = linjing.post(to("add_funnel"), sent or {"x": "1"})
    assert answer.status_code == 422
    assert "<title>" in answer.content.decode()


def test_a_name_is_refused_beside_the_field_the_reader_fills(cast: Cast, linjing: Client) -> None:
    """One that is missing, and one that another has; in the language of whoever reads it."""
    for language, sent in (("zh-hans", {"start": "empty"}), ("en", {"start": "empty", "name_en": "Channel"})):
        cast.linjing.language = language
        cast.linjing.save(update_fields=["language"])
        page = text(linjing.post(to("add_funnel"), sent, headers=HTMX))
        assert "form-errors" not in page
        beside = page.split(f'name="name_{language}"')[1].split("</div>")[0]
        assert 'class="errors"' in beside and page.count('class="errors"') == 1
    page = text(
        linjing.post(
            to("add_stage", b2b().pk),
            {**filled(linjing, to("add_stage", b2b().pk)), "name_en": "won"},
            headers=HTMX,
        )
    )
    assert "won" in page.split('class="errors"')[1]
    page = text(linjing.post(to("add_reason"), {"kind": "lost", "name_en": "price"}, headers=HTMX))
    assert "price" in page.split('class="errors"')[1]


# One funnel ----------------------------------------------------------------------------------------------------


def test_it_is_drawn_with_everything_its_stages_say(linjing: Client) -> None:
    page = text(linjing.get(to("funnel", b2b().pk)))
    for said in (
        "预算来源",
        "首次拜访后两天内",
        "需求属实",
        "F02",
        "最多 20 天",
        "16 / 20 天",
        "主管确认",
        "第二位联系人",
    ):
        assert said in page
    assert page.count('class="slab ') == 5
    assert 'style="' not in page
    assert linjing.get(to("funnel", 10**9)).status_code == 404


def test_its_name_users_and_default_are_changed_and_the_version_is_minded(
    cast: Cast, linjing: Client
) -> None:
    funnel = make.funnel("channel")
    address = to("edit_funnel", funnel.pk)
    given = {
        **filled(linjing, address),
        "name_en": "Dealers",
        "units": cast.unit("D1").pk,
        "business": "经销",
    }
    assert linjing.post(address, given).status_code == 302
    funnel.refresh_from_db()
    assert (funnel.names["en"], funnel.names["zh-hans"], funnel.business) == ("Dealers", "渠道", "经销")
    assert list(funnel.units.all()) == [cast.unit("D1")]
    assert linjing.post(address, given).status_code == 409
    nameless = {key: value for key, value in filled(linjing, address).items() if not key.startswith("name_")}
    assert linjing.post(address, nameless).status_code == 422


def test_the_business_of_a_preset_is_said_in_the_readers_language(cast: Cast, linjing: Client) -> None:
    funnel = make.funnel("channel")
    verbs.set_funnel(make.funnel("car"), by=None, business="二手车")
    for language, said in (
        ("zh-hans", "企业项目销售"),
        ("zh-hant", "企業專案銷售"),
        ("en", "project sales to companies"),
    ):
        type(cast.linjing).objects.filter(pk=cast.linjing.pk).update(language=language)
        page = text(linjing.get(to("funnels")))
        assert f">{said}<" in page and ">b2b<" not in page and ">二手车<" in page
        assert said in text(linjing.get(to("funnel", b2b().pk)))
        address = to("edit_funnel", funnel.pk)
        given = filled(linjing, address)
        assert given["business"] != "channel" or language == "en"
        assert linjing.post(address, given).status_code == 302
        funnel.refresh_from_db()
        assert funnel.business == "channel"  # saved as it stood, others still read it in their language
    assert linjing.post(address, {**filled(linjing, address), "business": "Dealers"}).status_code == 302
    funnel.refresh_from_db()
    assert (funnel.business, funnel.business_name) == ("Dealers", "Dealers")


def test_it_is_taken_out_of_use_and_back(linjing: Client) -> None:
    funnel = make.funnel("channel")
    linjing.post(to("retire_funnel", funnel.pk), {"version": funnel.version})
    funnel.refresh_from_db()
    assert funnel.retired_at is not None
    page = text(linjing.get(to("funnel", funnel.pk)))
    assert "重新启用" in page
    assert to("add_stage", funnel.pk) not in page
    linjing.post(to("restore_funnel", funnel.pk), {"version": funnel.version})
    funnel.refresh_from_db()
    assert funnel.retired_at is None
    assert linjing.post(to("retire_funnel", b2b().pk)).status_code == 422


def test_older_versions_can_be_looked_at(cast: Cast, linjing: Client) -> None:
    for note in ("第一次", "第二次"):
        verbs.set_stage(b2b(), stage=replace(plans(b2b())[0], max_days=21 + len(note)), by=cast.linjing)
        verbs.publish(b2b(), by=cast.linjing, note=note)
    page = text(linjing.get(to("funnel", b2b().pk), {"version": 1}))
    assert "已不再有效" in page
    assert to("add_stage", b2b().pk) not in page
    assert "第二次" in page
    verbs.place_stage(b2b(), code="close", to=0, by=None)
    page = text(linjing.get(to("funnel", b2b().pk), {"version": 3}))
    assert "另有一份草稿" in page
    assert "草稿 v4" in text(linjing.get(to("funnel", b2b().pk), {"version": "x"}))


# The draft -----------------------------------------------------------------------------------------------------


def test_two_who_change_one_stage_see_both_values_and_lose_nothing_they_typed(linjing: Client) -> None:
    address = to("set_stage", b2b().pk, stage("verify"))
    given = filled(linjing, address) | {"max_days": "25", "marks-0-name_zh-hans": "预算落实"}
    given["marks-1-name_zh-hans"] = "需求属实"
    verbs.set_stage(b2b(), stage=replace(plans(b2b())[0], max_days=40), by=None)
    answer = linjing.post(address, given, headers=HTMX)
    page = text(answer)
    assert answer.status_code == 409
    assert re.search(r">40</td>\s*<td[^>]*>25</td>", page)
    assert page.count("预算落实") == 2  # beside what is stored, and in the form
    again = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert again is not None
    assert linjing.post(address, given | {"version": again[1]}, headers=HTMX).status_code == 204
    draft = draft_of(b2b())
    assert draft is not None
    assert specs(draft)[0].max_days == 25


def test_a_new_stage_of_somebody_who_was_overtaken_is_not_lost(linjing: Client) -> None:
    address = to("add_stage", b2b().pk)
    given = filled(linjing, address) | {"name_zh-hans": "试用"}
    verbs.set_stage(b2b(), stage=replace(plans(b2b())[0], max_days=40), by=None)
    answer = linjing.post(address, given)
    assert answer.status_code == 409
    assert 'value="试用"' in text(answer)


def test_a_stage_is_changed_as_a_whole_and_the_draft_says_what(linjing: Client) -> None:
    address = to("set_stage", b2b().pk, stage("verify"))
    given = filled(linjing, address) | {
        "name_zh-hans": "核实",
        "probability": "12.5",
        "max_days": "25",
        "confirm_amount": "50万",
        "marks-0-ORDER": "9",
        "marks-1-DELETE": "on",
        "marks-5-name_zh-hans": "现场勘查",
        "marks-5-needs_file": "on",
        "tasks-0-due_days": "2",
    }
    answer = linjing.post(address, given, headers=HTMX)
    assert answer["HX-Redirect"] == to("funnel", b2b().pk)
    draft = draft_of(b2b())
    assert draft is not None
    verify = specs(draft)[0]
    assert (str(verify.probability), verify.max_days, verify.confirm_amount) == ("0.1250", 25, 500_000)
    assert verify.names == {"zh-hans": "核实", "zh-hant": "驗證", "en": "Verify"}
    assert [kind.code for kind in verify.evidence_kinds.all()] == [
        "time",
        "chain",
        "screened",
        "budget",
        "e1",
    ]
    page = text(linjing.get(to("funnel", b2b().pk)))
    for said in (
        "验证</span> → 核实",
        "10%</span> → 12.5%",
        "20</span> → 25",
        "—</span> → 现场勘查",
        "需求明确",
    ):
        assert said in page
    assert linjing.post(address, given).status_code == 409


def test_a_new_stage_is_added_and_what_cannot_be_is_said_beside_the_field(linjing: Client) -> None:
    address = to("add_stage", b2b().pk)
    given = filled(linjing, address)
    for wrong in (
        {"probability": "120"},
        {"max_days": "-1"},
        {"confirm_amount": "很多"},
        {"probability": ""},
    ):
        answer = linjing.post(address, given | {"name_en": "Pilot"} | wrong)
        assert answer.status_code == 422
        assert 'class="errors"' in text(answer)
    assert linjing.post(address, given).status_code == 422
    twice = {"marks-TOTAL_FORMS": "2", "marks-0-name_en": "A", "marks-0-code": "a", "marks-1-name_en": "B"}
    assert linjing.post(address, given | {"name_en": "P", "marks-1-code": "a"} | twice).status_code == 422
    assert draft_of(b2b()) is None
    assert linjing.post(address, given | {"name_en": "Pilot"}).status_code == 302
    draft = draft_of(b2b())
    assert draft is not None
    assert [spec.stage.code for spec in specs(draft)][-1] == "pilot"


def test_stages_are_placed_and_removed(linjing: Client) -> None:
    answer = linjing.post(to("place_stage", b2b().pk, stage("close")), {"to": "0", "version": "0"})
    assert answer["Location"] == f"{to('funnel', b2b().pk)}#stage-{stage('close')}"
    draft = draft_of(b2b())
    assert draft is not None
    linjing.post(to("remove_stage", b2b().pk, stage("develop")), {"version": draft.version})
    draft.refresh_from_db()
    assert [spec.stage.code for spec in specs(draft)] == ["close", "verify", "propose"]
    for wrong in ("", "-1", "9999"):
        assert linjing.post(to("place_stage", b2b().pk, stage("close")), {"to": wrong}).status_code == 404
    assert linjing.post(to("remove_stage", b2b().pk, stage("develop"))).status_code == 404


def test_a_draft_is_discarded_or_published_with_a_word_about_why(linjing: Client) -> None:
    verbs.set_stage(b2b(), stage=replace(plans(b2b())[0], max_days=25), by=None)
    linjing.post(to("discard_draft", b2b().pk), {"version": "2"})
    assert draft_of(b2b()) is None
    assert "没有可发布的草稿" in text(linjing.get(to("publish", b2b().pk)))
    assert linjing.post(to("publish", b2b().pk), {"note": ""}).status_code == 422
    verbs.place_stage(b2b(), code="close", to=0, by=None)
    refused = linjing.post(to("publish", b2b().pk), {"note": "", "version": "2"})
    assert refused.status_code == 422
    assert "换了位置" in text(refused)
    verbs.place_stage(b2b(), code="close", to=3, by=None)
    assert linjing.post(to("publish", b2b().pk), {"note": "照旧", "version": "2"}).status_code == 409
    assert linjing.post(to("publish", b2b().pk), {"note": "照旧", "version": "3"}).status_code == 302
    current = b2b().current
    assert current is not None
    assert (current.number, current.note) == (2, "照旧")


# Moving running deals ------------------------------------------------------------------------------------------


@pytest.fixture
def behind(cast: Cast) -> list[Deal]:
    """Two deals at the first stage, one with everything shown, one at the second; then a version without the first."""
    ready, bare, second = make.deal(cast.chenan), make.deal(cast.lina), make.advance(make.deal(cast.lina))
    make.fill_gate(ready, cast.chenan)
    verbs.remove_stage(b2b(), code="verify", by=None)
    verbs.publish(b2b(), by=None)
    return [ready, bare, second]


def test_what_it_would_do_is_shown_before(behind: list[Deal], linjing: Client) -> None:
    page = text(linjing.get(to("migrate", b2b().pk)))
    assert "有 3 个进行中的商机还在旧版本上" in text(linjing.get(to("funnel", b2b().pk)))
    for said in (
        "¥20万",
        "¥30万",
        "¥2万",
        "¥6万",
        "客户确认的技术需求清单",
        "预算来源",
        "1 个商机已出示的证据将不再计算",
    ):
        assert said in page
    other = linjing.get(to("migrate", b2b().pk), {f"to_{stage('verify')}": stage("propose")}, headers=HTMX)
    assert "¥10万" in text(other)
    assert "<title>" not in text(other)
    assert linjing.get(to("migrate", b2b().pk), {f"to_{stage('verify')}": "7x"}).status_code == 422


def test_a_few_are_moved_at_once(behind: list[Deal], linjing: Client) -> None:
    given = filled(linjing, to("migrate", b2b().pk))
    assert linjing.post(to("migrate", b2b().pk), given).status_code == 302
    assert {Deal.objects.get(pk=deal.pk).spec.stage.code for deal in behind} == {"develop"}
    assert FunnelMigration.objects.get().ended_at is not None
    assert "都已在现行版本上" in text(linjing.get(to("migrate", b2b().pk)))
    assert linjing.post(to("migrate", b2b().pk), given | {"version": "1"}).status_code == 409


def test_many_are_left_to_the_worker_and_watched(
    behind: list[Deal], linjing: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "AT_ONCE", 2)
    given = filled(linjing, to("migrate", b2b().pk))
    linjing.post(to("migrate", b2b().pk), given)
    assert "0 / 3" in text(linjing.get(to("funnel", b2b().pk)))
    assert "0 / 3" in text(linjing.get(to("migration", b2b().pk), headers=HTMX))
    again = linjing.post(to("migrate", b2b().pk), given)
    assert again.status_code == 422
    assert "这个漏斗的商机正在迁移，请等它完成。" in text(again)
    assert run(carry_on_migrations) == 3
    assert linjing.get(to("migration", b2b().pk), headers=HTMX)["HX-Redirect"] == to("funnel", b2b().pk)
    assert linjing.get(to("migration", b2b().pk)).status_code == 302


def test_it_can_be_stopped(behind: list[Deal], linjing: Client) -> None:
    verbs.begin_migration(b2b(), mapping={stage("verify"): stage("develop")}, by=None)
    linjing.post(to("stop_migration", b2b().pk))
    assert FunnelMigration.objects.get().stopped
    assert linjing.post(to("stop_migration", b2b().pk)).status_code == 302


def test_one_without_a_version_has_nothing_to_move_to(linjing: Client) -> None:
    made = verbs.add_funnel(code="x", names={"en": "X"}, stages=plans(b2b()), by=None)
    assert linjing.get(to("migrate", made.pk)).status_code == 200
    assert linjing.get(to("migrate", 10**9)).status_code == 404


# Reasons -------------------------------------------------------------------------------------------------------


def codes(kind: str = "lost") -> list[str]:
    return list(Reason.objects.filter(kind=kind).order_by("position", "id").values_list("code", flat=True))


def test_reasons_say_how_often_they_are_used_and_are_never_deleted(cast: Cast, linjing: Client) -> None:
    verbs.lose(make.deal(cast.chenan), by=cast.wumin, code=make.reason(), review="贵了")
    page = text(linjing.get(to("reasons")))
    assert "1 个商机因此结束" in page
    assert "尚未用过" in page
    linjing.post(to("retire_reason", make.reason().pk), {"version": make.reason().version})
    assert make.reason().retired_at is not None
    assert "price" in codes()
    linjing.post(to("restore_reason", make.reason().pk), {"version": make.reason().version})
    assert make.reason().retired_at is None


def test_one_is_added_renamed_and_placed(linjing: Client) -> None:
    given = {"kind": "lost", "name_en": "Lead time", "asks_competitor": "on"}
    assert linjing.post(to("add_reason"), given, headers=HTMX)["HX-Redirect"] == to("reasons")
    made = make.reason("lost", "lead-time")
    assert made.asks_competitor
    address = to("set_reason", made.pk)
    sent = filled(linjing, address) | {"name_zh-hans": "交货慢"}
    assert linjing.post(address, sent).status_code == 302
    made.refresh_from_db()
    assert made.names == {"en": "Lead time", "zh-hans": "交货慢"}
    assert linjing.post(address, sent).status_code == 409
    linjing.post(to("place_reason", made.pk), {"step": "-1"})
    assert codes()[-2] == "lead-time"
    assert linjing.post(to("place_reason", made.pk), {"step": "5"}).status_code == 404
    assert linjing.get(to("set_reason", 10**9)).status_code == 404


@pytest.mark.parametrize(
    "given", [{"kind": "lost"}, {"kind": "dream", "name_en": "X"}, {"name_en": "x" * 81}]
)
def test_what_cannot_be_meant_is_said(linjing: Client, given: dict[str, str]) -> None:
    assert linjing.post(to("add_reason"), given).status_code == 422
    assert linjing.get(to("add_reason"), {"kind": "lost"}).status_code == 200


# Budgets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        lambda: to("funnel", b2b().pk),
        lambda: to("migrate", b2b().pk),
        lambda: to("set_stage", b2b().pk, stage("develop")),
        lambda: to("reasons"),
    ],
)
def test_pages_keep_their_budget(
    behind: list[Deal], cast: Cast, linjing: Client, address: Callable[[], str]
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert linjing.get(path).status_code == 200
        return len(queries)

    path = address()
    asked()
    before = asked()
    for number in range(8):
        make.deal(cast.chenan, title=f"商机 {number}")
        verbs.set_reason(kind="lost", code="", names={"en": f"R{number}"}, by=None)
    assert asked() == before <= 20
