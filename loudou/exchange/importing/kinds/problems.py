"""The register of problems, and the rules written against their causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from loudou.customers.models import Customer
from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.references import by_code, refuse_unknown, somebody
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.pipeline.models import Deal
from loudou.problems import verbs
from loudou.problems.models import Problem

_OWNER = Column(
    "owner_username",
    gettext_lazy("owner's user name"),
    cells.code(60),
    required=True,
    aliases=("负责人", "負責人", "责任人", "責任人", "owner"),
)
_TEXTS = ("containment", "analysis", "reason", "finding", "cause", "kind", "closed_on", "code")
_RULE_TEXTS = ("code", "applies_to", "procedure", "evidence")


def take_problems(rows: Sequence[Row], run: Run) -> None:
    """Take over problems as far as they had come."""
    links: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("customer_code", by_code(Customer, _codes(rows, "customer_code"))),
        ("deal_code", by_code(Deal, _codes(rows, "deal_code"), "customer")),
    )

    def one(row: Row) -> str:
        values = row.values
        told: dict[str, Any] = {name: values[name] for name in _TEXTS if values.get(name)}
        for column, found in links:
            if values.get(column) and values[column] not in found:
                refuse_unknown(row, column)
                return "refused"
            told[column.removesuffix("_code")] = found.get(values.get(column, ""))
        made = verbs.import_problem(
            title=values["title"],
            what=values.get("what", ""),
            area=values.get("area", Problem.Area.OTHER),
            happened_on=values["happened_on"],
            owner=somebody(run, row.values, "owner_username"),
            by=run.by,
            **told,
        )
        return _noted(made, "problems.problem", run)

    each(rows, one)


def take_rules(rows: Sequence[Row], run: Run) -> None:
    """Take over rules in force."""

    def one(row: Row) -> str:
        values = row.values
        made = verbs.import_rule(
            cause=values["cause"],
            title=values["title"],
            content=values["content"],
            owner=somebody(run, row.values, "owner_username"),
            effective_on=values["effective_on"],
            review_on=values["review_on"],
            by=run.by,
            **{name: values[name] for name in _RULE_TEXTS if values.get(name)},
        )
        return _noted(made, "problems.rule", run)

    each(rows, one)


def _codes(rows: Sequence[Row], column: str) -> set[str]:
    return {row.values[column] for row in rows if row.values.get(column)}


def _noted(made: Any, label: str, run: Run) -> str:
    if made is None:
        return "unchanged"
    run.trace.note_made(label, [made.pk])
    return "new"


def _text(name: str, title: Any, most: int, *aliases: str, required: bool = False) -> Column:
    return Column(name, title, cells.text(most), required=required, aliases=aliases)


register(
    Kind(
        name="rules",
        title=gettext_lazy("Rules"),
        rights=("exchange.import_history",),
        order=106,
        first_counts=True,
        take=take_rules,
        key=lambda values: values.get("code") or values.get("cause"),
        columns=(
            columns.number("制度编号", "制度編號"),
            _text("cause", gettext_lazy("cause"), 80, "原因", "问题原因", "問題原因", required=True),
            _text("title", gettext_lazy("title"), 120, "标题", "標題", "制度名称", required=True),
            _text("applies_to", gettext_lazy("what it applies to"), 300, "适用范围", "適用範圍"),
            _text("content", gettext_lazy("what it says"), 2000, "内容", "內容", "规定", required=True),
            _text("procedure", gettext_lazy("how it is done"), 2000, "程序", "流程", "做法"),
            _text("evidence", gettext_lazy("what shows that it is kept"), 300, "证据", "證據", "记录"),
            _OWNER,
            Column(
                "effective_on",
                gettext_lazy("in force from"),
                cells.day,
                required=True,
                aliases=("生效日期", "生效日"),
            ),
            Column(
                "review_on",
                gettext_lazy("to be reviewed on"),
                cells.day,
                required=True,
                aliases=("复审日期", "複審日期", "复审日", "到期复审"),
            ),
        ),
    )
)

register(
    Kind(
        name="problems",
        title=gettext_lazy("Problems"),
        rights=("exchange.import_history",),
        order=107,
        first_counts=True,
        take=take_problems,
        key=lambda values: (
            values.get("code")
            or tuple(values.get(name) for name in ("title", "happened_on", "owner_username"))
        ),
        columns=(
            columns.number("问题编号", "問題編號"),
            _text("title", gettext_lazy("problem"), 120, "问题", "問題", "标题", "標題", required=True),
            _text("what", gettext_lazy("what happened"), 2000, "经过", "經過", "问题描述", "問題描述"),
            Column(
                "area",
                gettext_lazy("area"),
                cells.word(
                    lambda: dict(Problem.Area.choices),
                    product=("质量", "質量", "品質", "产品"),
                    delivery=("交付", "交期", "发货"),
                    price=("价格", "價格"),
                    service=("服务", "服務"),
                    process=("流程",),
                    conduct=("诚信", "誠信"),
                    other=("其他",),
                ),
                aliases=("类别", "類別", "领域", "領域"),
            ),
            Column(
                "happened_on",
                gettext_lazy("happened on"),
                cells.day,
                required=True,
                aliases=("发生日期", "發生日期", "日期"),
            ),
            _OWNER,
            Column(
                "customer_code", gettext_lazy("customer"), cells.code(60), aliases=("客户编号", "客戶編號")
            ),
            Column("deal_code", gettext_lazy("deal"), cells.code(60), aliases=("商机编号", "商機編號")),
            _text("containment", gettext_lazy("what was done at once"), 2000, "应急措施", "應急措施"),
            _text("cause", gettext_lazy("cause"), 80, "原因", "根本原因"),
            _text("analysis", gettext_lazy("how the cause was found"), 2000, "原因分析"),
            Column(
                "kind",
                gettext_lazy("kind"),
                cells.word(
                    lambda: dict(Problem.Kind.choices),
                    exception=("例外", "例外问题", "例外問題"),
                    routine=("例常", "例常问题", "例常問題"),
                ),
                aliases=("性质", "性質", "例外/例常"),
            ),
            _text("reason", gettext_lazy("why it is of this kind"), 300, "判定理由"),
            Column("closed_on", gettext_lazy("closed on"), cells.day, aliases=("关闭日期", "關閉日期")),
            _text("finding", gettext_lazy("how it was verified"), 2000, "验证结果", "驗證結果"),
        ),
    )
)
