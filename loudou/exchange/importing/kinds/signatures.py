"""Signatures given elsewhere: what waited for whom since when, and how it was answered (M46)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells
from loudou.exchange.importing.alike import alike
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.references import somebody
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.people.models import User
from loudou.signoff import verbs
from loudou.signoff.models import Request

_TIMES = ("due_at", "opened_at", "answered_at")


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over requests with their answers; one without an answer waits in the inbox of its signer."""

    def act(row: Row) -> str:
        values = row.values
        asker, signer = (somebody(run, row.values, f"{name}_username") for name in ("asker", "signer"))
        made = verbs.import_signature(
            asker=asker,
            signer=signer,
            what=_subject(values, asker, signer),
            asked_at=values["asked_at"],
            returned=values.get("answer") == Request.State.RETURNED,
            opinion=values.get("opinion", ""),
            by=run.by,
            **{name: values[name] for name in _TIMES if name in values},
        )
        if made is None:
            return "unchanged"
        run.trace.note_made("signoff.request", [made.pk])
        return "new"

    each(rows, act)


def _subject(values: Mapping[str, Any], asker: User, signer: User) -> str:
    """What is to be signed; as it stands here already, where that says the same."""
    told: str = values["subject"]
    asked = Request.objects.filter(asker=asker, signer=signer, asked_at=values["asked_at"])
    return next(
        (label for label in asked.values_list("subject_label", flat=True) if alike(label, told)), told
    )


register(
    Kind(
        name="signatures",
        title=gettext_lazy("Signatures"),
        rights=("exchange.import_history",),
        order=105,
        first_counts=True,
        take=take,
        key=lambda values: tuple(
            values.get(name) for name in ("asker_username", "signer_username", "subject", "asked_at")
        ),
        columns=(
            Column(
                "subject",
                gettext_lazy("what is to be signed"),
                cells.text(200),
                required=True,
                aliases=("事项", "事項", "单据", "單據", "报表", "報表", "表单", "表單", "record"),
            ),
            Column(
                "asker_username",
                gettext_lazy("asked by"),
                cells.code(60),
                required=True,
                aliases=("提交人", "申请人", "申請人", "asker"),
            ),
            Column(
                "signer_username",
                gettext_lazy("to be signed by"),
                cells.code(60),
                required=True,
                aliases=("审批人", "簽核人", "签字人", "簽字人", "主管", "signer", "approver"),
            ),
            Column(
                "asked_at",
                gettext_lazy("asked at"),
                cells.past,
                required=True,
                aliases=("提交时间", "提交時間", "申请时间", "申請時間", "submitted_at"),
            ),
            Column(
                "due_at",
                gettext_lazy("due at"),
                cells.instant,
                aliases=("应办时间", "應辦時間", "时限", "時限"),
            ),
            Column(
                "opened_at",
                gettext_lazy("opened at"),
                cells.past,
                aliases=("打开时间", "開啟時間", "查看时间", "查看時間"),
            ),
            Column(
                "answered_at",
                gettext_lazy("answered at"),
                cells.past,
                aliases=("审批时间", "簽核時間", "批复时间", "批覆時間", "signed_at"),
            ),
            Column(
                "answer",
                gettext_lazy("answer"),
                cells.word(
                    lambda: {
                        Request.State.SIGNED: Request.State.SIGNED.label,
                        Request.State.RETURNED: Request.State.RETURNED.label,
                    },
                    signed=("通过", "通過", "同意", "approved", "approve"),
                    returned=("驳回", "駁回", "不同意", "rejected", "return"),
                ),
                aliases=("审批结果", "簽核結果", "结果", "結果", "outcome", "state"),
            ),
            Column(
                "opinion",
                gettext_lazy("opinion"),
                cells.text(2000),
                aliases=("意见", "意見", "主管意见", "主管意見", "审批意见", "簽核意見"),
            ),
        ),
    )
)
