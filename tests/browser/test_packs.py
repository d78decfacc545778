"""Papers on the phone: a period's report is kept or handed in with the thumb, a day log is had as a PDF."""

from __future__ import annotations

from loudou.daylog.verbs import submit_log
from loudou.kernel.periods import Fiscal
from loudou.people.queries import organisation
from loudou.reviews import verbs
from loudou.reviews.models import Pack
from tests.browser.conftest import Site, overflow


def test_a_pack_is_kept_or_handed_in_by_buttons_in_one_row(site: Site) -> None:
    rep = site.cast.chenan
    pack = verbs.open_pack(Pack.Kind.REPORT, period=Fiscal().parse("2026-03"), by=rep)
    page = site.page(rep, f"/reviews/{pack.pk}/", phone=True)
    assert overflow(page) <= 0
    save, send = (page.get_by_role("button", name=name, exact=True) for name in ("保存", "提交"))
    send.scroll_into_view_if_needed()
    left, right = save.bounding_box(), send.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert site.faults(page) == []


def test_a_day_log_is_had_as_a_paper(site: Site) -> None:
    rep = site.cast.chenan
    log = submit_log(rep, day=organisation().today, reflection="陪客户看样机", by=rep, late_reason="出差在途")
    page = site.page(rep, f"/field/logs/{log.pk}/", phone=True)
    assert overflow(page) <= 0
    with page.expect_download() as taken:
        page.get_by_role("button", name="打印").click()
    assert taken.value.suggested_filename == f"F08-chenan-{log.day.isoformat()}.pdf"
