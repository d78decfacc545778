"""What can happen in the room that only looks: something is taken out of it, forecasts count with other rates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event

TAKEN_OUT = event("report.taken_out", _("took out the report {report} with {count} rows"), "file-export")
RATES_CALIBRATED = event(
    "funnel.rates_calibrated",
    _("forecasts of {subject} count with calibrated success rates from {since} on: {reason}"),
    "target-arrow",
)
RATES_LEARNED = event(
    "funnel.rates_learned",
    _("forecasts of {subject} count with the learned win probability from {since} on: {reason}"),
    "trending-up",
)
RATES_CONFIGURED = event(
    "funnel.rates_configured",
    _("forecasts of {subject} count with the configured success rates again from {since} on: {reason}"),
    "target",
)
