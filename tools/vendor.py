"""Fetch the front-end files named in the manifest, or check that those in the tree are the ones named.

`python tools/vendor.py check` recomputes every checksum (a test does the same).
`python tools/vendor.py fetch` takes the packages from the npm registry the machine is set up with, copies the files
and builds the icon sprite from the names in `icons.txt`; needs npm, which running Loudou does not.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "loudou" / "ui" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"


def check() -> list[str]:
    """What does not match the manifest, as sentences; nothing when all is well."""
    manifest = json.loads(MANIFEST.read_text())
    problems = []
    listed = {"manifest.json", "icons.txt"}
    for package in manifest["packages"]:
        for file in package["files"]:
            listed.add(file["to"])
            target = VENDOR / file["to"]
            if not target.exists():
                problems.append(f"{file['to']} is missing")
            elif checksum(target) != file["sha256"]:
                problems.append(f"{file['to']} is not the file of {package['name']} {package['version']}")
    problems += [
        f"{path.name} is not in the manifest" for path in VENDOR.iterdir() if path.name not in listed
    ]
    return problems


def fetch() -> None:
    """Copy every listed file out of its package and write the checksums back into the manifest."""
    manifest = json.loads(MANIFEST.read_text())
    with tempfile.TemporaryDirectory() as folder:
        for package in manifest["packages"]:
            root = _unpack(package["name"], package["version"], Path(folder))
            package["licence"] = json.loads((root / "package.json").read_text())["license"]
            for file in package["files"]:
                target = VENDOR / file["to"]
                if file["from"] == "icons":
                    target.write_text(_sprite(root))
                else:
                    text = (root / file["from"]).read_text("utf-8")
                    target.write_text(re.sub(r"\n?/[/*]# sourceMappingURL=.*", "", text), "utf-8")
                file["sha256"] = checksum(target)
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


def checksum(file: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _unpack(name: str, version: str, folder: Path) -> Path:
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    target = folder / name.replace("/", "_")
    with tarfile.open(folder / packed) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _sprite(root: Path) -> str:
    symbols = []
    for name in sorted(set((VENDOR / "icons.txt").read_text().split())):
        svg = (root / "icons" / "outline" / f"{name}.svg").read_text()
        paths = re.findall(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*/>", svg, re.S)
        shapes = "".join(re.sub(r"\s+", " ", path) for path in paths if 'stroke="none"' not in path)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["fetch"]:
        fetch()
    elif sys.argv[1:] == ["check"]:
        found = check()
        print("\n".join(found) or "vendored files match the manifest")
        sys.exit(bool(found))
    else:
        print(__doc__)
        sys.exit(2)
