"""What `gateway.yaml` may say: links, folders and limits. Nothing here changes what may be disclosed to whom.

Each model emits JSON Schema for editors (`schemas/language/`). Unknown keys are refused.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.deployment.values import Duration, SecretRef, Size

__all__ = [
    "AgencyLink",
    "BrokerSettings",
    "FolderLink",
    "GuardSettings",
    "HttpLink",
    "HttpSettings",
    "LimitSettings",
    "PartnerLink",
    "QueueLink",
    "Settings",
    "WebhookLink",
]

_Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{2,64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QueueLink(_Model):
    """The agency's or partner's own queues: on the broker if one is configured, else embedded in the journal."""

    via: Literal["queue"]
    url: SecretRef | None = None
    """An AMQP URL of its own, instead of `broker.url`."""


class HttpLink(_Model):
    """An agency that publishes by `POST /v1/messages`, each request signed with its key."""

    via: Literal["http"]
    key: SecretRef
    certificates: tuple[str, ...] = ()
    """Names in its client certificate that prove it too, such as `DNS:desk.agency.example`."""


class FolderLink(_Model):
    """A drop folder, relative to the deployment."""

    via: Literal["folder"]
    path: str
    receipts: str | None = None
    """Where receipts are put for an agency; beside the folder if left out."""


class WebhookLink(_Model):
    """A partner that takes messages by HTTP. `networks` lists what its host may resolve to, and nothing else may."""

    via: Literal["webhook"]
    url: str
    networks: tuple[str, ...]
    key: SecretRef


AgencyLink = Annotated[QueueLink | HttpLink | FolderLink, Field(discriminator="via")]
PartnerLink = Annotated[QueueLink | WebhookLink | FolderLink, Field(discriminator="via")]


class BrokerSettings(_Model):
    """A RabbitMQ broker; without it the queues are embedded in the journal."""

    url: SecretRef


class HttpSettings(_Model):
    """Where the HTTP intake listens. TLS is required beyond loopback unless `insecure_dev` is set."""

    host: str = "127.0.0.1"
    port: int = Field(default=8440, ge=0, le=65535)
    certificate: str | None = None
    private_key: str | None = None
    client_ca: str | None = None


class LimitSettings(_Model):
    """Bounds. What happens at each is said in docs/reference/settings.md."""

    message: Size = 10 * 2**20
    queue: Size = 2 * 2**30
    expiry: Duration = timedelta(days=14)


class GuardSettings(_Model):
    """The last look: in this process, or in one of its own with limits of its own."""

    process: Literal["true", "false"] = "false"
    timeout: Duration = timedelta(seconds=5)
    memory: Size = 2**30


class Settings(_Model):
    """`gateway.yaml` as a whole."""

    name: _Name
    domain: str = Field(pattern=r"^[a-z0-9.-]{3,200}$")
    plan: str = "plan.yaml"
    data: str = "var"
    governance: str = "governance"
    insecure_dev: Literal["true", "false"] = "false"
    broker: BrokerSettings | None = None
    http: HttpSettings = Field(default_factory=HttpSettings)
    guard: GuardSettings = Field(default_factory=GuardSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    agencies: dict[_Name, AgencyLink] = Field(default_factory=dict)
    partners: dict[_Name, PartnerLink] = Field(default_factory=dict)
