"""The address that a server listens on, and the names and proxies that it knows; light, so that errors come at once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from yiju.base.errors import YijuError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address. port: 0 for any that is free. Raises YijuError where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise YijuError(f"{host} port {port}: {error.strerror}; choose others with --host and --port") from None
    except UnicodeError:
        # A part of it is empty, or longer than the 63 characters that a name may have between two points.
        raise YijuError(f"{host}: no name of a machine can look like this; give another one with --host") from None
    return bound


def is_loopback(bound: socket.socket) -> bool:
    return ipaddress.ip_address(bound.getsockname()[0]).is_loopback


def networks(proxies: Collection[str]) -> list[Network]:
    """Addresses and networks of proxies. Raises YijuError for anything else."""
    try:
        return [ipaddress.ip_network(one) for one in proxies]
    except ValueError as error:
        raise YijuError(f"--proxy: {error}; give the address of the proxy, or its network as 10.0.0.0/8") from None


def own_names(bound: socket.socket, names: Collection[str]) -> tuple[str, ...]:
    """Host names that a server answers to: localhost, the machine's name where others reach it, and those given."""
    machine = () if is_loopback(bound) else (socket.gethostname(), socket.getfqdn())
    return tuple(dict.fromkeys(map(str.lower, ("localhost", *machine, *names))))
