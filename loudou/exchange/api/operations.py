"""The API: all its operations, by noun."""

from __future__ import annotations

from ninja import NinjaAPI

from loudou.exchange.api import (
    activities,
    audit,
    customers,
    deal_acts,
    deal_parts,
    deals,
    funnels,
    imports,
    people,
    products,
    reports,
    signatures,
    targets,
    tokens,
)
from loudou.exchange.api.problems import ExactRenderer, teach
from loudou.exchange.api.reading import StrictParser

api = NinjaAPI(
    version="1",
    urls_namespace="api-v1",
    parser=StrictParser(),
    renderer=ExactRenderer(),
    openapi_url=None,
)
teach(api)
NOUNS = (
    *(people, products, customers, funnels, deals, deal_acts, deal_parts, activities),
    *(targets, signatures, reports, imports, tokens, audit),
)
for noun in NOUNS:
    api.add_router("", noun.router)
