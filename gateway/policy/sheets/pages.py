"""Matrix and sheets as printable pages: tables with headings, every cell linked to its reasons.

The level stands in words and as a colour, never as a colour alone. Each page carries the digest of the decision set and
that of the decision function.
"""

from collections.abc import Iterable, Iterator, Sequence

from gateway.names import Digest, PartnerId
from gateway.policy.compare.speak import Speaker
from gateway.policy.explain import Explanation, Lacking, Reason
from gateway.policy.language import GRANTS, INFORMATION, ORIGINS, WITHHOLD, DecisionSet
from gateway.policy.sheets.aggregation import Warned
from gateway.policy.sheets.cells import Cell
from gateway.policy.sheets.ever import Ever
from gateway.policy.sheets.matrix import Row, Rows, group_members, together
from gateway.policy.words.book import WordBook
from gateway.policy.words.page import Child, Element, page, tag
from gateway.policy.words.phrases import Phrases

__all__ = ["Printer", "ever_lines"]

_GRANT, _CONDITION = "†", "§"


def ever_lines(found: Ever, decisions: DecisionSet, book: WordBook) -> list[str]:
    """Say everything that can ever leave, a sentence each, with the rule that gives it."""
    speaker = Speaker(decisions, found.axes, book)
    rules = {rule.id: rule for rule in decisions.policy.rules}
    lines = []
    for one in found.sentences:
        parts = [book.say("share", **speaker.gaps(one.box), level=book.term("levels", one.box.level))]
        parts += speaker.narrowed(one.box)
        if one.stopped_by:
            parts.append(book.say("still stopped", words=", ".join(one.stopped_by)))
        if (rule := rules.get(one.rule)) is not None:
            parts.append(f"{rule.id} ({book.term('labels', 'line')} {rule.place.line}) [{'; '.join(rule.law)}]")
        lines.append(" ".join(parts))
    return lines or [book.say("sheet nothing")]


