"""What can happen to targets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("targets.target", _("target"), "targets:target")
subject("targets.seasonalindex", _("seasonal index"), "")
subject("targets.actual", _("result"), "")

SET = event("target.set", _("set the target {subject}: {amount}"), "target")
ADJUSTED = event("target.adjusted", _("adjusted the target {subject}"), "pencil")
TYPED = event("target.typed", _("set {count} targets of {subject} in the sheet"), "table")
DESCRIBED = event("target.described", _("changed what the target {subject} says"), "pencil")
WITHDRAWN = event("target.withdrawn", _("withdrew the target {subject}"), "trash")
WAIVED = event("target.waived", _("waived the 120 % of {subject}: {reason}"), "shield-check")
SEASON_SET = event("season.set", _("set the seasonal index {subject}"), "calendar")
SEASON_WITHDRAWN = event("season.withdrawn", _("withdrew the seasonal index {subject}"), "trash")
ACTUAL_RECORDED = event("actual.recorded", _("recorded the result {subject}: {amount}"), "receipt")
ACTUAL_CORRECTED = event("actual.corrected", _("corrected the result {subject}"), "pencil")
ACTUAL_WITHDRAWN = event("actual.withdrawn", _("withdrew the result {subject}"), "trash")
