"""`loudou export`, `loudou import` and `loudou report`."""

from loudou.exchange.commands.exporting import export
from loudou.exchange.commands.importing import import_file
from loudou.exchange.commands.reporting import report

__all__ = ["export", "import_file", "report"]
