"""What `docs/api.md` tells people to type works, in that order."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password

from loudou.pipeline.models import Deal
from tests.cast import Cast

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
PASSWORD = "loudou-demo-2026"
_MARK = "--- the next block ---"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_the_commands_of_the_guide_do_what_it_says(served: str, tmp_path: Path) -> None:
    user = Cast().chenan
    user.password = make_password(PASSWORD)
    user.save()
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text("utf-8"), re.S | re.M)
    script = "".join(f'echo; echo "{_MARK}"\n{block}' for block in blocks)
    run = subprocess.run(
        ["sh", "-euc", script],
        cwd=tmp_path,
        env={"BASE": served, "USERNAME": user.username, "PASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = [part.strip() for part in run.stdout.split(_MARK)][1:]
    token, me, deals, made, changed, acted, skipped, figures = said
    assert (token, made) == ("", "")
    assert json.loads(me)["username"] == "chenan"
    assert json.loads(deals) == {"items": [], "next": None}
    assert json.loads(changed)["next_step"] == "寄样品"
    refused, gate, shown = (json.loads(part) for part in re.split(r"(?<=})(?={)", acted))
    assert refused["code"] == "gate_shut"
    assert gate["stages"][0]["items"][0]["code"] == "budget" and not gate["stages"][0]["is_open"]
    assert shown["kind"] == "budget"
    assert skipped.endswith("202") and json.loads(skipped[:-3])["request"]["act"] == "pipeline.skip"
    assert [stage["count"] for stage in json.loads(figures)["stages"]] == [1, 0, 0, 0]
    assert Deal.objects.get().customer.phone == "+8613812345678"  # type: ignore[union-attr]
