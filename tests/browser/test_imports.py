"""A file's way through the import page in a real browser, desk and phone, with what the worker does in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from loudou.exchange.importing import working
from loudou.exchange.models import Import
from tests.browser.conftest import Site, overflow

ROWS = "客户名称,电话,负责人用户名\n宁波甬江机电,13800001111,chenan\n绍兴越城轻纺,13900002222,niemand\n"


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_file_of_customers_is_brought_checked_and_written(
    site: Site, phone: bool, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    file = tmp_path / "客户.csv"
    file.write_text(ROWS, "utf-8")
    page = site.page(site.cast.chenan, "/imports/", phone=phone)
    assert overflow(page) <= 0 and site.faults(page) == []
    page.set_input_files("input[name=file]", str(file))
    page.select_option("select[name=kind]", "customers")
    page.click("form[enctype] button.primary")
    page.wait_for_selector(".mapping")
    expect(page.locator("select[name=from_name]")).to_have_value("h:客户名称")
    assert overflow(page) <= 0 and site.faults(page) == []
    page.click("form[action$='/check/'] button.primary")
    page.wait_for_selector("#import-progress")
    run = Import.objects.get()
    assert working.check(run.pk).state == "checked"
    page.wait_for_selector("#problems")
    expect(page.locator("#problems")).to_contain_text("niemand")
    assert overflow(page) <= 0 and site.faults(page) == []
    page.click("form[action$='/write/'] button")
    page.wait_for_selector("#import-progress")
    assert working.write(run.pk).new == 1
    page.wait_for_selector("form[action$='/undo/']")
    assert overflow(page) <= 0 and site.faults(page) == []
