"""What one client, one request and one file may ask for."""

from __future__ import annotations

from dataclasses import dataclass

# Characters of a sentence; part of the API's schema.
CHARACTERS = 1000
# Candidates of a ranking, and characters of one and of the query.
CANDIDATES, CANDIDATE = 100, 2000
# Steps along a path, and samples of a method that draws.
STEPS, SAMPLES = 50, 500


@dataclass(frozen=True)
class Limits:
    """Bounds of a server.

    json_bytes, rank_bytes, file_bytes: of a request's body, of one that ranks, of a file; rows: of a file; rate:
    requests that compute, a second and client address, `burst` of them at once; queue: of them waiting for the model,
    `share` of them from one address; in_flight: requests of all kinds at once, `address_in_flight` that compute from
    one address; connections: open ones, idle or not, `address_connections` of them from one address; held_bytes: of all
    bodies together; head_seconds, body_seconds: until they have come in; answer_seconds: until the answer is there;
    whole_seconds: from a request's head to the last byte of its answer; grace_seconds: until whoever waits is refused,
    once the server is told to end; files: judged side by side, one of an address.
    """

    json_bytes: int = 16 << 10
    rank_bytes: int = 1 << 20
    file_bytes: int = 1 << 20
    rows: int = 1000
    rate: float = 20.0
    burst: int = 40
    queue: int = 32
    share: int = 8
    in_flight: int = 512
    address_in_flight: int = 128
    connections: int = 4096
    address_connections: int = 1024
    held_bytes: int = 16 << 20
    head_seconds: float = 10.0
    body_seconds: float = 10.0
    answer_seconds: float = 30.0
    whole_seconds: float = 120.0
    grace_seconds: float = 10.0
    files: int = 8
