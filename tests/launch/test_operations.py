"""What docs/operations.md tells operators is what the program does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loudou import environment
from loudou.cli import COMMANDS
from loudou.environment import read

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `((?:LOUDOU_|DATABASE_|SMTP_|OUTBOUND_)\w+)` \| (.*?) \|", TEXT, re.M))


def test_the_table_names_every_setting() -> None:
    source = Path(environment.__file__).read_text("utf-8")
    asked = set(re.findall(r'"((?:LOUDOU_|DATABASE_|SMTP_|OUTBOUND_)[A-Z_]+)"', source))
    assert set(ROWS) == asked


def test_defaults_are_what_the_table_says() -> None:
    env = read({})
    told = {name: cell.strip("`") for name, cell in ROWS.items() if cell.startswith("`") and "," not in cell}
    assert told["LOUDOU_HOST"] == env.host
    assert told["LOUDOU_PORT"] == str(env.port)
    assert Path(told["LOUDOU_DATA"]).resolve() == env.data
    assert told["LOUDOU_LANGUAGE"] == env.language
    assert told["LOUDOU_TIME_ZONE"] == env.time_zone
    assert told["LOUDOU_PASSWORD_PROFILE"] == env.password_profile
    assert told["LOUDOU_API_RATE"] == str(env.api_rate)
    assert told["LOUDOU_TRUSTED_PROXIES"] == str(env.trusted_proxies)
    assert (told["LOUDOU_SECURE"], told["LOUDOU_ACCESS_LOG"]) == ("0", "0")
    assert not env.secure and not env.access_log


def test_its_settings_are_taken() -> None:
    unit = re.search(r"^Environment=(.*)$", TEXT, re.M)
    assert unit is not None
    env = read(dict(pair.split("=", 1) for pair in unit[1].split()))
    assert (env.secure, env.hosts, env.trusted_proxies, env.demo) == (True, ("crm.example.com",), 1, False)


def test_it_names_commands_that_there_are() -> None:
    named = set(re.findall(r"^loudou ([a-z-]+)|`loudou ([a-z-]+)", TEXT, re.M))
    assert {first or second for first, second in named} <= set(COMMANDS)


@pytest.mark.parametrize("proxies", ["0", "1"])
def test_production_settings_pass_djangos_own_check(tmp_path: Path, proxies: str) -> None:
    # The browser tests of the same process allow what production must not.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "loudou.settings",
            "LOUDOU_DATA": str(tmp_path / "data"),
            "LOUDOU_SECURE": "1",
            "LOUDOU_HOSTS": "crm.example.com",
            "LOUDOU_TRUSTED_PROXIES": proxies,
            "DATABASE_URL": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
