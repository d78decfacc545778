"""`loudou export` and `loudou report`; `loudou import` stands beside them."""

from loudou.exchange.commands.exporting import export
from loudou.exchange.commands.reporting import report

__all__ = ["export", "report"]
