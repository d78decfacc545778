"""A served house and a real browser: `site` serves a database of its own, `site.page(cast.chenan)` is somebody's page.

A page fails its test at the end for whatever went wrong in it unseen: errors on the console, scripts that threw,
answers of 5xx, parts that could not be fetched.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from loudou.people.models import User
from tests.cast import Cast

AXE = Path(__file__).with_name("axe") / "axe.min.js"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")

_RUN_AXE = """async (within) => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const result = await axe.run(within || document, { runOnly: { type: "tag", values: tags } });
  return result.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.length}×) ${v.nodes[0].html.slice(0, 300)}`);
}"""

# What is waited for is a state. That it never comes is found out late, so that a machine which runs all other tests
# beside this one has its time to draw.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

# Playwright's own loop runs in this thread; Django would take that for asynchronous code and refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this worker."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=program, args=list(_QUIET))
        yield chromium
        chromium.close()


@dataclass
class Site:
    """The served house: its address, the cast, and pages of people who are signed in."""

    address: str
    browser: Browser
    cast: Cast
    troubles: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    closing: bool = False

    def close(self) -> None:
        """Close every window; what is under way then is broken off, which is nobody's trouble."""
        self.closing = True
        for page in self.pages:
            page.context.close()

    def page(
        self,
        user: User,
        path: str = "",
        *,
        phone: bool = False,
        dark: bool = False,
        language: str = "",
        script: bool = True,
    ) -> Page:
        """A fresh browser window in which this person is signed in, at `path`; without `script` none runs in it."""
        window = self.browser.new_context(
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            is_mobile=phone,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            java_script_enabled=script,
        )
        window.set_default_timeout(PATIENCE)
        window.add_cookies([self._cookie(settings.SESSION_COOKIE_NAME, _session(user))])
        if language:
            window.add_cookies([self._cookie(settings.LANGUAGE_COOKIE_NAME, language)])
        page = window.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)
        self.pages.append(page)
        if path:
            page.goto(self.address + path)
        return page

    def faults(self, page: Page, *, within: str = "") -> list[str]:
        """What axe-core finds wrong with the page (WCAG 2.2 A and AA), one line a fault with the first culprit."""
        page.wait_for_load_state()
        before = list(self.troubles)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(_RUN_AXE, within)
        with page.expect_console_message(lambda message: message.text == "measured"):
            page.evaluate("console.log('measured')")  # what was said before has been heard then
        page.wait_for_timeout(50)
        self.troubles[:] = (
            before  # axe styles what it measures, and the policy forbids it to: not the page's fault
        )
        return list(found)

    def sign_in(self, page: Page, user: User | None) -> None:
        """Whoever was signed in in a window is so no more; somebody else is, or nobody."""
        page.context.clear_cookies()
        if user is not None:
            page.context.add_cookies([self._cookie(settings.SESSION_COOKIE_NAME, _session(user))])

    def _cookie(self, name: str, value: str) -> Any:
        return {"name": name, "value": value, "url": self.address}

    def _heard(self, message: ConsoleMessage) -> None:
        # A refusal (4xx) is an answer; the browser's remark about it is no trouble.
        # Neither is that one request took the place of another, of which htmx tells twice.
        if message.text in ("htmx:afterRequest", "htmx:sendAbort"):
            return
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # What a later request takes the place of is broken off by the page itself.
        if not self.closing and request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"not fetched: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} {response.url}")


class _Counted(StaticFilesHandler):
    """The house as it is served, knowing how many requests are under way."""

    under_way = 0
    changed = threading.Condition()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self._count(1)
        try:
            return super().__call__(environ, start_response)
        finally:
            self._count(-1)

    @classmethod
    def _count(cls, more: int) -> None:
        with cls.changed:
            cls.under_way += more
            cls.changed.notify_all()

    @classmethod
    def wait_for_the_last_answer(cls) -> None:
        """A request that outlives its test would find the database gone, and disturb the next one."""
        with cls.changed:
            assert cls.changed.wait_for(lambda: not cls.under_way, timeout=300), "a request that never ends"


@pytest.fixture
def site(own_database: str, django_db_blocker: Any, browser: Browser) -> Iterator[Site]:
    """The house served from a database of this test's own; what the test writes, the pages see."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    with django_db_blocker.unblock():
        server = LiveServerThread("127.0.0.1", _Counted, port=0)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        served = Site(f"http://127.0.0.1:{server.port}", browser, Cast())
        try:
            yield served
        finally:
            served.close()
            _Counted.wait_for_the_last_answer()
            server.terminate()
    assert served.troubles == []


def drag(page: Page, what: Locator, to: Locator, *, at: tuple[float, float], lifted: str, over: str) -> None:
    """Drag a thing to a place within another as a hand does: it goes on once the page shows it lifted, and lets go
    once the page shows it over its end (`lifted`, `over`: what there is then to be seen, as CSS)."""
    what.hover()
    page.mouse.down()
    _move_until(page, what, (12, 12), lifted)
    _move_until(page, to, at, over)
    page.mouse.up()


def _move_until(page: Page, to: Locator, at: tuple[float, float], seen: str) -> None:
    for nudge in range(600):
        box = to.bounding_box()
        assert box
        page.mouse.move(box["x"] + at[0] + nudge % 2, box["y"] + at[1], steps=3)
        if page.locator(seen).count():
            return
    raise AssertionError(f"never seen while dragging: {seen}")


class Finger:
    """A finger on a phone's glass: it rests, goes somewhere, is taken up."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.glass = page.context.new_cdp_session(page)

    def rest(self, on: Locator, *, held: str) -> None:
        """Put down on a thing, and kept there until the page shows that it holds it (`held`, as CSS)."""
        box = on.bounding_box()
        assert box
        self._touch("touchStart", box["x"] + 8, box["y"] + 8)
        expect(self.page.locator(held)).to_have_count(1)

    def go(self, to: Locator, *, over: str) -> None:
        """Move over a thing until the page shows the finger there (`over`, as CSS)."""
        for nudge in range(600):
            box = to.bounding_box()
            assert box
            self._touch("touchMove", box["x"] + 12 + nudge % 4, box["y"] + 12)
            if self.page.locator(over).count():
                return
        raise AssertionError(f"never seen under the finger: {over}")

    def lift(self) -> None:
        """Taken up where it is."""
        self.glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def _touch(self, kind: str, x: float, y: float) -> None:
        self.glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window; more than 0 is a fault.

    A phone makes its window as wide as the page, so that the screen is asked as well.
    """
    page.wait_for_load_state()
    wide = "document.documentElement.scrollWidth - Math.min(innerWidth, screen.width)"
    return int(page.evaluate(wide))


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
