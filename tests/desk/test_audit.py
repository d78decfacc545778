"""The journal's page: who may open it, what it finds, what it takes out, how the chain stands."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loudou.desk import tasks, verbs
from loudou.desk.lens import AuditLens
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs as people
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.jobs import run


@pytest.fixture
def auditor(cast: Cast) -> Client:
    """yanzheng, who has opened the journal."""
    client = enter(Client(), cast.yanzheng)
    client.post("/audit/open/")
    return client


def read(client: Client, query: str = "") -> str:
    answer = client.get(f"/audit/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_says_first_that_reading_is_written_down(cast: Cast) -> None:
    client = enter(Client(), cast.yanzheng)
    assert 'id="entries"' not in read(client, "?event=deal.opened")
    answer = client.post("/audit/open/", {"event": "deal.opened"})
    assert answer.url == "/audit/?event=deal.opened"
    assert 'id="entries"' in read(client)
    noted = Entry.objects.get(event="journal.opened")
    assert (noted.actor, noted.particulars["asked"]) == (cast.yanzheng, {"event": "deal.opened"})
    with clock.at(clock.now() + timedelta(minutes=61)):
        assert 'id="entries"' not in read(enter(Client(), cast.yanzheng))


def test_it_finds_by_who_what_which_where_and_when(cast: Cast, auditor: Client) -> None:
    deal = make.deal(cast.chenan, title="甲")
    other = make.deal(cast.lina, title="乙")
    entry = Entry.objects.get(event="deal.opened", subject_id=deal.pk)
    today = organisation().today
    for query, found in (
        ("actor=chenan", {deal.pk}),
        ("actor=李娜", {other.pk}),
        (f"kind=pipeline.deal&key={deal.pk}", {deal.pk}),
        ("event=deal.", {deal.pk, other.pk}),
        (f"event=deal.opened&channel={entry.channel}", {deal.pk, other.pk}),
        (f"event=deal.opened&since={today}&until={today}", {deal.pk, other.pk}),
        (f"event=deal.opened&until={today - timedelta(days=1)}", set()),
        (f"event=deal.opened&since={today + timedelta(days=1)}", set()),
        (f"request={entry.request_id}&event=deal.opened&actor=chenan", {deal.pk}),
    ):
        params = dict(part.split("=", 1) for part in query.split("&"))
        lens = AuditLens.read(params)
        assert not lens.problems, query
        kept = {row.subject_id for row in lens.entries if row.subject_type == "pipeline.deal"}
        assert kept == found, query
        assert read(auditor, f"?{query}")
    assert "没有" in read(auditor, "?actor=chenan&event=deal.won")


def test_the_refusal_the_move_and_the_signature_stand_where_the_deal_is_looked_for(
    cast: Cast, auditor: Client
) -> None:
    """The newcomer's walk: a gate holds, evidence opens it, the manager signs."""
    deal, other = (make.advance(make.deal(who)) for who in (cast.chenan, cast.lina))
    enter(Client(), cast.chenan).post(f"/deals/{deal.pk}/move/", {"to": make.specs_of(deal)[2].stage_id})
    for one, who in ((deal, cast.chenan), (other, cast.lina)):
        make.fill_gate(one, who)
        request = pipeline.move(one, to=make.specs_of(one)[2], by=who).request
        assert request is not None
        pipeline.confirm(request, opinion=f"{one.code} 的需求清单已核对，同意进入提案", by=cast.wumin)
    lens = AuditLens.read({"kind": "pipeline.deal", "key": str(deal.pk)})
    told = [entry.event for entry in lens.entries]
    assert {"deal.gate_refused", "signoff.asked", "signoff.signed", "deal.moved"} <= set(told)
    assert told.count("signoff.signed") == 1
    assert "签批" in read(auditor, lens.href()).split('id="entries"')[1]


@pytest.mark.parametrize(
    "query",
    [
        *("actor=nobody", "event=nonsense", "kind=x", "key=-1", "key=１", "channel=x", "request=x"),
        *("since=2026-13-01", "until=x"),
    ],
)
def test_what_is_not_understood_is_named_and_left_out(auditor: Client, query: str) -> None:
    name, value = query.split("=")
    assert AuditLens.read({name: value}).problems == (name,)
    field = {
        "actor": "谁",
        "event": "事件",
        "kind": "对象",
        "key": "编号",
        "channel": "渠道",
        "request": "请求编号",
    }
    field |= {"since": "从", "until": "到"}
    assert f"未能理解，已忽略：{field[name]}</div>" in read(auditor, f"?{query}")


