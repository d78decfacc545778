"""What `make run` says once the pages answer."""

from __future__ import annotations

from dataclasses import dataclass

from loudou.environment import Environment

PASSWORD = "loudou-demo-2026"  # noqa: S105 - the demo's, and public
# Whom of the demo's people to name: one for each way of working.
_SHOWN = ("chenan", "wumin", "heli", "hezong", "linjing", "qianjin", "gaoming", "yanzheng")


@dataclass(frozen=True)
class Greeting:
    """The text to greet with, and whether a demo is to be told; handed from the preparing process to `serve`."""

    text: str
    tells_demo: bool

    @classmethod
    def read(cls, said: str) -> Greeting:
        """From what was printed: the demo's mark in the first line, then the text."""
        mark, _, text = said.partition("\n")
        return cls(text, mark == "demo")

    def written(self) -> str:
        """As `read` reads it."""
        return f"{'demo' if self.tells_demo else ''}\n{self.text}"


def greeting(env: Environment, *, tells_demo: bool) -> Greeting:
    """The address, the people one can sign in as, and how to stop."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(env.host, env.host)  # noqa: S104 - compared, not bound
    lines = ["", f"Loudou 漏斗  →  http://{host}:{env.port}/", "", *_people(env, tells_demo), ""]
    return Greeting("\n".join([*lines, "Ctrl-C stops everything.", ""]), tells_demo)


def _people(env: Environment, tells_demo: bool) -> list[str]:
    from loudou.demo.cast import CAST
    from loudou.people.models import User
    from loudou.people.queries import nobody_can_begin
    from loudou.people.roles import ROLES

    first = User.objects.filter(username=_SHOWN[0]).first()
    if not tells_demo and nobody_can_begin():
        return ["The first page creates the first administrator."]
    if not tells_demo and (first is None or not first.check_password(PASSWORD)):
        return []
    lines = (
        ["The demo company is being told day by day; what is there already can be used.", ""]
        if tells_demo
        else []
    )
    lines.append(f"Sign in with the password {PASSWORD} as")
    for role in (role for name in _SHOWN for role in CAST if role.username == name):
        lines.append(f"  {role.username:<10} {role.name}  {ROLES[role.roles[0]]}")
    if env.host not in ("127.0.0.1", "::1", "localhost"):
        lines += ["", "This password is public, and the pages can be reached from the network."]
    return lines
