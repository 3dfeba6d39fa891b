"""`gateway run`: the gateway itself, until it is told to stop."""

import asyncio
import os
import signal
import sys
from typing import Annotated

import typer

from gateway import telemetry
from gateway.app import Gateway, build
from gateway.cli.options import Config, default_config
from gateway.cli.output import Exit
from gateway.deployment import open_deployment
from gateway.errors import GatewayError

__all__ = ["run"]


def run(
    config: Config = default_config(),
    broker: Annotated[
        str, typer.Option(envvar="GATEWAY_BROKER", help="amqp[s]:// URL of a broker; without it queues are embedded.")
    ] = "",
    embedded: Annotated[bool, typer.Option("--embedded", help="Queues in the journal in any case.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="Load changed mappings while messages flow; SIGHUP asks anyway.")
    ] = True,
) -> None:
    """Run until SIGTERM or SIGINT; a second signal ends it at once. Example: gateway run --config my/gateway.yaml"""
    telemetry.set_up(sys.stdout, human=sys.stdout.isatty())
    deployment = open_deployment(config, broker="" if embedded else broker, embedded=embedded)
    gateway = build(deployment, watching=watch)
    try:
        asyncio.run(_serve(gateway))
    except Exception as error:
        telemetry.logger().critical("gateway.failed", codes=_codes(error), error=type(error).__name__)
        raise
    finally:
        gateway.journal.close()
    raise typer.Exit(Exit.GOOD)


def _codes(error: BaseException) -> str:
    """The codes of everything that ended it, also of what failed together."""
    if isinstance(error, BaseExceptionGroup):
        return " ".join(dict.fromkeys(_codes(each) for each in error.exceptions))
    return error.code if isinstance(error, GatewayError) else "SYS-001"


async def _serve(gateway: Gateway) -> None:
    loop = asyncio.get_running_loop()
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            os._exit(Exit.FAILED)
        gateway.engine.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, gateway.reloader.ask)
    await gateway.engine.run()
