"""What `make run` says once the pages answer."""

from __future__ import annotations

from loudou import environment
from loudou.people.models import User


def greeting() -> str:
    """The address, the people one can sign in as, and how to stop."""
    env = environment.read()
    host = "127.0.0.1" if env.host in ("0.0.0.0", "::") else env.host  # noqa: S104 - compared, not bound
    lines = ["", f"Loudou 漏斗  →  http://{host}:{env.port}/", ""]
    if not User.objects.exists():
        lines += ["The first page creates the first administrator."]
    lines += ["Ctrl-C stops everything.", ""]
    return "\n".join(lines)
