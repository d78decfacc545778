"""What is said about forecasts: what asks for a review, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# Flag → what it is called, and what it means (M23, M24).
FLAGS = {
    "biased": (_("leans to one side"), _("The tracking signal is beyond ±4 over at least four forecasts.")),
    "sandbag": (
        _("too low on purpose?"),
        _("The last three forecasts lay more than 15% below what was won."),
    ),
    "hidden": (_("hidden deals?"), _("More than a tenth of what was won never stood on the funnel.")),
}
