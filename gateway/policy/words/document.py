"""A rendering as one printable page."""

from gateway.policy.words.page import Child, Element, page, tag
from gateway.policy.words.render import Chapter, Rendering, Statement

__all__ = ["rendering_page"]


def rendering_page(rendering: Rendering) -> str:
    """Give the page: an opening, a table of contents, one chapter after the other, the digest at the end."""
    book = rendering.book
    contents = tag(
        "nav",
        tag(
            "ul", (tag("li", tag("a", chapter.heading, href=f"#{_anchor(chapter)}")) for chapter in rendering.chapters)
        ),
        aria_label=book.term("labels", "contents"),
    )
    digest = tag("p", f"{book.term('labels', 'digest')}: {rendering.digest}", class_="digest")
    return page(
        book.language,
        rendering.title,
        tag("h1", rendering.title),
        *(tag("p", sentence) for sentence in rendering.opening),
        contents,
        *(part for chapter in rendering.chapters for part in _chapter(chapter, rendering)),
        tag("footer", digest),
    )


def _chapter(chapter: Chapter, rendering: Rendering) -> list[Element]:
    heading = tag("h2", chapter.heading, id=_anchor(chapter))
    return [heading, *(_statement(chapter, statement, rendering) for statement in chapter.statements)]


def _statement(chapter: Chapter, statement: Statement, rendering: Rendering) -> Element:
    book = rendering.book
    name = f"{statement.id}. {statement.title}" if statement.title else statement.id
    body: list[Child] = [tag("h3", name)]
    if chapter.name in ("fields", "glossary"):
        body.append(tag("ul", (tag("li", sentence) for sentence in statement.sentences)))
    else:
        body += [tag("p", sentence) for sentence in statement.sentences]
    if statement.why:
        body.append(tag("p", f"{book.term('labels', 'why')}: {statement.why}", class_="why"))
    source = [f"{book.term('labels', 'law')}: {'; '.join(statement.law)}"] if statement.law else []
    if statement.place.line:
        source.append(f"{book.term('labels', 'line')} {statement.place.line}")
    if source:
        body.append(tag("p", " · ".join(source), class_="law"))
    prefix = "" if chapter.name in ("rules", "built in", "promises") else f"{_anchor(chapter)}-"
    return tag("article", *body, id=f"{prefix}{statement.id}")


def _anchor(chapter: Chapter) -> str:
    return "chapter-" + chapter.name.replace(" ", "-")
