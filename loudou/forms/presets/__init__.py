"""The forms every organisation starts with: the pages of the product, and the papers B2B selling cannot do without."""

from loudou.forms.presets._writing import Preset
from loudou.forms.presets.pages import PAGES
from loudou.forms.presets.papers import PAPERS

CATALOGUE = (*PAGES, *PAPERS)

__all__ = ["CATALOGUE", "Preset"]
