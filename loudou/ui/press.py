"""Setting PDF with Typst, in a process of its own: the memory and the time it takes end with it.

Run as a program it reads one job from its input and writes the PDF to its output; it knows neither Django nor the
database, and reaches no network. Texts are data to the template, never markup.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 60
FALLBACK = Path(__file__).parent / "fonts" / "DroidSansFallbackFull.ttf.xz"
# What a machine may have, best first; ours come last.
FONTS = {
    "zh": ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC"],
    "zh-hant": [
        "PingFang TC",
        "Microsoft JhengHei",
        "Noto Sans CJK TC",
        "Noto Sans TC",
        "Source Han Sans TC",
    ],
}
OURS = ["Loudou Latin", "Droid Sans Fallback"]


class PressFailed(RuntimeError):
    """The PDF could not be set; the message is Typst's own."""


def typeset(
    template: Path, data: Mapping[str, Any], *, language: str, folder: Path, bare: bool = False
) -> bytes:
    """The PDF of a template with its data; `folder` is where our own font is unpacked to.

    `bare` leaves the machine's own fonts aside: what a machine without any would print.
    """
    fonts = [*FONTS.get(language, FONTS["zh"]), *OURS]
    job = {
        "template": str(template),
        "fonts": [str(unpacked(folder)), str(FALLBACK.parent)],
        "bare": bare,
        "data": {**data, "fonts": fonts, "lang": language[:2]},
    }
    run = subprocess.run(  # our own program with our own template
        [sys.executable, __file__],
        input=json.dumps(job, ensure_ascii=False).encode(),
        capture_output=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if run.returncode != 0:
        raise PressFailed(run.stderr.decode("utf-8", "replace")[-2000:])
    return run.stdout


def unpacked(folder: Path) -> Path:
    """The folder with our own font, unpacked the first time it is asked for."""
    target = folder / FALLBACK.stem
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as half:
            half.write(lzma.decompress(FALLBACK.read_bytes()))
        os.replace(half.name, target)
    return folder


def _main() -> None:
    import typst

    job = json.loads(sys.stdin.buffer.read())
    template = Path(job["template"])
    pdf = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=job["fonts"],
        ignore_system_fonts=job["bare"],
        sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)},
        package_path=job["fonts"][0],
        package_cache_path=job["fonts"][0],
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    _main()
