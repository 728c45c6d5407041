"""Print the oldest versions that pyproject.toml allows, as constraints for pip."""

import re
import tomllib
from pathlib import Path

content = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
lists = [
    content["project"]["dependencies"],
    *content["project"]["optional-dependencies"].values(),
    *content["dependency-groups"].values(),
]
needed = {entry for entries in lists for entry in entries if isinstance(entry, str)}
for requirement in sorted(needed):
    name, version = re.match(r"([\w-]+)>=([\w.]+)", requirement).groups()
    print(f"{name}=={version}")
