"""Code tables against what goes in: every code the source allows has a row, keys and columns exist, rows are used.

What comes out is judged where it is written. A table over free text is never total: the rule must say what happens to
a code without a row. Tables of the mapping's own folder are also looked through for rows that nothing can reach.
"""

from collections.abc import Callable
from collections.abc import Mapping as Files
from dataclasses import dataclass, field, replace

from gateway.errors import DefinitionRefused
from gateway.mapping.check.findings import listed
from gateway.mapping.check.known import NOTHING_KNOWN, Known
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.study import Study
from gateway.mapping.language.file import Mapping, TableUse
from gateway.mapping.language.rules import Lookup, Value
from gateway.mapping.load.reading import resolve, suggestion
from gateway.mapping.tables import Match, Table, TableRow, fold_key, load_table

__all__ = ["UNDECIDED", "Tables"]

UNDECIDED = "TO" + "DO"
"""What a draft writes where a person has to decide; nothing is loaded while it stands there, in any case (V306).

In two pieces, because the word must not stand in this repository: here it is a word of the language, and no promise.
"""

_Know = Callable[[Value, Scope], Known]


@dataclass(slots=True)
class _Use:
    declared: TableUse
    table: Table
    used: bool = False
    total: bool = True
    reached: set[int] = field(default_factory=set)


