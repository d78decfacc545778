"""What was handed in on forms elsewhere: by whom, when, about whom, with which answers; who read and used it (M47)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers.models import Customer
from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import by_code, once, refuse_unknown, somebody
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.forms import verbs
from loudou.forms.models import Form
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal
from loudou.ui.objects import read_json

LONGEST = 100_000


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over records, each once."""
    customers = by_code(
        Customer, [row.values["customer_code"] for row in rows if "customer_code" in row.values]
    )
    deals = by_code(Deal, [row.values["deal_code"] for row in rows if "deal_code" in row.values], "customer")
    forms = once(run, "forms", lambda: {form.code: form for form in Form.objects.select_related("current")})

    def act(row: Row) -> str:
        values = row.values
        form = forms.get(values["form_code"])
        if form is None:
            sentence = _("There is no form with the number “{code}”.").format(code=values["form_code"])
            raise Refused(sentence, field="form_code")
        names = ("answers", "minutes", "read_at", "used_at", "flagged", "code")
        made = verbs.import_record(
            form,
            author=somebody(run, row.values, "username"),
            submitted_at=values["submitted_at"],
            customer=customers.get(values.get("customer_code", "")),
            deal=deals.get(values.get("deal_code", "")),
            reader=somebody(run, row.values, "reader_username") if "reader_username" in values else None,
            by=run.by,
            **{name: values[name] for name in names if name in values},
        )
        if made is None:
            return "unchanged"
        run.trace.note_made("forms.formrecord", [made.pk])
        return "new"

    for row in rows:
        for column, known in (("customer_code", customers), ("deal_code", deals)):
            if column in row.values and row.values[column] not in known:
                refuse_unknown(row, column)
    each([row for row in rows if row.outcome != "refused"], act)


def _answers(raw: str, reading: Reading) -> dict[str, Any]:
    """Answers by the code of their field, as JSON."""
    try:
        said = read_json(raw) if len(raw) <= LONGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Bad(_("Write the answers as JSON, such as {example}.").format(example='{"market": "…"}'))
    return said


def _yes(raw: str, reading: Reading) -> bool:
    return raw.strip().lower() in ("true", "1", "yes", "y", "是", "有")


register(
    Kind(
        name="form-records",
        title=gettext_lazy("Filled-in forms"),
        rights=("exchange.import_history",),
        order=106,
        first_counts=True,
        take=take,
        key=lambda values: (
            values.get("code")
            or (values.get("form_code"), values.get("username"), values.get("submitted_at"))
        ),
        columns=(
            columns.number(),
            Column(
                "form_code",
                gettext_lazy("number of the form"),
                cells.code(40),
                required=True,
                aliases=("表单编号", "表單編號", "表单", "表單", "报表", "報表", "form"),
            ),
            Column(
                "username",
                gettext_lazy("user name"),
                cells.code(60),
                required=True,
                aliases=("用户名", "使用者名稱", "填写人", "填寫人", "提交人", "业务员", "業務員"),
            ),
            Column(
                "submitted_at",
                gettext_lazy("handed in at"),
                cells.past,
                required=True,
                aliases=("提交时间", "提交時間", "填写时间", "填寫時間"),
            ),
            Column(
                "customer_code",
                gettext_lazy("customer code"),
                cells.code(60),
                aliases=("客户编号", "客戶編號"),
            ),
            Column(
                "deal_code", gettext_lazy("deal number"), cells.code(60), aliases=("商机编号", "商機編號")
            ),
            Column(
                "answers", gettext_lazy("answers"), _answers, aliases=("内容", "內容", "填写内容", "填寫內容")
            ),
            Column(
                "minutes",
                gettext_lazy("minutes"),
                cells.amount,
                aliases=("用时", "用時", "填写分钟", "填寫分鐘", "分钟", "分鐘"),
            ),
            Column(
                "read_at",
                gettext_lazy("read at"),
                cells.past,
                aliases=("阅读时间", "閱讀時間", "打开时间", "開啟時間"),
            ),
            Column("reader_username", gettext_lazy("read by"), cells.code(60), aliases=("阅读人", "閱讀人")),
            Column("used_at", gettext_lazy("used at"), cells.past, aliases=("引用时间", "引用時間")),
            Column(
                "flagged",
                gettext_lazy("could not be verified"),
                _yes,
                aliases=("未核实", "未查證", "疑点", "疑點"),
            ),
        ),
    )
)
