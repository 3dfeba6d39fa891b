"""Which addresses may be connected to: an allow-list per partner, checked on the address that is about to be used.

Looks after name resolution, so that a name that changes its mind finds no window. Some addresses are never allowed,
whatever the list says: this host, its neighbours on the link, groups, and the metadata services of clouds.
"""

import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from gateway.errors import DefinitionRefused, Fault, NotPermitted

__all__ = ["Address", "AllowList", "Network", "allow_list", "is_loopback_host", "unmapped"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)


def unmapped(address: Address) -> Address:
    """Give the IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    low = int(address) & 0xFFFF_FFFF
    compatible = int(address) >> 32 == 0 and low > 1
    if compatible or any(address in network for network in _NAT64):
        return IPv4Address(low)
    return address


def is_loopback_host(host: str) -> bool:
    """True for a literal loopback address, or `localhost`."""
    if host == "localhost":
        return True
    try:
        return unmapped(ipaddress.ip_address(host)).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class AllowList:
    """Networks and ports of one partner. `loopback` lifts one prohibition, for development only."""

    networks: tuple[Network, ...]
    ports: frozenset[int]
    loopback: bool = False
    own: frozenset[tuple[str, int]] = frozenset()
    """(address, port) of our own listeners: never a partner."""

    def check(self, address: str, port: int) -> None:
        """Return quietly if a connection may be made. Raises NotPermitted (SEC-210)."""
        try:
            real = unmapped(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            raise _denied("the address cannot be read") from None
        if (str(real), port) in self.own or self._forbidden(real):
            raise _denied("the address is one that no partner may have")
        if port not in self.ports:
            raise _denied("the port is not in the partner's list")
        if not any(real in network for network in self.networks):
            raise _denied("the address is not in the partner's list of networks")

    def _forbidden(self, address: Address) -> bool:
        if address.is_loopback:
            return not self.loopback
        return (
            address.is_unspecified
            or address.is_link_local
            or address.is_multicast
            or address in _METADATA
            or address == IPv4Address("255.255.255.255")
            or (isinstance(address, IPv4Address) and address in IPv4Network("0.0.0.0/8"))
        )


def allow_list(
    networks: tuple[str, ...],
    ports: frozenset[int],
    *,
    insecure_dev: bool = False,
    own: frozenset[tuple[str, int]] = frozenset(),
) -> AllowList:
    """Read an allow-list. Raises DefinitionRefused (SEC-211) for a text that is no network."""
    try:
        read = tuple(ipaddress.ip_network(text) for text in networks)
    except ValueError:
        raise DefinitionRefused(
            Fault("SEC-211", "a partner's network cannot be read", fix="write networks such as 192.0.2.0/24")
        ) from None
    return AllowList(read, ports, loopback=insecure_dev, own=own)


def _denied(message: str) -> NotPermitted:
    return NotPermitted(
        Fault("SEC-210", message, fix="put the partner's network and port into its entry, if it is one")
    )
