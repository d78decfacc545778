"""What every request passes before its operation: who calls, how often, in what form, with which right, and once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja.operation import Operation, PathView
from ninja.utils import check_csrf

from loudou.exchange import callers
from loudou.exchange.api.problems import Problem, answer, invalid, not_found
from loudou.exchange.callers import Caller
from loudou.kernel.numbers import key_of
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.web import address
from loudou.ui.texts import storable

LARGEST_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
SAFE = ("GET", "HEAD", "OPTIONS")
_BEARER = re.compile(r"(?:Bearer|Token) +(\S{1,200})", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")

Handler = Callable[..., HttpResponse]


class Call(HttpRequest):
    """A request that passed the gate."""

    user: User
    caller: Caller
    seen: int | None  # the version in If-Match
    tag: int | None  # the version that goes back as ETag
    place: str  # the path that goes back as Location
    repeatable: str  # what is told again instead of the answer, where that must not be kept


def gate(view: PathView) -> Handler:
    """A path of the API, by all its methods, behind the gate."""

    def handle(request: Call, **path: Any) -> HttpResponse:
        with speaking(request):
            try:
                return _pass(request, view, path)
            except Problem as problem:
                return answer(request, problem)

    handle.csrf_exempt = True  # type: ignore[attr-defined] # the gate checks it itself, for sessions only
    return handle


def nowhere(request: Call, rest: str = "") -> HttpResponse:
    """Every other address below /api/: nobody learns what exists without saying who they are."""
    with speaking(request):
        try:
            _admit(request)
            raise not_found()
        except Problem as problem:
            return answer(request, problem)


nowhere.csrf_exempt = True  # type: ignore[attr-defined]


def known_version(request: Call, sent: int | None, right: str, row: Model | None = None) -> int:
    """The version the caller saw, from the body or `If-Match`; a guarded change without one is refused (428).

    Who has not the `right` to the change is told that, and not to send a version first.
    """
    version = sent_version(request, sent)
    if version is None:
        require(request.user, right, row)
        sentence = _("Say which version you saw: send “version” or If-Match.")
        raise Problem(428, "version_needed", sentence, fields={"version": sentence})
    return version


def sent_version(request: Call, sent: int | None) -> int | None:
    """The same where it may be left out."""
    if sent is not None and request.seen is not None and sent != request.seen:
        raise Problem(400, "bad_request", _("“version” and If-Match name different versions."))
    return request.seen if sent is None else sent


@contextmanager
def speaking(request: HttpRequest) -> Iterator[None]:
    """The language of `Accept-Language`, where it names one of ours; else the person's, else the installation's."""
    language = _asked_language(request) or translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        yield


def _pass(request: Call, view: PathView, path: dict[str, Any]) -> HttpResponse:
    _admit(request)
    operation = _operation(request, view)
    if operation is None:
        return HttpResponse(status=204, headers={"Allow": _allowed(view)})
    _check_form(request)
    _check_query(request, operation)
    if request.method not in SAFE and request.caller.token is None and check_csrf(request) is not None:
        raise Problem(403, "csrf", _("Send the CSRF cookie's value as X-CSRFToken, or use a token."))
    scope = "read" if request.method in SAFE else "write"
    if not request.caller.may(scope):
        raise Problem(403, "scope", _("This token may not do that: its scope is too narrow."))
    return _answered(request, operation, path)


def _answered(request: Call, operation: Operation, path: dict[str, Any]) -> HttpResponse:
    def act() -> HttpResponse:
        response: Any = operation.run(request, **path)
        if request.tag is not None and response.status_code < 300:
            response["ETag"] = f'"{request.tag}"'
        if request.place and response.status_code == 201:
            response["Location"] = request.place
        if request.repeatable:
            response.repeatable = request.repeatable
        return response  # type: ignore[no-any-return]

    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return act()
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem(400, "bad_request", _("An Idempotency-Key has 1 to 200 visible ASCII characters."))
    wanted = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    try:
        return callers.once(request.user, key, wanted, act)
    except callers.InFlight:
        sentence = _("The same request is being carried out at this moment.")
        raise Problem(409, "in_flight", sentence, headers={"Retry-After": "1"}) from None
    except callers.OtherRequest:
        sentence = _("This Idempotency-Key was used for another request.")
        raise Problem(422, "key_reused", sentence) from None


def _admit(request: Call) -> None:
    """Find out who calls, and whether they have called too often; 401 for nobody."""
    request.tag, request.place, request.repeatable = None, "", ""
    caller = _caller(request)
    name = caller.name if caller else callers.stranger(address(request))
    if wait := callers.seconds_to_wait(name):
        sentence = _("Too many requests. Go on in %(n)d seconds.") % {"n": wait}
        raise Problem(429, "too_many", sentence, headers={"Retry-After": str(wait)})
    if caller is None:
        sentence = _("Say who you are: a token in the Authorization header, or a session.")
        raise Problem(401, "unauthenticated", sentence, headers={"WWW-Authenticate": 'Bearer realm="loudou"'})
    request.caller, request.user = caller, caller.user
    if caller.user.language and not _asked_language(request):
        translation.activate(caller.user.language)  # `speaking` puts it back


def _caller(request: HttpRequest) -> Caller | None:
    """By the token in the header, and by that alone if there is one; else by the session."""
    header = request.headers.get("Authorization")
    if header is not None:
        match = _BEARER.fullmatch(header.strip())
        return callers.by_token(match.group(1)) if match else None
    return Caller(request.user) if isinstance(request.user, User) else None


def _operation(request: Call, view: PathView) -> Operation | None:
    """The operation for the method; HEAD is a GET whose body the server leaves out. None for OPTIONS."""
    method = "GET" if request.method == "HEAD" else request.method
    found = next((operation for operation in view.operations if method in operation.methods), None)
    if found is None and request.method != "OPTIONS":
        headers = {"Allow": _allowed(view)}
        raise Problem(405, "method_not_allowed", _("This address has no such method."), headers=headers)
    return found


def _allowed(view: PathView) -> str:
    methods = {method for operation in view.operations for method in operation.methods}
    return ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))


def _check_form(request: Call) -> None:
    """Only JSON, and not too much of it; what If-Match says."""
    length = request.headers.get("Content-Length") or ""
    if len(length) > 9 or (key_of(length) or 0) > LARGEST_BODY:
        raise Problem(413, "too_large", _("The body is larger than %(n)d bytes.") % {"n": LARGEST_BODY})
    try:
        body = request.body if request.method not in SAFE else b""
    except RequestDataTooBig:
        raise Problem(
            413, "too_large", _("The body is larger than %(n)d bytes.") % {"n": LARGEST_BODY}
        ) from None
    if body and request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", _("Send application/json."))
    header = request.headers.get("If-Match")
    match = _ETAG.fullmatch(header.strip()) if header is not None else None
    if header is not None and match is None and header.strip() != "*":
        raise Problem(400, "bad_request", _('If-Match holds one ETag as it was given, such as "7".'))
    request.seen = int(match.group(1)) if match else None


def _check_query(request: Call, operation: Operation) -> None:
    """No parameter that the operation does not know: a mistyped filter must not mean “everything”."""
    known: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            known |= set(getattr(model, "__ninja_flatten_map__", None) or model.model_fields)
    strange = {name: _("There is no such parameter.") for name in request.GET if name not in known}
    if strange:
        raise invalid({name[:60]: sentence for name, sentence in strange.items() if storable(name)})
    for name, values in request.GET.lists():
        if not all(storable(value) for value in values):
            raise invalid({name: _("This contains characters that cannot be kept.")})


def _asked_language(request: HttpRequest) -> str:
    for wanted, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500]):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return ""