class Printer:
    """Prints pages of one decision set in one language."""

    def __init__(self, decisions: DecisionSet, function: Digest, book: WordBook) -> None:
        self._decisions = decisions
        self._function = function
        self._book = book
        self._phrases = Phrases(decisions, book)
        self._groups = group_members(decisions)

    # ---- the matrix --------------------------------------------------------------------------------------------------

    def title(self, purpose: str, role: str) -> str:
        """The title of one page of the matrix."""
        return self._book.say(
            "matrix page", about=self._phrases.persons({role}), **{"for": self._phrases.purposes({purpose})}
        )

    def matrix(self, found: Rows) -> str:
        """One page of the matrix."""
        title = self.title(found.page.purpose, found.page.role)
        body: list[Child] = [tag("p", self._book.say("matrix about")), *self._legend()]
        if found.page.is_empty:
            body.append(tag("p", self._book.say("matrix empty")))
        body += [self._table(found), tag("h2", self._label("reasons"), id="reasons")]
        body += [self._reason(number, one) for number, one in enumerate(found.reasons)]
        return self._page(title, body)

    def index(self, pages: Sequence[tuple[str, str, str, bool]], sheets: Sequence[tuple[str, str]]) -> str:
        """The table of contents: (purpose, role, file, is empty) of every page, and (title, file) of every sheet."""
        items = [
            tag("li", tag("a", self.title(purpose, role), href=file))
            if not empty
            else tag("li", f"{self.title(purpose, role)}: {self._book.say('matrix empty')}")
            for purpose, role, file, empty in pages
        ]
        others = [tag("li", tag("a", title, href=file)) for title, file in sheets]
        body = [tag("h2", self._label("sheets")), tag("ul", others), tag("h2", self._label("matrix")), tag("ul", items)]
        return self._page(self._label("matrix"), body)

    def headings(self, found: Rows) -> list[str]:
        """The headings of the columns: data, groups, partners."""
        groups = (self._book.term("groups", group) for group in self._groups)
        return [self._label("data"), *groups, *found.page.cells]

    def lines(self, found: Rows) -> list[list[str]]:
        """The rows of a page as texts, in the order of the headings."""
        return [
            [self._heading(row), *(self._together(row, each) for each in self._groups.values())]
            + [self._words(cell) for cell in row.cells.values()]
            for row in found.rows
        ]

    def _together(self, row: Row, members: Sequence[PartnerId]) -> str:
        cell = together([row.cells[partner] for partner in members])
        return self._words(cell) if cell else self._label("differs")

    def _table(self, found: Rows) -> Element:
        partners = [*found.page.cells]
        head = tag("tr", (tag("th", one, scope="col") for one in self.headings(found)))
        body = [self._row(number, row, found, partners) for number, row in enumerate(found.rows)]
        return tag("table", tag("caption", self._label("matrix")), tag("thead", head), tag("tbody", body))

    def _row(self, number: int, row: Row, found: Rows, partners: Sequence[PartnerId]) -> Element:
        kind = "class" if len(row.fields) == row.of else "part"
        cells = [self._group(number, row, found, members) for members in self._groups.values()]
        cells += [self._cell(number, row.cells[partner], found, partner) for partner in partners]
        return tag("tr", tag("th", self._heading(row), scope="row"), cells, class_=kind)

    def _heading(self, row: Row) -> str:
        name = self._book.term("classes", row.data_class)
        fields = self._label("all fields") if len(row.fields) == row.of else self._phrases.fields(row.fields)
        return f"{name}: {fields}"

    def _group(self, number: int, row: Row, found: Rows, members: Sequence[PartnerId]) -> Element:
        cell = together([row.cells[partner] for partner in members])
        if cell is None:
            return tag("td", tag("a", self._label("differs"), href="#reasons"), class_="l-mixed")
        return self._cell(number, cell, found, members[0])

    def _cell(self, number: int, cell: Cell, found: Rows, partner: PartnerId) -> Element:
        reason = f"#r{found.reason_of[number, partner]}"
        return tag("td", tag("a", self._words(cell), href=reason), class_=_colour(cell))

    def _words(self, cell: Cell) -> str:
        words = self._book.term("levels", cell.level)
        signs = f" {_CONDITION}" if cell.conditional else ""
        if cell.granted:
            signs += f" ({self._book.term('levels', cell.granted)} {_GRANT})"
        return f"{words}{signs}"

    def _legend(self) -> Iterator[Element]:
        signs = f"{_CONDITION} {self._label('with conditions')}; {_GRANT} {self._label('with permission')}"
        yield tag("p", f"{self._label('legend')}: {signs}.", class_="note")

    def _reason(self, number: int, found: Explanation) -> Element:
        lines = [self._named(one) for one in found.why] or [self._book.say("no share")]
        for one, lacks in found.near:
            lacking = "; ".join(map(self._lacks, lacks))
            lines.append(f"{self._label('near')}: {self._named(one)}: {lacking}")
        lines += [f"{self._label('also')}: {self._named(one)}" for one in found.also]
        return tag("article", (tag("p", line) for line in lines), id=f"r{number}")

    def _named(self, reason: Reason) -> str:
        line = f", {self._label('line')} {reason.place.line}" if reason.place.line else ""
        return f"{reason.rule} ({reason.title}{line}) [{'; '.join(reason.law)}]"

    def _lacks(self, lacking: Lacking) -> str:
        """Say in the language of the page what would have to change."""
        say, phrases = self._book.say, self._phrases
        match lacking.line:
            case "for":
                return say("lacks for", words=phrases.purposes(lacking.fits))
            case "about":
                return say("lacks about", words=phrases.persons(lacking.fits))
            case "with":
                return say("lacks with", words=phrases.partners(lacking.fits))
            case "only when":
                return say("lacks only when", words=self._book.all_of(phrases.words("grants", lacking.fits, GRANTS)))
            case "marked":
                marks = phrases.words("marks", lacking.fits, self._decisions.vocabulary.marks)
                return say("lacks marked", words=self._book.all_of(marks))
            case "information":
                words = phrases.words("information", lacking.fits, INFORMATION)
                return say("lacks information", words=self._book.any_of(words))
            case "origin":
                return say("lacks origin", words=self._book.any_of(phrases.words("origins", lacking.fits, ORIGINS)))
            case line:
                return say(f"lacks {line}")

    # ---- sheets ------------------------------------------------------------------------------------------------------

    def ever_title(self, found: Ever) -> str:
        """The title of a sheet about a partner or a role."""
        partner = self._decisions.partners.get(PartnerId(found.subject))
        if partner is None:
            return self._book.say("sheet role", word=self._phrases.persons({found.subject}))
        return self._book.say("sheet partner", word=f"{partner.id} ({partner.name})" if partner.name else partner.id)

    def ever(self, found: Ever) -> str:
        """The sheet of one partner or role."""
        lines = ever_lines(found, self._decisions, self._book)
        exact = f"{self._book.say('sheet exact')} {self._book.say('cases', word=f'{found.cases:,}')}"
        body: list[Child] = [tag("p", exact, class_="note"), tag("ul", (tag("li", line) for line in lines))]
        return self._page(self.ever_title(found), body)

    def aggregation(self, warned: Iterable[Warned]) -> str:
        """The warning of what can be put together."""
        body: list[Child] = [tag("p", self._book.say("aggregation about"))]
        for one in warned:
            fields = ", ".join(f"{name} ({self._book.term('levels', level)})" for name, level in one.fields)
            places = [self.title(purpose, role) for purpose, role in one.where]
            said = self._book.say("aggregation for", partner=one.partner, words=fields)
            body.append(tag("article", tag("p", said), tag("ul", (tag("li", place) for place in places))))
        return self._page(self._label("aggregation"), body)

    # ---- frame -------------------------------------------------------------------------------------------------------

    def _page(self, title: str, body: Iterable[Child]) -> str:
        policy = self._decisions.policy
        name = self._book.say("title", name=policy.name, version=str(policy.version))
        digests = f"{self._label('digest')}: {self._decisions.digest} · {self._function}"
        return page(
            self._book.language,
            f"{title} · {name}",
            tag("p", name, class_="note"),
            tag("h1", title),
            *body,
            tag("footer", tag("p", digests, class_="digest")),
        )

    def _label(self, name: str) -> str:
        return self._book.term("labels", name)


def _colour(cell: Cell) -> str:
    if cell.level == WITHHOLD:
        return "l-stop"
    if cell.level == "redact":
        return "l-mixed" if cell.granted else "l-none"
    return "l-full" if cell.level == "full" else "l-part"
