"""The funnels the sources name (`domain.md` R091 a–l, C2), ready to be used or changed, and the reasons of losses.

Rates and days the sources leave open are defaults until an organisation's own history calibrates them.
"""

from loudou.pipeline.presets._writing import Preset
from loudou.pipeline.presets.b2b import B2B
from loudou.pipeline.presets.car import CAR
from loudou.pipeline.presets.channel import CHANNEL
from loudou.pipeline.presets.plain import PLAIN
from loudou.pipeline.presets.real_estate import REAL_ESTATE
from loudou.pipeline.presets.reasons import REASONS

PRESETS = (B2B, REAL_ESTATE, CAR, CHANNEL, *PLAIN)

__all__ = ["PRESETS", "REASONS", "Preset"]
