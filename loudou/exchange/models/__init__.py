from loudou.exchange.models.api import Allowance, Reply
from loudou.exchange.models.export import Export
from loudou.exchange.models.imports import Batch, ColumnChoice, Import, Imports, Origin, Problem

__all__ = [
    "Allowance",
    "Batch",
    "ColumnChoice",
    "Export",
    "Import",
    "Imports",
    "Origin",
    "Problem",
    "Reply",
]
