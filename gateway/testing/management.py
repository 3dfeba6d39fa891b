"""The HTTP interface of a RabbitMQ, as far as tests need it: what an operator does to a broker while it runs.

Every call blocks, for some 10 milliseconds. Answers are checked for their status only.
"""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

__all__ = ["BrokerFailed", "Management", "url_part"]

_HTTP_LIMIT = 10.0


class BrokerFailed(Exception):
    """The broker did not start, did not answer, or refused what a test asked of it."""


def url_part(text: str) -> str:
    """Quote one part of a path, its slashes as well: the default virtual host is called "/"."""
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Management:
    """The broker's HTTP interface: vhosts, users, permissions, policies, queues. Every call blocks for milliseconds."""

    url: str
    user: str
    password: str = field(repr=False)

    def call(self, method: str, path: str, body: object = None) -> object:
        """Make one request under `/api/` and give the decoded answer, or None. Raises `BrokerFailed` on a refusal."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310  the broker of a test, http by definition
            f"{self.url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_HTTP_LIMIT) as answer:  # noqa: S310  as above
                content = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise BrokerFailed(f"{method} {path}: status {error.code}: {error.read(500)!r}") from None
        except OSError as error:
            raise BrokerFailed(f"{method} {path}: {error}") from error
        return json.loads(content) if content else None

    def create_vhost(self, name: str) -> None:
        """Make a virtual host on which the tests' own user may do everything."""
        self.call("PUT", f"vhosts/{url_part(name)}", {})
        self.set_permissions(self.user, name)

    def delete_vhost(self, name: str) -> None:
        """Remove a virtual host with all that is in it; its connections are closed by the broker."""
        self.call("DELETE", f"vhosts/{url_part(name)}")

    def create_user(self, name: str, password: str, tags: str = "") -> None:
        """Make a user, or change its password. It may do nothing yet."""
        self.call("PUT", f"users/{url_part(name)}", {"password": password, "tags": tags})

    def delete_user(self, name: str) -> None:
        """Remove a user."""
        self.call("DELETE", f"users/{url_part(name)}")

    def set_permissions(
        self, user: str, vhost: str, *, configure: str = ".*", write: str = ".*", read: str = ".*"
    ) -> None:
        """Say what a user may do on a virtual host, as regular expressions. Open channels may cache the old ones."""
        rights = {"configure": configure, "write": write, "read": read}
        self.call("PUT", f"permissions/{url_part(vhost)}/{url_part(user)}", rights)

    def revoke_permissions(self, user: str, vhost: str) -> None:
        """Take all permissions of a user on a virtual host."""
        self.call("DELETE", f"permissions/{url_part(vhost)}/{url_part(user)}")

    def put_policy(
        self, vhost: str, name: str, pattern: str, definition: Mapping[str, object], *, apply_to: str = "queues"
    ) -> None:
        """Set a policy, such as a length limit or dead-lettering."""
        body = {"pattern": pattern, "definition": dict(definition), "apply-to": apply_to}
        self.call("PUT", f"policies/{url_part(vhost)}/{url_part(name)}", body)

    def delete_policy(self, vhost: str, name: str) -> None:
        """Remove a policy."""
        self.call("DELETE", f"policies/{url_part(vhost)}/{url_part(name)}")

    def declare_queue(self, vhost: str, name: str, arguments: Mapping[str, object] | None = None) -> None:
        """Declare a durable quorum queue; `arguments` may say otherwise."""
        chosen = {"x-queue-type": "quorum"} | dict(arguments or {})
        self.call("PUT", f"queues/{url_part(vhost)}/{url_part(name)}", {"durable": True, "arguments": chosen})

    def delete_queue(self, vhost: str, name: str) -> None:
        """Delete a queue with its messages, also under a running consumer."""
        self.call("DELETE", f"queues/{url_part(vhost)}/{url_part(name)}")

    def declare_exchange(self, vhost: str, name: str, kind: str = "direct") -> None:
        """Declare a durable exchange."""
        self.call("PUT", f"exchanges/{url_part(vhost)}/{url_part(name)}", {"type": kind, "durable": True})

    def bind(self, vhost: str, exchange: str, queue: str, routing_key: str = "") -> None:
        """Bind a queue to an exchange."""
        path = f"bindings/{url_part(vhost)}/e/{url_part(exchange)}/q/{url_part(queue)}"
        self.call("POST", path, {"routing_key": routing_key})

    def queue(self, vhost: str, name: str) -> dict[str, object]:
        """Give what the broker says about a queue. Its counts lag by up to 5 seconds: for counts, declare passively."""
        found = self.call("GET", f"queues/{url_part(vhost)}/{url_part(name)}")
        return found if isinstance(found, dict) else {}

    def import_definitions(self, definitions: Mapping[str, object], vhost: str | None = None) -> None:
        """Load a definitions file, for the whole broker or for one virtual host."""
        self.call("POST", "definitions" if vhost is None else f"definitions/{url_part(vhost)}", dict(definitions))