class Tables:
    """The tables a mapping declares, loaded; what its rules ask them."""

    def __init__(self, study: Study, files: Files[str, bytes]) -> None:
        self._study = study
        self._uses: dict[str, _Use] = {}
        mapping: Mapping = study.mapping
        for declared in mapping.tables:
            path = resolve(mapping.file, declared.path.text)
            if path is None or path not in files:
                message = f"there is no table file '{declared.path.text}'"
                study.findings.error("L108", message, declared.path.place)
                continue
            try:
                table = load_table(path, files, declared.path.place)
                self._uses[declared.name.text] = _Use(declared, table)
                self._undecided(table, declared)
            except DefinitionRefused as refused:
                study.findings.extend(refused.faults)
        self._declared = {declared.name.text for declared in mapping.tables}

    def _undecided(self, table: Table, declared: TableUse) -> None:
        for row in table.rows:
            if UNDECIDED in {cell.upper() for cell in row.cells.values()}:
                message = f"a row of table '{declared.name.text}' is still to be decided"
                fix = "write the code it leads to, or match none and why"
                self._study.findings.error("V306", message, row.place, fix)

    def looked_up(self, value: Value, found: Known, scope: Scope, know: _Know) -> Known:
        """Judge a lookup and give what is known of its result."""
        lookup = value.lookup
        if lookup is None:
            return found
        keys = [know(key, scope) for _, key in lookup.keys]
        if lookup.as_of is not None:
            for reach in self._study.resolve(lookup.as_of, scope):
                self._study.read(reach, scope, lookup.place)
        use = self._uses.get(lookup.table.text)
        if use is None:
            if lookup.table.text not in self._declared:
                hint = suggestion(lookup.table.text, self._declared)
                message = f"no table is named '{lookup.table.text}'{hint}"
                self._study.findings.error("L010", message, lookup.table.place, "declare it under tables")
            return NOTHING_KNOWN
        use.used = True
        if not self._columns_exist(lookup, use.table):
            use.total = False
            return NOTHING_KNOWN
        if found.unknown or any(key.unknown for key in keys):
            use.total = False
            return NOTHING_KNOWN
        if keys:
            use.total = False
            return self._result(lookup, use.table, None, found, total=False)
        rows, total = self._rows(lookup, use, found, value)
        return self._result(lookup, use.table, rows, found, total=total)

    def _columns_exist(self, lookup: Lookup, table: Table) -> bool:
        findings = self._study.findings
        name = lookup.table.text
        if lookup.take is not None and lookup.take.text not in table.outputs:
            hint = suggestion(lookup.take.text, table.outputs)
            findings.error("L012", f"table '{name}' has no column '{lookup.take.text}'{hint}", lookup.take.place)
            return False
        asked = [key.text for key, _ in lookup.keys] or [""]
        if sorted(asked) != sorted(table.sources):
            wanted = ", ".join(source or "source" for source in table.sources)
            findings.error(
                "L011", f"the key of table '{name}' is {wanted}", lookup.place, "write key: {NAME: PATH, ...}"
            )
            return False
        if table.dated and lookup.as_of is None:
            message = f"the rows of table '{name}' are valid for a time"
            findings.error("L013", message, lookup.place, "say on which day: as_of: PATH")
        if not table.dated and lookup.as_of is not None:
            findings.warning("L111", f"no row of table '{name}' has a validity", lookup.place, "remove as_of")
        return True

    def _rows(self, lookup: Lookup, use: _Use, found: Known, value: Value) -> tuple[list[TableRow] | None, bool]:
        """Give the rows that known codes reach and whether all have one; report L101, and free text L104."""
        table = use.table
        if found.codes is None:
            use.total = False
            if value.on_error is None:
                self._study.findings.error(
                    "L104",
                    f"{found.label} is free text, so table '{lookup.table.text}' is never total",
                    lookup.table.place,
                    "write on_error on this rule",
                )
            return None, False
        rows: list[TableRow] = []
        without: list[str] = []
        for code in found.codes:
            key = fold_key(code, table.fold) if table.fold else code
            reached = table.by_key.get((key,), ())
            rows.extend(reached)
            use.reached.update(row.number for row in reached)
            if not reached:
                without.append(code)
        if without:
            self._no_row(lookup, found, without, covered=value.on_error is not None)
        return rows, not without

    def _no_row(self, lookup: Lookup, found: Known, without: list[str], *, covered: bool) -> None:
        what = f"table '{lookup.table.text}' has no row for {listed(without)}, which {found.label} allows"
        if covered:
            self._study.findings.warning("L101", f"{what}; on_error covers it", lookup.table.place)
        else:
            self._study.findings.error("L101", what, lookup.table.place, "add a row, or write on_error on this rule")

    @staticmethod
    def _result(lookup: Lookup, table: Table, rows: list[TableRow] | None, found: Known, *, total: bool) -> Known:
        """What comes out: the targets of the rows reached, of all rows where the code may be any text."""
        column = lookup.take.text if lookup.take is not None else "target"
        reached = table.rows if rows is None else rows
        codes = tuple(dict.fromkeys(row.cells.get(column, "") for row in reached if row.match is not Match.NONE))
        codes = tuple(code for code in codes if code and code.upper() != UNDECIDED)
        result = replace(
            found,
            kinds=frozenset({"text"}),
            codes=codes,
            fails=found.fails or not total,
            form="",
            said=f"table '{lookup.table.text}'",
            longest=None,
        )
        silent = [row for row in reached if row.match is Match.NONE]
        if silent and rows is not None:
            result = result.missing(f"table '{lookup.table.text}' shares nothing for {listed(silent[0].keys)}")
        return result

    def unused(self) -> None:
        """Report tables nothing asks (L109), rows nothing reaches (L103), and matches that are only close (L110)."""
        findings = self._study.findings
        for name, use in self._uses.items():
            place = use.declared.name.place
            if not use.used:
                findings.warning("L109", f"table '{name}' is not used", place, "remove it")
                continue
            close = [row for row in use.table.rows if row.match is Match.CLOSE]
            if close:
                findings.warning(
                    "L110", f"{len(close)} rows of table '{name}' match only closely", place, at=close[0].place
                )
            shared = use.declared.path.text.startswith("../")
            if use.total and not shared:
                for row in use.table.rows:
                    if row.number not in use.reached:
                        message = f"the source allows no {listed(row.keys)}: this row of table '{name}' is never used"
                        findings.warning("L103", message, row.place, at=place)
