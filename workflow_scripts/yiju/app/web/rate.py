"""How often an address may ask."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from starlette.requests import Request

from yiju.app.web.listening import Network

# Addresses that are remembered; the longest unseen is forgotten, which costs it nothing but a full bucket.
ADDRESSES = 4096
# An IPv6 client owns a whole network of so many bits.
NETWORK = 64


@dataclass
class Buckets:
    """A token bucket for each address: `burst` requests at once, and `rate` a second from then on."""

    rate: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, address: str) -> float:
        """Take a request out of the bucket of an address (see `owner`).

        Returns 0, or the seconds until there will be one.
        """
        now = self.clock()
        left, since = self._left.pop(address, (float(self.burst), now))
        left = min(float(self.burst), left + (now - since) * self.rate)
        granted = left >= 1
        self._left[address] = (left - granted, now)
        if len(self._left) > ADDRESSES:
            self._left.popitem(last=False)
        return 0.0 if granted else (1 - left) / self.rate


def within(address: str, networks: Collection[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in one for one in networks)


def owner(address: str) -> str:
    """Who is counted as one: an IPv4 address, or an IPv6 network."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, NETWORK), strict=False))


def address_of(request: Request) -> str:
    """Who sends a request, as `owner` counts."""
    return owner(request.client.host if request.client else "")
