from loudou.targets.queries.targets import (
    SELLING,
    calendar_coded,
    editions,
    members_below,
    seasons,
    sellers,
    target_of,
    timing,
    units_below,
)

__all__ = [
    "SELLING",
    "calendar_coded",
    "editions",
    "members_below",
    "seasons",
    "sellers",
    "target_of",
    "timing",
    "units_below",
]
