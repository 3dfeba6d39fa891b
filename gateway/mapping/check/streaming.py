"""Whether a file can be read item by item: what its items are, and which paths would lead into them from outside."""

from gateway.mapping.check.findings import Findings
from gateway.mapping.check.reach import Trail, items_of
from gateway.mapping.check.walk import Walker
from gateway.mapping.language.file import Mapping
from gateway.mapping.paths.path import Path
from gateway.mapping.program.stream import item_path
from gateway.mapping.shapes.sources import SourceTop

__all__ = ["streamed_items"]


def streamed_items(mapping: Mapping, source: SourceTop, findings: Findings) -> tuple[Trail, ...]:
    """Give the trails of the items of a streamed source; none where the source is read whole.

    Notes G405 for items of XML that are not named by plain names, or lie in one another.
    """
    if not mapping.source.streamed:
        return ()
    quiet = Walker(source.top, source.notation, Findings(), {}, lambda _reach: None)
    trails: list[Trail] = []
    for split in mapping.splits:
        path = split.each if isinstance(split.each, Path) else None
        found = [] if path is None else [items_of(reach).trail for reach in quiet.go(path, source.top)]
        trails += found
        if path is None or not item_path(path.steps, mapping.source.format.text, rooted=path.rooted):
            place = split.place if split.each is None else split.each.place
            fix = "name the items by a path, or leave out reading: streamed"
            findings.error("G405", "the items are not named by plain names", place, fix)
    for split in mapping.splits:
        path = split.each if isinstance(split.each, Path) else None
        for reach in () if path is None else quiet.go(path, source.top):
            if any(trail != reach.trail and trail == reach.trail[: len(trail)] for trail in trails):
                fix = "split the inner items only, or leave out reading: streamed"
                findings.error("G405", "these items lie in other items", path.place if path else split.place, fix)
    return tuple(dict.fromkeys(trails))
