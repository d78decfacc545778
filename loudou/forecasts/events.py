"""What can happen to forecasts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

subject("forecasts.submission", _("forecast"), "forecasts:submission")
subject("forecasts.terms", _("rules of the forecast"), "")

values("pipeline.deal", "verdict", {"in": _("counted in"), "out": _("counted out")})

SUBMITTED = event("forecast.submitted", _("submitted the forecast {subject}: {submitted}"), "send")
JUDGED = event("forecast.judged", _("{verdict}: {subject}, in the forecast of {period}: {reason}"), "scale")
UNJUDGED = event(
    "forecast.unjudged", _("took back the judgement of {subject} in the forecast of {period}"), "scale"
)
LOCKED = event("forecast.locked", _("locked the forecast {subject}: {submitted}"), "lock")
REOPENED = event("forecast.reopened", _("reopened the forecast {subject}: {reason}"), "lock-open")
IMPORTED = event("forecast.imported", _("imported the forecast {subject}: {submitted}"), "history")
WITHDRAWN = event(
    "forecast.withdrawn", _("withdrew the forecast {subject}, which an import had brought"), "arrow-back-up"
)
JUDGEMENT_IMPORTED = event(
    "forecast.judgement_imported",
    _("imported what {who} said in the forecast of {period}: {verdict}: {subject}"),
    "history",
)
JUDGEMENT_WITHDRAWN = event(
    "forecast.judgement_withdrawn",
    _("withdrew what {who} said of {subject} in the forecast, which an import had brought"),
    "arrow-back-up",
)
REMINDED = event(
    "forecast.reminded", _("the forecast for {period} is due at {deadline}"), "bell", page="forecasts:sheet"
)
CHASED = event(
    "forecast.chased",
    _("asked {subject} to hand in the forecast of {period}, due at {deadline}"),
    "bell",
    page="forecasts:sheet",
)
TERMS_SET = event("forecast.terms_set", _("changed the rules of the forecast"), "adjustments")
