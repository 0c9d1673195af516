"""Says whether this interpreter can run ml: `python -m agent0_ml.environment`.

Set-up calls it before it puts an environment in its place; a broken one (a missing shared library, a wrong version)
must show up there and not hours into a run. Left out on purpose: whether a GPU is present, which no environment fixes.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module, metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent / "requirements.in"


def wanted_packages(text: str) -> dict[str, str]:
    """Package name to version prefix (`''` where any will do), of a requirements.in."""
    packages = {}
    for line in text.splitlines():
        name, _, version = line.split("#")[0].strip().partition("==")
        if name:
            packages[name] = version.removesuffix("*")
    return packages


def problems(wanted: dict[str, str]) -> list[str]:
    """One sentence for each wanted package that is missing or has another version."""
    found = []
    for name, version in wanted.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(f"{name} is not installed")
            continue
        if not installed.startswith(version):
            found.append(f"{name} is {installed}, {version}* is wanted")
    return found


def torch_works() -> str | None:
    """A sentence if torch cannot multiply, which is how a missing shared library shows."""
    try:
        torch = import_module("torch")
        product = torch.ones(2, 3) @ torch.ones(3, 2)
    except (ImportError, OSError, RuntimeError) as error:
        return f"torch cannot compute: {error}"
    return None if product.sum().item() == 12.0 else "torch computes 2x3 times 3x2 ones wrongly"


def main() -> int:
    found = problems(wanted_packages(REQUIREMENTS.read_text()))
    broken = torch_works()
    if broken:
        found.append(broken)
    versions = {name: metadata.version(name) for name in ("torch", "transformers", "numpy")} if not found else {}
    print(json.dumps({"python": sys.version.split()[0], "versions": versions, "problems": found}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