def test_a_filter_is_kept_while_another_changes() -> None:
    lens = AuditLens.read({"kind": "pipeline.deal", "key": "7"})
    assert lens.href(key=None, channel="web") == "?kind=pipeline.deal&channel=web"


def test_it_goes_on_by_key_with_the_same_number_of_queries(
    cast: Cast, auditor: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(70):
        make.deal(cast.chenan, title=f"商机 {number}")
    with django_assert_max_num_queries(20):
        page = read(auditor, "?event=deal.opened")
    link = page.split('id="entries-more"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    rest = auditor.get(link, headers={"HX-Request": "true"}).content.decode()
    assert page.count('id="entry-') + rest.count('id="entry-') == 70
    assert "event=deal.opened" in link


def test_sentences_are_in_the_reader_s_language(cast: Cast, auditor: Client) -> None:
    make.deal(cast.chenan, title="甲")
    chinese = read(auditor, "?event=deal.opened")
    auditor.post("/language/", {"language": "en"})
    english = read(auditor, "?event=deal.opened")
    assert "opened" in english.split('id="entries"')[1]
    assert chinese.split('id="entries"')[1] != english.split('id="entries"')[1]


def test_the_export_holds_what_was_asked_for_and_no_formula(cast: Cast, auditor: Client) -> None:
    make.deal(cast.chenan, title="=cmd|' /C calc'!A0")
    make.deal(cast.lina, title="乙")
    answer = auditor.post("/audit/export/", {"event": "deal.opened", "actor": "chenan"})
    text = b"".join(answer.streaming_content).decode()
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert len(rows) == 1
    assert len(head) == len(rows[0])
    assert not any(cell.startswith(("=", "+", "@")) for cell in rows[0])
    assert rows[0][-1] == bytes(Entry.objects.get(pk=int(rows[0][0])).hash).hex()
    noted = Entry.objects.get(event="journal.exported")
    assert noted.particulars["count"] == 1


def test_changes_are_told_in_the_export(cast: Cast, auditor: Client) -> None:
    people.edit_person(cast.lina, name="李小娜", by=cast.gaoming)
    answer = auditor.post("/audit/export/", {"event": "user.edited"})
    assert "李娜 → 李小娜" in b"".join(answer.streaming_content).decode()


def test_the_chain_is_walked_when_asked_and_the_page_says_how_it_stands(
    cast: Cast, auditor: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from loudou.journal import verify as module

    monkeypatch.setattr(module, "_anchor_file", lambda: tmp_path / "anchors")
    assert auditor.post("/audit/verify/").url == "/audit/"
    assert Entry.objects.filter(event="journal.check_asked", actor=cast.yanzheng).count() == 1
    people.note_verification(module.Verdict(rows=7), by=None)
    assert "7" in read(auditor).split('id="verified"')[1].split("</section>")[0]


def test_the_nightly_check_is_written_down(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from loudou.journal.verify import Verdict

    monkeypatch.setattr(tasks, "verify", lambda: Verdict(rows=9))
    assert run(tasks.verify_journal, 0, cast.yanzheng.pk) is True
    assert Entry.objects.get(event="journal.verified").actor == cast.yanzheng
    assert run(tasks.verify_journal) is True


def test_others_neither_ask_nor_see(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.ask_verification(by=cast.gaoming)
    assert enter(Client(), cast.gaoming).get("/audit/").status_code == 403


def test_events_are_chosen_by_words_under_what_they_are_about(auditor: Client) -> None:
    choices = read(auditor).partition('name="event"')[2].partition("</select>")[0]
    groups = re.findall(r'<optgroup label="(.*?)">(.*?)</optgroup>', choices, re.S)
    deals = next(options for noun, options in groups if noun == "商机")
    assert '<option value="deal.won">' in deals
    assert groups[-1][0] == "其他"
    shown = re.findall(r"<option[^>]*>(.*?)</option>", choices)
    assert not [text for text in shown if re.search(r"\b[a-z_]+\.[a-z_]+\b", text)]
