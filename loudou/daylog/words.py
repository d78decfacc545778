"""How days look: words and tones of standings, arrivals and flags."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STANDINGS = {
    "on_time": (_("in time"), "good"),
    "late": (_("handed in late"), "watch"),
    "missing": (_("missing"), "bad"),
    "due": (_("due"), ""),
}
ARRIVALS = {"on_time": "good", "late": "watch", "unreachable": "bad", "excused": ""}
FLAGS = {
    "near_duplicate": _("copied text"),
    "impossible_travel": _("impossible travel"),
    "batch_filled": _("filled in one go"),
    "place_mismatch": _("another place"),
}
FIELDS = {
    "place": _("Place"),
    "customer": _("Customer"),
    "persons": _("With whom"),
    "result": _("Result"),
}
# What a fact of the day says of a deal; one that came into a stage is told by the stage.
MOVED = {
    "won": _("won"),
    "lost": _("lost"),
    "cancelled": _("cancelled"),
    "reopen": _("reopened"),
}
RESULTS = {"verified": "good", "unverifiable": "watch", "false": "bad"}
VERDICTS = {"explained": "good", "integrity": "bad"}
