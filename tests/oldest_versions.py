"""Print the oldest versions that pyproject.toml allows, as constraints for pip."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def oldest(project):
    """Yield a constraint for each package that is needed, or may be used."""
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    needed = {entry for entries in lists for entry in entries if isinstance(entry, str)}
    for requirement in sorted(needed):
        name, version = re.match(r"([\w-]+)>=([\w.]+)", requirement).groups()
        yield f"{name}=={version}"


if __name__ == "__main__":
    print(*oldest(tomllib.loads(PROJECT.read_text())), sep="\n")
