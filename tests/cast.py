"""The cast of `loudou.demo.cast`, by user name, and what each is in tests.

chenan, lina, zhangwei, zhoukai: reps of 直销一部 under wumin. sunqiang, zhaomin: reps of 直销二部 under liuyang.
heli: director above both. maxiao: a rep of another region, the outsider. wangfang: control desk. linjing: sales
operations. qianjin: finance. gaoming: administrator. anran: security. yanzheng: auditor.
"""

from __future__ import annotations

from functools import cached_property

from loudou.people.models import Unit, User


class Cast:
    """Everybody, read once a test."""

    @cached_property
    def everybody(self) -> dict[str, User]:
        return {user.username: user for user in User.objects.select_related("unit")}

    def __getattr__(self, username: str) -> User:
        try:
            return self.everybody[username]
        except KeyError:
            raise AttributeError(username) from None

    def unit(self, code: str) -> Unit:
        return Unit.objects.get(code=code)
