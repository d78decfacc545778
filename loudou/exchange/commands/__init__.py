"""`loudou export` and `loudou import`."""

from loudou.exchange.commands.exporting import export
from loudou.exchange.commands.importing import import_file

__all__ = ["export", "import_file"]
