"""The market picture (P24, R118): competitors, prices and customers' words out of the records, each with where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import when
from loudou.market.figures.voices import ABOUT, Counts, Rival, Voice, counted, rivals
from loudou.market.lens import MarketLens
from loudou.market.queries.voices import Heard, voices

MOST_TOLD = 500


@dataclass(frozen=True)
class Picture:
    """What the field heard. Tables count the voices that are asked for; `chosen` are these, the latest first."""

    lens: InsightLens
    heard: Heard
    chosen: Sequence[Voice]

    @cached_property
    def whole(self) -> Counts:
        """Everything asked for."""
        return counted(self.chosen)

    @cached_property
    def regions(self) -> list[tuple[str, Counts]]:
        """By the customer's region, the most first; voices without one last."""
        names = dict.fromkeys(voice.region for voice in self.chosen)
        found = [(name, counted(one for one in self.chosen if one.region == name)) for name in names]
        return sorted(found, key=lambda row: (row[0] == "", -row[1].total, row[0]))

    @cached_property
    def rivals(self) -> list[Rival]:
        """By competitor, the most often named first."""
        return rivals(self.chosen)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        period = self.lens.or_this_quarter()
        return {
            "as_of": when(self.lens.instant),
            "from": when(period.start),
            "to": when(period.end),
            "records": self.heard.records,
            "truncated": self.heard.truncated,
            **_told(self.whole),
            "regions": [{"region": name, **_told(one)} for name, one in self.regions],
            "competitors": [
                {
                    "name": one.name,
                    "mentions": one.mentions,
                    "customers": one.customers,
                    "regions": list(one.regions),
                    "last": when(one.last),
                }
                for one in self.rivals
            ],
            "rows": [_row(voice) for voice in self.chosen[:MOST_TOLD]],
        }


def market_picture(lens: InsightLens) -> Picture:
    """The picture of a lens; one of the market may cut it to a region, a competitor, to what it is about."""
    found = voices(lens, lens.or_this_quarter(), lens.known)
    chosen = found.voices
    if isinstance(lens, MarketLens):
        chosen = [voice for voice in chosen if _asked(lens, voice)]
    return Picture(lens, found, chosen)


def _asked(lens: MarketLens, voice: Voice) -> bool:
    if lens.about and voice.said.about != lens.about:
        return False
    if lens.competitor and lens.competitor not in voice.said.competitors:
        return False
    return not lens.region or voice.region == lens.region


def _told(one: Counts) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ABOUT}


def _row(voice: Voice) -> dict[str, Any]:
    return {
        "day": when(voice.day),
        "about": voice.said.about,
        "text": voice.said.text,
        "competitors": list(voice.said.competitors),
        "customer": voice.customer,
        "region": voice.region,
        "who": voice.who,
        "source": voice.source,
        "record": voice.key,
    }
