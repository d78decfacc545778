"""A visit that did not take place: annulled, it counts nowhere, shows nothing for its gate, and says so wherever it stands."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity, VisitFile
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Evidence
from loudou.signoff.facts import told
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.fieldwork.visiting import TUESDAY, executed, recorded

WHY = "客户称当天无人来访"
AFTER = TUESDAY + timedelta(hours=1)


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return of(cast.chenan, "柔性产线")


def of(user: User, title: str) -> Deal:
    """A deal of somebody's, with a customer of theirs."""
    customer = customers.add_customer(name=f"{title}客户", by=user)
    return make.deal(user, title=title, customer=customer)


def browser(user: User) -> Client:
    return enter(Client(), user)


def page(user: User, name: str, *args: object) -> str:
    return browser(user).get(reverse(name, args=args)).content.decode()


def agreed_to(cast: Cast, deal: Deal) -> Activity:
    """A visit whose record was gone through, and shows something for the gate."""
    plan = executed(cast.chenan, deal)
    recorded(plan, marks=[make.specs_of(deal)[0].evidence_kinds.all()[0]])
    plan.refresh_from_db()
    verbs.review_visit(plan, by=cast.wumin, opinion="预算问清了，样件周一要到")
    return Activity.objects.get(plan=plan)


def test_what_it_had_shown_for_the_gate_is_shown_no_more(cast: Cast, deal: Deal) -> None:
    with clock.at(AFTER):
        done = agreed_to(cast, deal)
        kind = make.specs_of(deal)[0].evidence_kinds.all()[1]
        pipeline.give_evidence(deal, kind=kind, by=cast.chenan, note="客户来函")
        verbs.annul_activity(done, reason=WHY, by=cast.wangfang)
    shown = {one.source: one.withdrawn_reason for one in Evidence.objects.filter(deal=deal)}
    assert shown == {f"visit:{done.plan.pk}": WHY, "person": ""}
    deal.refresh_from_db()
    assert deal.last_contact_at is None


def test_of_a_deal_that_is_over_nothing_is_changed(cast: Cast, deal: Deal) -> None:
    with clock.at(AFTER):
        done = agreed_to(cast, deal)
        pipeline.lose(deal, by=None, code=make.reason(), review="价格")
        assert verbs.annul_activity(done, reason=WHY, by=cast.wangfang).is_annulled
    assert Evidence.objects.get().withdrawn_at is None


def test_the_desk_annuls_it_on_its_page_and_every_page_of_it_says_so(cast: Cast, deal: Deal) -> None:
    with clock.at(AFTER):
        done = agreed_to(cast, deal)
        visit, address = done.plan.pk, reverse("fieldwork:annul", args=[done.pk])
        assert address in page(cast.wangfang, "fieldwork:visit", visit)
        assert address not in page(cast.chenan, "fieldwork:visit", visit)
        assert browser(cast.wangfang).post(address, {"reason": WHY}).status_code == 302
        assert address not in page(cast.wangfang, "fieldwork:visit", visit)
        for name in ("fieldwork:visit", "fieldwork:visit_report"):
            assert WHY in page(cast.chenan, name, visit), name
        assert "已作废" in page(cast.chenan, "fieldwork:visits")
        paper = browser(cast.wumin).post(reverse("fieldwork:visit_report_pdf", args=[visit])).content
    assert WHY in PdfReader(io.BytesIO(paper)).pages[0].extract_text()


def test_a_record_says_why_it_does_not_count(cast: Cast, deal: Deal) -> None:
    with clock.at(AFTER):
        first, again = executed(cast.chenan, deal), executed(cast.chenan, deal)
        for plan in (first, again):
            recorded(plan)
        bare = executed(cast.lina, of(cast.lina, "改造"))
        recorded(bare, people=[])
        assert "这一天对该客户已有一次拜访计数" not in page(cast.chenan, "fieldwork:visit", first.pk)
        assert "这一天对该客户已有一次拜访计数" in page(cast.chenan, "fieldwork:visit", again.pk)
        assert "没有见到客户方人员" in page(cast.lina, "fieldwork:visit", bare.pk)


def test_photos_are_shown_and_their_number_is_told_to_who_signs(cast: Cast, deal: Deal) -> None:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    picture = b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\x00\x00")) + part(b"IEND", b"")
    with clock.at(AFTER):
        plan = executed(cast.chenan, deal)
        said = {"person_1": "许明华", "result_1": "同意送样", "competitors": "恒达降价", "ours": "周三回话"}
        files = [SimpleUploadedFile("现场.png", picture), SimpleUploadedFile("纪要.txt", "纪要".encode())]
        sent = browser(cast.chenan).post(f"/visits/{plan.pk}/record/", {**said, "photos": files})
        assert sent.status_code == 302, sent.content.decode()
        shown = page(cast.wumin, "fieldwork:visit", plan.pk)
        addresses = {
            one.name: reverse("fieldwork:visit_file", args=[one.pk]) for one in VisitFile.objects.all()
        }
        answer = browser(cast.wumin).get(addresses["现场.png"])
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert browser(cast.lina).get(addresses["现场.png"]).status_code == 404
    assert f'<img src="{addresses["现场.png"]}" alt="现场.png"' in shown
    assert f'<img src="{addresses["纪要.txt"]}"' not in shown
    facts = {fact.label: fact.text for fact in told(Request.objects.get(state="waiting").facts)}
    assert (facts["照片和资料"], facts["竞争对手动态"], facts["我方的承诺"]) == ("2", "恒达降价", "周三回话")
