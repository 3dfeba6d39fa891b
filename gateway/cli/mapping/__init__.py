"""`gateway mapping`: what integrators do with mappings, one module a command."""

import typer

from gateway.cli.mapping import (
    check,
    coverage,
    diff,
    docs,
    explain,
    fmt,
    impact,
    preview,
    reverse,
    scaffold,
    schema,
    serve,
    test,
)

__all__ = ["app"]

app = typer.Typer(name="mapping", help="Formats: draft, check, test, look through.", no_args_is_help=True)
app.command()(check.check)
app.command("test")(test.run_tests)
app.command("scaffold")(scaffold.scaffold)
app.command("coverage")(coverage.coverage)
app.command("fmt")(fmt.fmt)
app.command("schema")(schema.schema)
app.command("serve")(serve.serve)
app.command("diff")(diff.compare)
app.command("impact")(impact.foresee)
app.command("preview")(preview.preview)
app.command("reverse")(reverse.reverse)
app.command("explain")(explain.explain)
app.command("docs")(docs.docs)
