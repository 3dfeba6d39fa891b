"""Walking paths over documents at run time: XML, JSON, rows, and what a mapping makes of them.

Guarantees the meaning of XPath 1.0 and RFC 9535 for the subsets of `paths`, in document order. A walk is linear in
the nodes it passes.
"""

from collections.abc import Sequence

from gateway.document.tree import XmlElement
from gateway.mapping.paths.path import Axis, JsonStep, XmlStep
from gateway.mapping.run.node import Node
from gateway.mapping.run.nodes_json import json_step
from gateway.mapping.run.nodes_xml import in_document_order, xml_step, xml_top

__all__ = ["walk"]


def walk(start: Node, steps: Sequence[XmlStep | JsonStep], top: object, *, rooted: bool = False) -> list[Node]:
    """Give the nodes a path leads to from `start`; `top` is the document.

    `rooted` says that the path begins above `start`, so that its first step names the outermost element of XML.
    """
    nodes = [start]
    mixed = any(isinstance(step, XmlStep) and step.axis is Axis.DESCENDANT for step in steps[:-1])
    above = isinstance(start.value, XmlElement) and not start.value.name  # of records: above the first
    if rooted and steps and isinstance(start.value, XmlElement) and not above and isinstance(steps[0], XmlStep):
        nodes = xml_top(start, steps[0])
        steps = steps[1:]
    for step in steps:
        if isinstance(step, XmlStep):
            nodes = [found for node in nodes for found in xml_step(node, step)]
        else:
            nodes = [found for node in nodes for found in json_step(node, step, top)]
    return in_document_order(nodes, top) if mixed and len(nodes) > 1 else nodes
