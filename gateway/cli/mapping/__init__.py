"""`gateway mapping`: what integrators do with mappings, one module a command."""

import typer

from gateway.cli.mapping import check, test

__all__ = ["app"]

app = typer.Typer(name="mapping", help="Formats: check and test.", no_args_is_help=True)
app.command()(check.check)
app.command("test")(test.run_tests)
