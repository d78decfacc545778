"""kill -9 under load: `python -m bench.faults [--keep FOLDER]` proves that no acknowledged write is lost.

Eight browsers open deals in a tiny world; in the middle of it the program and its database server are killed at once.
Started again, every deal whose opening was answered must be there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from http.client import HTTPException
from pathlib import Path

from bench.__main__ import PASSWORD, _made
from bench.client import Ask, Browser
from bench.served import served

SECONDS = 6.0
BROWSERS = 8


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    options.add_argument("--keep", type=Path, help="folder of the world; what is there is used again")
    given = options.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="loudou-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop("DATABASE_URL", None)
    try:
        _made(folder.resolve() / "tiny", "tiny")
        lost, kept = killed_under_load(folder.resolve() / "tiny")
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{kept + len(lost)} deals were acknowledged before the kill; {len(lost)} are lost")
    sys.exit(1 if lost or not kept else 0)


def killed_under_load(data: Path) -> tuple[list[str], int]:
    """Addresses of acknowledged deals that are gone after a kill -9 and a new start, and how many are there."""
    acknowledged: list[str] = []
    with served(data) as program:
        browser = Browser(program.port)
        browser.sign_in("manager1", PASSWORD)
        threads = [
            threading.Thread(target=_open_deals, args=(program.port, browser.cookies, number, acknowledged))
            for number in range(BROWSERS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        server = int((data / "pg" / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGKILL)
        program.process.kill()
        for thread in threads:
            thread.join()
    with served(data) as program:
        browser = Browser(program.port)
        browser.sign_in("manager1", PASSWORD)
        lost = [path for path in acknowledged if browser.send(Ask(path))[0] != 200]
    return lost, len(acknowledged) - len(lost)


def _open_deals(port: int, cookies: dict[str, str], number: int, acknowledged: list[str]) -> None:
    browser = Browser(port, dict(cookies))
    try:
        for count in range(100_000):
            title = f"断电 {os.getpid()}-{number}-{count}"
            status, _seconds, _body = browser.send(
                Ask("/deals/open/", {"title": title, "currency": "CNY"}, True)
            )
            if status not in (200, 204, 302) or not browser.location:
                return
            acknowledged.append(browser.location)
    except (OSError, HTTPException):
        return


if __name__ == "__main__":
    main()
