"""What can happen to what is learned."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event

ASKED = event("odds.asked", _("let the win probability of {subject} be learned"), "trending-up")
LEARNED = event(
    "odds.learned", _("the win probability of {subject} was learned from {deals} deals"), "trending-up"
)
STOPPED = event("odds.stopped", _("stopped the learning of the win probability of {subject}"), "hand-stop")
FAILED = event(
    "odds.failed", _("the win probability of {subject} could not be learned: {trouble}"), "alert-triangle"
)
