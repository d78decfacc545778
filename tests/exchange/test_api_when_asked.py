"""The API is read into a process when it is first asked for, not with the program that serves pages."""

from __future__ import annotations

import subprocess
import sys

_PAGES_THEN_API = """
import sys
import django
django.setup()
from django.urls import resolve, reverse
resolve("/"), reverse("desk:home"), reverse("exchange:api")
assert not {"pydantic", "ninja", "loudou.exchange.api.operations"} & set(sys.modules)
assert reverse("api-v1:openapi") == "/api/v1/openapi.json"
assert resolve("/api/v1/openapi.json").view_name == "api-v1:openapi"
assert "ninja" in sys.modules
"""


def test_pages_are_found_without_it_and_it_is_found_all_the_same() -> None:
    """In a process of its own: this one has read it for other tests."""
    done = subprocess.run([sys.executable, "-c", _PAGES_THEN_API], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
