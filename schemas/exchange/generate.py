# ruff: noqa: INP001  (a script beside the schemas, no package)
"""Write catalogue.json, FIELDS.md and context.jsonld of a version from its schemas. A test compares them.

.venv/bin/python schemas/exchange/generate.py          writes
.venv/bin/python schemas/exchange/generate.py --check  says what would change, exit code 1 if anything would
"""

import sys
from pathlib import Path

from gateway.exchange.format import VERSION, read_catalogue
from gateway.exchange.render import catalogue_json, context_jsonld, fields_md

FOLDER = Path(__file__).resolve().parent / "v1"


def generated(folder: Path = FOLDER) -> dict[str, bytes]:
    """Give the generated files of a version by name."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.json"))}
    catalogue, vocabulary = read_catalogue(files)
    return {
        "catalogue.json": catalogue_json(VERSION, catalogue),
        "FIELDS.md": fields_md(VERSION, catalogue, vocabulary),
        "context.jsonld": context_jsonld(catalogue),
    }


def main(arguments: list[str]) -> int:
    """Write or compare."""
    changed = 0
    for name, data in generated().items():
        path = FOLDER / name
        if not path.exists() or path.read_bytes() != data:
            changed += 1
            sys.stdout.write(f"{'would change' if '--check' in arguments else 'wrote'} {path.name}\n")
            if "--check" not in arguments:
                path.write_bytes(data)
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
