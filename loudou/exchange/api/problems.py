"""How the API says no: always `{code, message, request_id, fields}`, in the caller's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from loudou.journal.record import plain
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline.verbs import GateShut

Fields = dict[str, Any]
JSON = "application/json"


class Problem(Exception):
    """A request that is not carried out, for a reason of the API's own."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        fields: Fields | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.fields = fields or {}
        self.headers = dict(headers or {})


def invalid(fields: Fields) -> Problem:
    """Input whose shape is wrong, field by field."""
    return Problem(422, "invalid", _("Some of this cannot be taken as it is."), fields=fields)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem as the caller gets it."""
    body = {
        "code": problem.code,
        "message": problem.sentence,
        "request_id": str(getattr(request, "request_id", "")),
        "fields": problem.fields,
    }
    return written(body, status=problem.status, headers=problem.headers)


def written(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A value as JSON: instants and decimals exact, Chinese readable."""
    text = json.dumps(value, ensure_ascii=False, default=_exact)
    content = text.encode("utf-8", "replace")
    return HttpResponse(content, status=status, headers=headers, content_type=f"{JSON}; charset=utf-8")


def _exact(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


class ExactRenderer(BaseRenderer):
    """Writes what operations return."""

    media_type = JSON

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return written(data).content


def teach(api: NinjaAPI) -> None:
    """Let the API answer with problems whatever its operations raise."""
    for kind, translate in (
        (Problem, lambda problem: problem),
        (Stale, _stale),
        (Forbidden, lambda refusal: _refused(refusal, "forbidden", status=403)),
        (GateShut, lambda shut: _refused(shut, "gate_shut")),
        (Refused, lambda refusal: _refused(refusal, "refused")),
        (PermissionDenied, lambda _denied: forbidden()),
        (Http404, lambda _missing: not_found()),
        (ValidationError, _shape),
        (HttpError, _unreadable),
    ):
        api.add_exception_handler(kind, _handler(translate))


def forbidden() -> Problem:
    """The right is missing."""
    return Problem(403, "forbidden", _("You do not have the right to do this."))


def not_found() -> Problem:
    """Nothing there, or nothing the caller may know of."""
    return Problem(404, "not_found", _("There is nothing here, or it is not yours to see."))


def no_such(field: str) -> Problem:
    """A field names something that is not there, or that the caller may not know of."""
    return invalid({field: _("There is nothing here, or it is not yours to see.")})


def _handler(translate: Any) -> Any:
    def handle(request: HttpRequest, raised: Exception) -> HttpResponse:
        return answer(request, translate(raised))

    return handle


def _refused(refusal: Refused, code: str, *, status: int = 422) -> Problem:
    fields = {refusal.field: refusal.sentence} if refusal.field else {}
    return Problem(status, code, refusal.sentence, fields=fields)


def _stale(stale: Stale) -> Problem:
    fields: Fields = {
        name: {"stored": plain(stored), "sent": plain(sent)}
        for name, (stored, sent) in stale.differences.items()
    }
    fields["version"] = {"stored": stale.version}
    return Problem(409, "stale", stale.sentence, fields=fields, headers={"ETag": f'"{stale.version}"'})


def _unreadable(raised: HttpError) -> Problem:
    """A body that is no JSON; the parser says what is wrong with it."""
    cause = raised.__cause__
    if isinstance(cause, Problem):
        return cause
    return Problem(400, "bad_request", _("The body is not valid JSON."))


def _shape(raised: ValidationError) -> Problem:
    if all(error["loc"][0] == "path" for error in raised.errors):
        return not_found()
    fields = {_place(error): _sentence(error) for error in raised.errors}
    return invalid(fields)


def _place(error: dict[str, Any]) -> str:
    """Where an error lies, as the caller wrote it: `lines.0.price`."""
    source, *steps = error["loc"]
    if source == "body":
        steps = steps[1:]
    return ".".join(str(step) for step in steps)


def _sentence(error: dict[str, Any]) -> str:
    """What is wrong with a value, in the caller's language."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in ("string_too_long", "too_long"):
        n = context["max_length"]
        return ngettext("At most %(n)d.", "At most %(n)d.", n) % {"n": n}
    if kind in ("string_too_short", "too_short"):
        return _("This must not be empty.")
    bound = next((context[name] for name in ("ge", "gt", "le", "lt") if name in context), None)
    if bound is not None:
        return _bound(kind, bound)
    return _SENTENCES.get(kind, _odd)()


def _bound(kind: str, bound: object) -> str:
    if kind.startswith("greater"):
        return _("This must be at least %(bound)s.") % {"bound": bound}
    return _("This must be at most %(bound)s.") % {"bound": bound}


def _odd() -> str:
    return _("This value cannot be read.")


_SENTENCES = {
    "missing": lambda: _("This is missing."),
    "extra_forbidden": lambda: _("There is no such field."),
    "literal_error": lambda: _("This is none of the possible values."),
    "enum": lambda: _("This is none of the possible values."),
    "string_type": lambda: _("This must be text."),
    "string_unicode": lambda: _("This contains characters that cannot be kept."),
    "string_pattern_mismatch": lambda: _("This is not written as it should be."),
    "int_type": lambda: _("This must be a whole number."),
    "int_parsing": lambda: _("This must be a whole number."),
    "int_parsing_size": lambda: _("This number is too large."),
    "int_from_float": lambda: _("This must be a whole number."),
    "bool_type": lambda: _("This must be true or false."),
    "bool_parsing": lambda: _("This must be true or false."),
    "list_type": lambda: _("This must be a list."),
    "dict_type": lambda: _("This must be an object."),
    "model_type": lambda: _("This must be an object."),
    "model_attributes_type": lambda: _("This must be an object."),
}
