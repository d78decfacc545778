"""How often customers are to be contacted: at most so many days between two contacts, by grade and stage."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers.models import GRADE_WORDS
from loudou.exchange.importing import cells
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._texts import whole
from loudou.exchange.importing.references import once
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.fieldwork import verbs
from loudou.fieldwork.models import ContactRule
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Stage


def take(rows: Sequence[Row], run: Run) -> None:
    """Set each rule; the same again changes nothing."""
    stages = once(
        run,
        "stages of funnels",
        lambda: {(stage.funnel.code, stage.code): stage for stage in Stage.objects.select_related("funnel")},
    )

    def act(row: Row) -> str:
        values = row.values
        grade, stage = values.get("grade", ""), None
        if values.get("stage"):
            stage = stages.get((values.get("funnel", ""), values["stage"]))
            if stage is None:
                raise Refused(_("This funnel has no such stage."), field="stage")
        grade = GRADE_WORDS.get(grade.lower(), grade)
        key = (grade, stage.pk if stage is not None else None)
        former = ContactRule.objects.filter(grade=grade, stage=stage).first()
        if not verbs.set_contact_rules({key: values["days"]}, by=run.by):
            return "unchanged"
        if former is not None:
            run.trace.note_changed(former, {"days": former.days})
            return "changed"
        run.trace.note_made("fieldwork.contactrule", [ContactRule.objects.get(grade=grade, stage=stage).pk])
        return "new"

    each(rows, act)


register(
    Kind(
        name="contact-rules",
        title=gettext_lazy("How often customers are contacted"),
        rights=("fieldwork.set_up",),
        order=14,
        take=take,
        key=lambda values: (values.get("grade", ""), values.get("funnel", ""), values.get("stage", "")),
        columns=(
            Column("days", gettext_lazy("days"), whole(365), required=True, aliases=("天数", "天數")),
            Column(
                "grade",
                gettext_lazy("grade"),
                cells.code(12),
                aliases=("等级", "等級", "客户等级", "客戶等級"),
            ),
            Column("funnel", gettext_lazy("funnel"), cells.code(40), aliases=("漏斗", "漏斗编码")),
            Column("stage", gettext_lazy("stage"), cells.code(40), aliases=("阶段", "階段")),
        ),
    )
)
