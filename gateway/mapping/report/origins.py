"""Where the value of a rule comes from, in the mapping's own words: paths, fixed values, alternatives."""

from collections.abc import Iterator

from gateway.mapping.language.rules import (
    All,
    Choose,
    Const,
    Context,
    FirstOf,
    From,
    Group,
    Inside,
    Join,
    Parse,
    Ref,
    Slots,
    Text,
    Value,
)

__all__ = ["context_text", "origin_texts"]


def origin_texts(value: Value) -> Iterator[str]:
    """Give each origin of a value as one short text."""
    match value.origin:
        case From(context=context):
            yield context_text(context)
        case Const(word=word):
            yield f"'{word.text}'"
        case Text(names=names):
            for _, inner in names:
                yield from origin_texts(inner)
        case FirstOf(values=values):
            for inner in values:
                yield from origin_texts(inner)
        case Choose(branches=branches):
            for branch in branches:
                yield from origin_texts(branch.then)
        case Ref(names=names, keys=keys):
            key = f" by {', '.join(context_text(each) for each in keys)}" if keys else ""
            yield f"reference to {' or '.join(name.text for name in names)}{key}"


def context_text(context: Context) -> str:
    """Give a context expression as one short text: a path, or what it leads through."""
    match context:
        case Inside(name=name, path=path):
            return f"{path.text if path is not None else '.'} of {name.text}"
        case Join(index=index, keys=keys, path=path):
            by = ", ".join(context_text(key) for key in keys)
            return f"{path.text if path is not None else '.'} of {index.text} by {by}"
        case All(index=index, path=path):
            return f"{path.text if path is not None else '.'} of every {index.text}"
        case Group(members=members, by=by):
            return f"{', '.join(path.text for path in members)} grouped by {', '.join(path.text for path in by)}"
        case Slots(paths=paths, first=first, last=last):
            return ", ".join(path.text for path in paths) if paths else f"slots {first} to {last}"
        case Parse(pattern=pattern, value=value):
            return f"{', '.join(origin_texts(value))} read as {pattern.text}"
        case _:
            return context.text
