"""Ports for servers that tests start."""

import random
import socket
from contextlib import ExitStack

# Below those that systems give to whoever connects, so that nobody takes one before its server listens.
PORTS = range(10_000, 16_000)


def free_ports(count):
    """So many ports of this machine that nobody listens on."""
    with ExitStack() as probes:
        found = []
        while len(found) < count:
            port = random.SystemRandom().choice(PORTS)
            try:
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        return found
