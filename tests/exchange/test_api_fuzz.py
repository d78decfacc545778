"""Schemathesis against a served house, as several people: no fault of ours, no answer the document does not know."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from loudou.customers import verbs as customers
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls, operations

EXAMPLES = (
    2  # of every operation, for each kind of data: a fixed number, so that a busy machine leaves nothing out
)
PATIENCE = 900
# Of all checks but two: rules refuse what a schema cannot say (422), and a made resource may be out of one's own sight.
UNFIT = "positive_data_acceptance,ensure_resource_availability"
# A caller who takes away their own token or roles would be tried no further.
SPARED = r"tokens/|/deactivate|/roles$|/join-unit"


@pytest.mark.slow
@pytest.mark.parametrize("username", ["chenan", "linjing"])
def test_nothing_it_sends_makes_us_stumble(served: str, username: str, tmp_path: Path) -> None:
    cast = Cast()
    customer = customers.add_customer(name="宁波甬江机电", phone="13812345678", by=cast.chenan)
    customers.add_contact(customer, name="许明华", by=cast.chenan)
    make.deal(cast.chenan, customer=customer)
    make.at_last_stage(cast.chenan)
    secret = Calls(getattr(cast, username)).secret
    program = Path(sys.executable).with_name("st")
    run = subprocess.run(
        [
            *(str(program), "run", f"{served}/api/v1/openapi.json"),
            *("-H", f"Authorization: Bearer {secret}"),
            *("--checks", "all", "--exclude-checks", UNFIT, "--exclude-path-regex", SPARED),
            *("--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--seed", "20260401"),
            *("--continue-on-failure", "--warnings", "off"),
            *("--suppress-health-check", "all"),  # a busy machine is no fault of the house
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]
    assert _tried(run.stdout) == len([path for _, path, _ in operations() if not re.search(SPARED, path)])


def _tried(said: str) -> int:
    """How many operations it says it has tried."""
    found = re.search(r"Tested: (\d+)", said)
    assert found is not None, said[-2000:]
    return int(found.group(1))
