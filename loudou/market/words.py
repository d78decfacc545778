"""How the market is spoken of: what voices are about, where they stand."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.market.figures.voices import COMPETITOR, CUSTOMER, PRICE

ABOUT = {COMPETITOR: _("Competitors"), PRICE: _("Prices"), CUSTOMER: _("Customers' words")}
TONES = {COMPETITOR: "bad", PRICE: "watch", CUSTOMER: ""}
SOURCES = {"visit": _("visit record"), "log": _("day log"), "walk": _("market walk")}
URLS = {"visit": "fieldwork:visit", "log": "daylog:log", "walk": "market:walk"}
