"""The common exchange format: what one message may hold, and the data-protection facts of every leaf.

    layout      the members of a message, and which body belongs to which kind
    ladders     the levels at which a leaf can be shown, and what each level does to it
    vocabulary  the closed lists of words and codes
    shape       the schemas as a tree of objects, lists and leaves; catalogue: every leaf with its facts
    format      all of it together, loaded from the files of one version
    validate    schema, references, roles, markings, kinds, dates and codes: every fault with its path
    identity    derived ids; handling: joins of markings; message: leaves, and what the gateway writes itself

Guarantees that a leaf without data-protection facts cannot be loaded, and that no fault holds a value of a message.
Does not translate, decide or disclose anything: mapping and policy do.
"""

__all__: list[str] = []
