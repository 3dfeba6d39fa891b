"""Which schema files belong to a schema: those it includes, imports or refers to, among the files of a deployment."""

import posixpath
import re
from collections.abc import Mapping

__all__ = ["json_schema_files", "xsd_files"]

_LOCATION = re.compile(rb"""schemaLocation\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REF = re.compile(rb'"\$(?:ref|dynamicRef)"\s*:\s*"([^"\\#]*)')
_ID = re.compile(rb'"\$id"\s*:\s*"([^"\\]*)"')


def xsd_files(files: Mapping[str, bytes], entry: str) -> dict[str, bytes]:
    """Give the schema at `entry` and every file that it reaches by location; what is missing is left out."""
    found: dict[str, bytes] = {}
    queue = [entry]
    while queue:
        name = queue.pop()
        if name in found or name not in files:
            continue
        found[name] = files[name]
        for match in _LOCATION.finditer(files[name]):
            location = (match[1] or match[2] or b"").decode("utf-8", "replace")
            queue.append(location)
            queue.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), location)))
    return found


def json_schema_files(files: Mapping[str, bytes], entry: str) -> dict[str, bytes]:
    """Give the schema at `entry` and every file that it reaches by relative path or by `$id`."""
    found: dict[str, bytes] = {}
    queue = [entry]
    by_id: dict[str, str] | None = None
    while queue:
        name = queue.pop()
        if name in found or name not in files:
            continue
        found[name] = files[name]
        own = _ID.search(files[name])
        base = own[1].decode("utf-8", "replace") if own else ""
        for match in _REF.finditer(files[name]):
            reference = match[1].decode("utf-8", "replace")
            if not reference:
                continue
            queue.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), reference)))
            if by_id is None:
                by_id = _by_id(files, entry)
            absolute = reference if ":" in reference else f"{base.rpartition('/')[0]}/{reference}"
            queue.append(by_id.get(absolute, ""))
    return found


def _by_id(files: Mapping[str, bytes], entry: str) -> dict[str, str]:
    """Index the schemas of the same top folder by `$id`."""
    top = entry.partition("/")[0]
    ids: dict[str, str] = {}
    for name, data in files.items():
        if name.endswith(".json") and name.partition("/")[0] == top:
            match = _ID.search(data)
            if match:
                ids.setdefault(match[1].decode("utf-8", "replace").rstrip("#"), name)
    return ids
