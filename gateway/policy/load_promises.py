"""One entry under `must always hold:` becomes a promise with its box resolved.

Here promises are read, checked and kept with the policy; proving them for all cases is the prover's work. `never` and
`at most` always include what is unknown, as limits do.
"""

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.policy.catalogue import LEVELS
from gateway.policy.language import BUILT_IN, GRANTS, INFORMATION, ORIGINS, UNKNOWN, UNMARKED, USABLE, Promise
from gateway.policy.load_rules import Words, said

__all__ = ["read_promise"]

_FORMS = ("never", "at most", "always", "same")
_BOX = (
    "id",
    "because",
    "about",
    "with",
    "for",
    "except for",
    "marked",
    "classified",
    "information",
    "origin",
)
_LINES = {
    "never": (*_BOX, "never", "without"),
    "at most": (*_BOX, "at most", "of", "without"),
    "always": (*_BOX, "always", "granted"),
    "same": (*_BOX, "same", "of"),
}
_REQUIRED = {
    "never": ("id", "because"),
    "at most": ("id", "because", "of"),
    "always": ("id", "because"),
    "same": ("id", "because"),
}


def read_promise(words: Words, node: MapNode) -> Promise | None:
    """Read one promise; None if it is not exactly one of the four forms."""
    reader = words.reader
    forms = [form for form in _FORMS if form in node]
    if len(forms) != 1:
        fix = "begin it with `never:`, `at most:`, `always:` or `same:`"
        reader.fault("POL-024", "a promise must have exactly one form", node.place, fix)
        return None
    form = forms[0]
    reader.keys(node, _LINES[form], _REQUIRED[form], f"a promise `{form}`")
    name = f"promise {reader.identifier(node.get('id'), 'the id of a promise')}"
    if name.removeprefix("promise ") in BUILT_IN:
        reader.fault("POL-008", f"{name} has the name of a built-in limit", node.place, "choose another id")
    fields_node, level, group = _subject(words, node, form)
    known_only = form == "always"
    persons = words.persons - {UNKNOWN} if known_only else words.persons
    about = words.about(node.get("about"), f"`about` of {name}", persons)
    marks = words.marks - {UNMARKED} if known_only else words.marks
    marked = (
        marks
        if node.get("marked") is None
        else words.some(node.get("marked"), tuple(words.marks), f"`marked` of {name}")
    )
    excepted = (
        words.purposes(node.get("except for"), f"`except for` of {name}") if "except for" in node else frozenset()
    )
    fields = words.fields(fields_node, f"the fields of {name}", free_text=not known_only)
    if fields_node is None and form == "same":
        fields = frozenset(f.id for f in words.catalogue.fields.values() if f.decided)
    return Promise(
        id=name.removeprefix("promise "),
        form=form,
        because=reader.text(node.get("because"), f"`because` of {name}"),
        level=level,
        fields=fields,
        partners=words.partners(group or node.get("with"), f"`with` of {name}"),
        purposes=words.purposes(node.get("for"), f"`for` of {name}") - excepted,
        about=about if known_only else about | {UNKNOWN},
        marked=marked if known_only else marked | {UNMARKED},
        classified=words.classified(node.get("classified"), f"`classified` of {name}", ("up to", "from")),
        information=words.some(node.get("information"), INFORMATION, f"`information` of {name}"),
        origins=words.some(node.get("origin"), ORIGINS, f"`origin` of {name}"),
        usable=frozenset({"yes"} if form == "always" else USABLE),
        without=frozenset(reader.words(node.get("without"), GRANTS, f"`without` of {name}")),
        granted=frozenset(reader.words(node.get("granted"), GRANTS, f"`granted` of {name}", may_be_empty=True)),
        place=node.entries[0].key.place,
        said=said(node),
    )


def _subject(words: Words, node: MapNode, form: str) -> tuple[Node | None, str, Node | None]:
    """The field list, the level and, for `same`, the group that the promise is about."""
    reader = words.reader
    if form == "never":
        return node.get("never"), "redact", None
    if form == "at most":
        return node.get("of"), reader.word(node.get("at most"), LEVELS, "`at most`") or "redact", None
    lines = reader.map(node.get(form), f"`{form}`")
    if lines is None:
        return None, "full", None
    if form == "always":
        reader.keys(lines, ("fields", "level"), ("fields",), "`always`")
        return lines.get("fields"), reader.word(lines.get("level"), LEVELS, "`level`") or "full", None
    reader.keys(lines, ("for every partner in",), ("for every partner in",), "`same`")
    group = lines.get("for every partner in")
    return node.get("of"), "full", ListNode((group,), group.place) if isinstance(group, TextNode) else group
