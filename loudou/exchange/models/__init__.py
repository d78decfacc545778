from loudou.exchange.models.api import Allowance, Reply
from loudou.exchange.models.export import Export

__all__ = ["Allowance", "Export", "Reply"]
