"""What commands say and write down is in the organisation's language from the first one on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loudou.launch import commands
from tests.cast import Cast


@pytest.mark.parametrize("command", ["migrate", "furnish"])
def test_what_brings_the_schema_brings_the_translations(
    cast: Cast, settings: Any, tmp_path: Path, command: str
) -> None:
    settings.LOCALE_PATHS = [tmp_path / room for room in settings.ROOMS]
    told = CliRunner().invoke(getattr(commands, command), [])
    assert told.exit_code == 0, told.output
    assert len(list((tmp_path / "pipeline").rglob("*.mo"))) == 2
