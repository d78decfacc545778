"""What features and pages are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

FEATURES = {
    "stage": _("success rate of the stage"),
    "amount": _("amount"),
    "growth": _("change of the amount"),
    "age": _("age of the deal"),
    "stay": _("days in the stage"),
    "due": _("time until the expected date"),
    "undated": _("no expected date"),
    "overdue": _("past the expected date"),
    "pushes": _("times put off"),
    "backs": _("steps back"),
    "reopened": _("reopened"),
    "resting": _("on hold"),
    "owner": _("what its owner won before"),
}

# The roles that judge others' deals, and the pages of forecasts: URL name, name, icon, right.
JUDGES = ("manager", "director", "gm")
TABS = (
    ("forecasts:sheet", _("Submit forecast"), "send", "forecasts.submit"),
    ("forecasts:judge", _("Judge deals"), "scale", "forecasts.submit"),
    ("forecasts:accuracy", _("Forecast accuracy"), "target-arrow", "forecasts.see"),
    ("odds:outlook", _("Period forecast"), "chart-dots", "forecasts.see"),
    ("insight:forecast_sheet", _("Forecast sheet"), "report-money", "insight.see"),
)
