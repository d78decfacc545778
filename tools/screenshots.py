"""Takes the README's pictures from a served demo: `tools/screenshots.py http://127.0.0.1:8000/`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from loudou.launch.greeting import PASSWORD

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
# File, who looks, where, how wide, dark or light. `{deal}` is the first deal of the list.
PICTURES = (
    ("home", "chenan", "/", 1280, "light"),
    ("board", "wumin", "/board/", 1280, "light"),
    ("deal", "chenan", "{deal}", 1280, "light"),
    ("funnel", "heli", "/analysis/funnel/?view=cohort", 1280, "light"),
    ("forecast", "wumin", "/analysis/forecast-sheet/", 1280, "dark"),
    ("signoff", "wumin", "/signoff/", 390, "light"),
    ("phone", "chenan", "/deals/", 390, "dark"),
)


def main(address: str) -> int:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, who, path, width, scheme in PICTURES:
            page = _signed_in(browser, address, who, width, scheme)
            page.goto(address.rstrip("/") + (_first_deal(page, address) if path == "{deal}" else path))
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png")
            page.context.close()
    return 0


def _signed_in(browser: Browser, address: str, who: str, width: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800 if width > 600 else 780},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="zh-CN",
    )
    page = context.new_page()
    page.goto(address)
    page.fill("[name=username]", who)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state("networkidle")
    return page


def _first_deal(page: Page, address: str) -> str:
    page.goto(address.rstrip("/") + "/deals/")
    links = [link.get_attribute("href") or "" for link in page.locator("main a").all()]
    return next(link for link in links if re.fullmatch(r"/deals/\d+/", link))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
