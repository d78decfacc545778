"""Forms for tests: proposed, justified, approved and issued through verbs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from loudou.forms import verbs
from loudou.forms.figures.fields import Choice, Field
from loudou.forms.models import Form, FormRecord, FormVersion
from loudou.forms.verbs import Filled
from loudou.people.models import Unit, User
from loudou.signoff.models import Request
from tests.cast import Cast


def field(code: str, kind: str = "text", label: str = "", **more: Any) -> Field:
    """A field; choices as codes."""
    offered = tuple(Choice(one, {"zh-hans": one}) for one in more.pop("choices", ()))
    bounds = {name: Decimal(more.pop(name)) for name in ("least", "most") if name in more}
    return Field(
        code,
        kind,
        {"zh-hans": label or code},
        more.pop("help", {}),
        more.pop("required", False),
        offered,
        **bounds,
        **more,
    )


# The smallest picture there is.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MARKET = (
    field("market", "long", "市场信息", required=True),
    field("competitors", "long", "竞品动态"),
    field("place", "place", "到什么地方"),
    field("mood", "choice", "行情", choices=("up", "down")),
)


def justified(
    cast: Cast,
    code: str = "M1",
    *,
    name: str = "市场信息日报",
    fields: Sequence[Field] = MARKET,
    minutes: str = "6",
    serves: Sequence[str] = (),
    unit: Unit | None = None,
    readers: Sequence[str] = ("manager", "marketing"),
    by: User | None = None,
    **more: Any,
) -> FormVersion:
    """A form that wumin's director proposes and says why."""
    by = by or cast.heli
    version = verbs.propose_form(code=code, names={"zh-hans": name}, by=by, fields=fields, unit=unit)
    if "signed" in more:
        version = verbs.edit_version(version, by=by, signed=more.pop("signed"))
    said = {
        "decision": {"zh-hans": "看市场"},
        "fillers": ["rep"],
        "times": 1,
        "period": "day",
        "reason": "总部要看",
    }
    return verbs.justify(
        version, by=by, serves=serves, readers=readers, minutes=Decimal(minutes), **{**said, **more}
    )


def approve(cast: Cast, version: FormVersion) -> FormVersion:
    """Both signatures."""
    by = version.proposed_by or cast.heli
    verbs.ask_approval(version, by=by)
    for request in Request.objects.about(version).waiting().order_by("act"):
        signer = cast.linjing if request.act == "forms.owner" else cast.hezong
        opinion = f"同意试行{version.form.code}第{version.number}版一个季度，看{request.act}的浪费率"
        verbs.confirm_form(request, opinion=opinion, by=signer)
    version.refresh_from_db()
    return version


def issued(cast: Cast, code: str = "M1", **more: Any) -> Form:
    """A form in force."""
    return verbs.issue(approve(cast, justified(cast, code, **more)), by=cast.linjing, despite="试行")


def filled(form: Form, by: User, **answers: Any) -> FormRecord:
    """A record of the market form."""
    said = {"market": "甬江机电月底扩产，正在找两家供应商比价", **answers}
    return verbs.fill_form(form, Filled(answers=said), by=by)
