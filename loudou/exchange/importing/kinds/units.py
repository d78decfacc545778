"""Units of the organisation. A row may stand below one that comes later in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._texts import whole
from loudou.exchange.importing.order import Above, in_order
from loudou.exchange.importing.references import units
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.people import verbs
from loudou.people.models import Unit

_KINDS = cells.word(
    lambda: dict(Unit.Kind.choices),
    company=("集团", "总公司", "總公司", "group", "headquarters"),
    region=("大区", "大區", "区域", "區域", "中心"),
    department=("部", "部門", "事业部", "事業部"),
    team=("组", "組", "小组", "小組", "班组", "班組", "团队", "團隊"),
)


def take(rows: Sequence[Row], run: Run) -> None:
    """Add units parents first; move and rename those that are there."""
    known = dict(units(run))

    def act(row: Row) -> str:
        values = row.values
        parent = known[values["parent_code"]] if values.get("parent_code") else None
        unit = known.get(values["code"])
        if unit is not None:
            outcome = _change(unit, parent, values, run)
            known[unit.code] = Unit.objects.get(pk=unit.pk)
            return outcome
        kind = values.get("kind") or (Unit.Kind.DEPARTMENT if parent else Unit.Kind.COMPANY)
        unit = verbs.add_unit(
            code=values["code"],
            name=values["name"],
            kind=kind,
            parent=parent,
            by=run.by,
            position=values.get("position", row.line),
        )
        run.trace.note_made("people.unit", [unit.pk])
        if "retired_at" in values:
            unit = verbs.retire_unit(unit, by=run.by, at=values["retired_at"])
        known[unit.code] = unit
        return "new"

    above = Above(
        "code",
        "parent_code",
        circle=_("A unit cannot stand below itself."),
        refused=_("The row of the unit above is refused."),
        unknown=_("There is no unit “{code}”."),
    )
    each(in_order(rows, known, above), act, parent="parent_code")


def also(rows: Sequence[Row], run: Run) -> None:
    """Name the unit above refused rows that neither the house nor the file has."""
    there = units(run).keys() | {row.values.get("code") for row in run.chunk}
    for row in rows:
        above = row.values.get("parent_code")
        if above and above not in there and not any(note.column == "parent_code" for note in row.notes):
            row.refuse(_("There is no unit “{code}”.").format(code=above), "parent_code")


def _change(unit: Unit, parent: Unit | None, values: Mapping[str, Any], run: Run) -> str:
    before = {"name": unit.name, "kind": unit.kind, "position": unit.position, "parent_id": unit.parent_id}
    wanted = {"kind": values.get("kind") or unit.kind, "position": values.get("position", unit.position)}
    fresh = verbs.edit_unit(unit, by=run.by, name=values["name"], **wanted)
    if parent is not None:
        fresh = verbs.move_unit(fresh, to=parent, by=run.by)
    if "retired_at" in values:
        fresh = verbs.retire_unit(fresh, by=run.by, at=values["retired_at"])
    if fresh.version == unit.version:
        return "unchanged"
    run.trace.note_changed(unit, before)
    return "changed"


register(
    Kind(
        name="units",
        title=gettext_lazy("Units"),
        rights=("people.set_up",),
        order=10,
        at_once=True,
        take=take,
        also=also,
        key=lambda values: values.get("code"),
        columns=(
            Column(
                "code",
                gettext_lazy("code"),
                cells.code(40),
                required=True,
                aliases=(
                    "部门编号",
                    "部门编码",
                    "部门代码",
                    "单位编码",
                    "組織代碼",
                    "編號",
                    "编号",
                    "编码",
                    "編碼",
                    "代码",
                ),
            ),
            Column(
                "name",
                gettext_lazy("name"),
                cells.text(120),
                required=True,
                aliases=("名称", "部门名称", "部门", "单位名称", "部門名稱", "部門", "名稱"),
            ),
            Column(
                "parent_code",
                gettext_lazy("code of the unit above"),
                cells.code(40),
                aliases=(
                    "上级编号",
                    "上级编码",
                    "上级部门",
                    "上级部门编号",
                    "上級編號",
                    "上級部門",
                    "父级编码",
                ),
            ),
            Column("kind", gettext_lazy("kind"), _KINDS, aliases=("类型", "部门类型", "類型", "级别")),
            Column("position", gettext_lazy("order"), whole(100_000), aliases=("排序", "顺序", "順序")),
            Column(
                "retired_at",
                gettext_lazy("closed since"),
                cells.past,
                aliases=("停用时间", "停用時間", "撤销日期", "撤銷日期"),
            ),
        ),
    )
)
