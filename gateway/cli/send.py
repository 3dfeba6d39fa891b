"""`gateway send`: publish a file as an agency would, into the link that the deployment gives that agency."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer

from gateway.app import spool
from gateway.cli.options import AsJson, Config, NoColor, default_config
from gateway.cli.output import Exit, Output
from gateway.deployment import read_settings
from gateway.deployment.settings import FolderLink, HttpLink, QueueLink, Settings
from gateway.deployment.values import read_secret
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.names import AgencyId, Lane
from gateway.system import SystemClock
from gateway.testing.http_simulators import HttpAgencyClient
from gateway.testing.simulators import FolderAgency
from gateway.transport.amqp.publish import publish_once
from gateway.transport.amqp.settings import amqp_endpoint
from gateway.transport.webhook import signer_from_text

__all__ = ["send"]


def send(
    file: Annotated[Path, typer.Argument(exists=True, help="The file, or a folder for a set of files.")],
    agency: Annotated[str, typer.Option("--agency", "-a", help="Who sends it.")],
    lane: Annotated[str, typer.Option(help="flash, immediate, priority or routine.")] = "routine",
    key: Annotated[str, typer.Option(help="The message id; a new one if left out.")] = "",
    broker: Annotated[str, typer.Option(envvar="GATEWAY_BROKER", help="amqp[s]:// URL of the broker.")] = "",
    config: Config = default_config(),
    as_json: AsJson = False,
    no_color: NoColor = False,
) -> None:
    """Publish one message. Example: gateway send notice.xml --agency qm-police --lane flash"""
    output = Output(as_json=as_json, color=not no_color)
    if lane.upper() not in Lane.__members__:
        raise DefinitionRefused(Fault("CFG-045", "this is not a lane", fix="flash, immediate, priority or routine"))
    settings = read_settings(config)
    name = key or f"sent-{secrets.token_hex(8)}"
    sender = _Sender(settings, config.resolve().parent, AgencyId(agency), Lane[lane.upper()], name, broker)
    way = sender.send(file)
    sent = {"agency": agency, "key": name, "lane": lane, "via": way}
    output.result(sent, lambda words: words.print(f"sent as {name} by {agency} ({way}). See: gateway message list"))
    raise typer.Exit(Exit.GOOD)


class _Sender:
    """One publication over the link of one agency."""

    def __init__(self, settings: Settings, folder: Path, agency: AgencyId, lane: Lane, key: str, broker: str) -> None:
        self._settings = settings
        self._folder = folder
        self._agency = agency
        self._lane = lane
        self._key = key
        self._broker = broker

    def send(self, file: Path) -> str:
        """Publish and give the word for the way it went."""
        link = self._settings.agencies.get(self._agency, QueueLink(via="queue"))
        match link:
            case HttpLink():
                return self._post(link, self._one(file))
            case FolderLink():
                return self._drop(self._folder / link.path, file)
            case QueueLink():
                url = self._url(link)
                if not url:
                    return self._drop(spool(self._folder / self._settings.data, self._agency), file)
                insecure = self._settings.insecure_dev == "true"
                endpoint = amqp_endpoint(url, insecure_dev=insecure)
                asyncio.run(publish_once(endpoint, self._agency, self._lane, self._key, self._one(file), SystemClock()))
                return "queue"

    def _url(self, link: QueueLink) -> str:
        reference = link.url or (self._settings.broker.url if self._settings.broker else "")
        return self._broker or (read_secret(reference, self._folder).decode() if reference else "")

    def _post(self, link: HttpLink, body: bytes) -> str:
        signer = signer_from_text(read_secret(link.key, self._folder).decode())
        http = self._settings.http
        scheme = "https" if http.certificate else "http"
        client = HttpAgencyClient(f"{scheme}://{http.host}:{http.port}", self._agency, signer, SystemClock())
        reply = asyncio.run(client.publish(self._key, body, self._lane))
        if reply.status not in {200, 202}:
            fix = "see `gateway message list` for what was refused, and the answer's code"
            raise DefinitionRefused(Fault("CFG-046", f"the gateway answered {reply.status}", fix=fix))
        return "http"

    def _drop(self, folder: Path, file: Path) -> str:
        agency = FolderAgency(folder, folder / "receipts")
        if file.is_dir():
            files = {path.name: path.read_bytes() for path in sorted(file.iterdir()) if path.is_file()}
            agency.publish_set(self._key, files, key=self._key)
        else:
            agency.publish(self._key, file.read_bytes(), key=self._key, lane=self._lane)
        return "folder"

    def _one(self, file: Path) -> bytes:
        if file.is_dir():
            place = Place(file=file.name)
            raise DefinitionRefused(
                Fault("CFG-047", "a set of files can only be sent through a drop folder", place, "send one file")
            )
        return file.read_bytes()
