"""The second prover shares no code with the first: what it imports is the words of the language, and its diagrams."""

import ast

from tests.architecture import rooms

SECOND = rooms.PACKAGE / "policy" / "prove" / "diagrams.py"
ALLOWED = {"gateway.names", "gateway.policy.language"}


def imported(source: str) -> set[str]:
    """What a file of `policy.prove` imports, standard library apart."""
    found = {item.name for item in rooms.imports(ast.parse(source), "policy.prove.diagrams", is_package=False)}
    return {name for name in found if name.partition(".")[0] in ("gateway", "oxidd", "tests")}


def test_the_second_prover_imports_the_language_and_its_diagrams_only() -> None:
    assert imported(SECOND.read_text("utf-8")) == {*ALLOWED, "oxidd.bdd"}


def test_an_import_of_the_first_prover_would_be_seen() -> None:
    assert imported("from .space import Space\n") - ALLOWED
    assert imported("def f():\n    import gateway.policy.decide\n") - ALLOWED


def test_the_first_prover_does_not_import_the_second_except_to_compare_answers() -> None:
    users = [
        path.name
        for path in sorted((rooms.PACKAGE / "policy").rglob("*.py"))
        if "policy.prove.diagrams" in path.read_text("utf-8") and path != SECOND
    ]
    assert users == ["agreement.py"]
