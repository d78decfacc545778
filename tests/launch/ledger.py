"""Writers that note what they were told is written, to be asked for again after a fault."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from types import TracebackType

PATIENCE = 120.0


class Ledger:
    """Each token writes customers by HTTP, one after another, whatever befalls the server, for the length of the block."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self.port = port
        self.acknowledged: list[str] = []
        self._over = threading.Event()
        self._writers = [threading.Thread(target=self._write, args=(token,)) for token in tokens]

    def __enter__(self) -> Ledger:
        for writer in self._writers:
            writer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for writer in self._writers:
            writer.join()

    def await_more(self, count: int) -> None:
        """Wait until so many more writes are acknowledged."""
        wanted, deadline = len(self.acknowledged) + count, time.monotonic() + PATIENCE
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "nothing is written any more"
            time.sleep(0.02)

    def lost(self, token: str) -> set[str]:
        """What was acknowledged and is not there, read by the owner of `token`."""
        found, cursor = set[str](), ""
        while True:
            status, page = ask(self.port, token, "GET", f"/api/v1/customers?limit=200&cursor={cursor}")
            assert status == 200, page
            found |= {row["name"] for row in page["items"]}
            if not page["next"]:
                return set(self.acknowledged) - found
            cursor = page["next"]

    def _write(self, token: str) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            name = f"{token[-6:]} 第{number}家"
            status, _ = ask(self.port, token, "POST", "/api/v1/customers", {"name": name})
            if status == 201:
                self.acknowledged.append(name)
            else:
                self._over.wait(0.05)  # the fault is on: do not spin


def ask(
    port: int, token: str, method: str, path: str, body: dict[str, str] | None = None
) -> tuple[int, dict[str, object]]:
    """Status and answer; 0 when there is none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()
