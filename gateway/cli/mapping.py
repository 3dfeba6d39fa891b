"""`gateway mapping`: check a mapping against both schemas, and run the tests beside it."""

import typer

__all__ = ["app"]

app = typer.Typer(name="mapping", help="Formats: check and test.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Formats."""
