"""The OpenAPI document: whole, and what it says is what is done."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from loudou.exchange.api.document import document
from loudou.exchange.api.shapes import In, Out
from tests.exchange.calling import PREFIX, operations


def test_the_document_is_openapi_and_says_what_every_operation_may_answer(db: None) -> None:
    drawn = document()
    assert drawn["openapi"].startswith("3.1")
    names = [operation["operationId"] for _method, _path, operation in operations()]
    assert len(names) == len(set(names))
    for method, path, operation in operations():
        statuses = {int(status) for status in operation["responses"]}
        assert {400, 401, 403, 404, 405, 413, 415, 422, 429, 503} <= statuses, path
        assert (409 in statuses) == (method != "GET"), path
        assert operation["summary"] and operation["tags"]
        if method == "POST":
            assert "Idempotency-Key" in [item["name"] for item in operation["parameters"]], path
        if method in ("PATCH", "PUT"):
            assert 428 in statuses, path


def test_the_document_names_no_schema_it_does_not_have(db: None) -> None:
    text = json.dumps(document(), default=str)
    wanted = set(re.findall(r"#/components/schemas/([^\"]+)", text))
    assert wanted <= set(document()["components"]["schemas"])


def test_every_shape_has_a_name_of_its_own(db: None) -> None:
    """Of two with one name the document shows only one, and the other's operations take what it does not say."""
    document()

    def below(shape: type) -> Iterator[type]:
        for child in shape.__subclasses__():
            yield child
            yield from below(child)

    ours = {shape for base in (In, Out) for shape in below(base) if shape.__module__.startswith("loudou.")}
    told = Counter(shape.__name__ for shape in ours)
    assert [name for name, times in told.items() if times > 1] == []


def test_withdrawn_evidence_wants_a_reason_in_the_document_too(db: None) -> None:
    operation = document()["paths"][f"{PREFIX}/deals/{{id}}/evidence/{{key}}/withdraw"]["post"]
    shape = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert document()["components"]["schemas"][shape]["required"] == ["reason"]
