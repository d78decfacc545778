"""Market walks of managers: a row a customer met, the rows of one day together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy

from loudou.customers.models import Customer
from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run
from loudou.exchange.importing.references import by_code, somebody
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import acting
from loudou.kernel.refusals import Refused
from loudou.market import verbs

_SAID = ("persons", "heard", "competitors", "prices")
_DAY = ("area", "learned", "follows")


def take_walks(rows: Sequence[Row], run: Run) -> None:
    """Take over walks; the rows of one manager and day are one walk, refused or taken together."""
    codes = {row.values["customer"] for row in rows if row.values.get("customer")}
    known = by_code(Customer, codes)

    def of_walk(row: Row) -> tuple[str, str]:
        return row.values["username"].lower(), row.values["day"].isoformat()

    for _day, stops in groupby(sorted(rows, key=of_walk), key=of_walk):
        together = list(stops)
        try:
            with acting():
                made = _walk(together, run, known)
        except Refused as refusal:
            for row in together:
                row.refuse(refusal.sentence, refusal.field)
            continue
        if made is not None:
            run.trace.note_made("market.walk", [made.pk])
        for row in together:
            row.outcome = "unchanged" if made is None else "new"


def _walk(rows: Sequence[Row], run: Run, known: Any) -> Any:
    first = rows[0].values
    beside = somebody(run, first, "beside_username") if first.get("beside_username") else None
    met = [
        verbs.Met(
            customer=known.get(row.values.get("customer", "")),
            customer_name=row.values.get("customer", ""),
            **{name: row.values.get(name, "") for name in _SAID},
        )
        for row in rows
    ]
    told = {name: next((row.values[name] for row in rows if row.values.get(name)), "") for name in _DAY}
    owner = somebody(run, first, "username")
    return verbs.import_walk(owner, day=first["day"], met=met, beside=beside, by=run.by, **told)


register(
    Kind(
        name="market-walks",
        title=gettext_lazy("Market walks"),
        rights=("exchange.import_history",),
        order=108,
        together="day",
        take=take_walks,
        key=lambda values: None,
        columns=(
            Column(
                "username",
                gettext_lazy("user name"),
                cells.code(60),
                required=True,
                aliases=("用户名", "使用者名稱", "姓名", "主管", "经理", "經理", "owner_username"),
            ),
            Column(
                "day",
                gettext_lazy("day"),
                cells.day,
                required=True,
                aliases=("日期", "走动日期", "走動日期", "date"),
            ),
            Column("area", gettext_lazy("where"), cells.text(120), aliases=("地点", "地點", "区域", "區域")),
            Column(
                "beside_username",
                gettext_lazy("together with"),
                cells.code(60),
                aliases=("同行", "同行人员", "同行人員"),
            ),
            Column(
                "customer", gettext_lazy("customer"), cells.text(120), aliases=("客户", "客戶", "走访客户")
            ),
            Column("persons", gettext_lazy("with whom"), cells.text(120), aliases=("见了谁", "見了誰")),
            Column(
                "heard",
                gettext_lazy("what the customer said"),
                cells.text(2000),
                aliases=("客户反馈", "客戶回饋", "客户的话"),
            ),
            Column(
                "competitors",
                gettext_lazy("news of competitors"),
                cells.text(2000),
                aliases=("竞品动态", "競品動態", "竞争对手"),
            ),
            Column("prices", gettext_lazy("prices"), cells.text(2000), aliases=("价格", "價格")),
            Column("learned", gettext_lazy("what was learned"), cells.text(2000), aliases=("收获", "收穫")),
            Column("follows", gettext_lazy("what follows"), cells.text(2000), aliases=("后续", "後續")),
        ),
    )
)
