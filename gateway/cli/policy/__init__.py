"""`gateway policy`: what officers do with policies, one module a command."""

import typer

from gateway.cli.policy import (
    activate,
    catalogue,
    check,
    diff,
    explain,
    labels,
    matrix,
    mutate,
    propose,
    prove,
    render,
    replay,
    sign,
    status,
    stops,
    test,
)

__all__ = ["app"]

app = typer.Typer(name="policy", help="What partners may get: check, test, look up.", no_args_is_help=True)
app.command()(check.check)
app.command("test")(test.run_tests)
app.command()(catalogue.catalogue)
app.command("render")(render.render_policy)
app.command()(diff.diff)
app.command()(explain.explain)
app.command("matrix")(matrix.matrix)
app.command()(matrix.sheet)
app.command()(labels.labels)
app.command()(replay.replay)
app.command()(prove.prove)
app.command()(mutate.mutate)
app.command()(propose.propose)
app.command()(sign.sign)
app.command()(activate.activate)
app.command()(stops.stop)
app.command()(stops.lift)
app.command()(stops.revoke)
app.command()(status.status)
