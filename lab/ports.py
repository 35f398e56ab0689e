"""Free ports of loopback, so that several labs run side by side."""

import random
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice

from store.errors import LabError

# Below the ports that Linux hands out by itself (net.ipv4.ip_local_port_range begins at 32768).
RTP_PORTS = range(10000, 32000)
# Each call leg takes two: RTP and RTCP.
RTP_WIDTH = 400


def free_ports(kind: socket.SocketKind, count: int) -> list[int]:
    """Ports that nobody uses now, all different: ask right before use."""
    with ExitStack() as probes:
        taken = [probes.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(count)]
        for probe in taken:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in taken]


def free_rtp_ports(count: int) -> list[tuple[int, int]]:
    """First and last of ranges of UDP ports that nobody uses now; two hundred call legs fit in each."""
    starts = range(RTP_PORTS.start, RTP_PORTS.stop - RTP_WIDTH, RTP_WIDTH)
    ranges = (range(first, first + RTP_WIDTH) for first in random.sample(starts, len(starts)))
    found = [(ports[0], ports[-1]) for ports in islice(filter(_all_free, ranges), count)]
    if len(found) < count:
        raise LabError(f"no {RTP_WIDTH} free UDP ports in a row", mend="stop other labs on this machine")
    return found


def _all_free(ports: Iterable[int]) -> bool:
    with ExitStack() as probes:
        try:
            for port in ports:
                probe = probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
