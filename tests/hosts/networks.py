"""Hosts of their own on one machine: network namespaces that hang on a bridge, each by a cable that can be pulled."""

import contextlib
import functools
import os
import random
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a host stands: its address, what is put before its commands, and the plug of its cable, if it has one."""

    address: str
    prefix: Sequence[str] = ()
    plug: str = ""

    def pull(self) -> None:
        _ip("link", "set", self.plug, "down")

    def plug_in(self) -> None:
        _ip("link", "set", self.plug, "up")


@dataclass(frozen=True)
class Network:
    """`address` is where what the hosts share can be reached by all of them."""

    address: str
    places: Sequence[Place]


LOOPBACK = "127.0.0.1"


def same_machine(count: int) -> Network:
    return Network(LOOPBACK, [Place(LOOPBACK)] * count)


@functools.cache
def may_be_made() -> bool:
    """Whether this user and this machine allow it."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    try:
        with bridged(1) as network:
            place = network.places[0]
            return subprocess.run([*place.prefix, "true"], capture_output=True, check=False).returncode == 0
    except subprocess.CalledProcessError:
        return False


@contextlib.contextmanager
def bridged(count: int) -> Iterator[Network]:
    name, subnet = f"hy{secrets.token_hex(3)}", f"10.254.{random.randrange(1, 255)}"
    places = []
    with contextlib.ExitStack() as made:
        _ip("link", "add", name, "type", "bridge")
        made.callback(_ip, "link", "del", name)
        _ip("addr", "add", f"{subnet}.1/24", "dev", name)
        _ip("link", "set", name, "up")
        for number in range(count):
            place = Place(f"{subnet}.{number + 2}", ("ip", "netns", "exec", f"{name}n{number}"), f"{name}v{number}")
            _ip("netns", "add", f"{name}n{number}")
            made.callback(_ip, "netns", "del", f"{name}n{number}")
            _connect(name, place, f"{name}n{number}")
            places.append(place)
        yield Network(f"{subnet}.1", places)


def _connect(bridge: str, place: Place, namespace: str) -> None:
    _ip("link", "add", place.plug, "type", "veth", "peer", "name", "eth0", "netns", namespace)
    _ip("link", "set", place.plug, "master", bridge, "up")
    _ip("-n", namespace, "addr", "add", f"{place.address}/24", "dev", "eth0")
    for device in ("lo", "eth0"):
        _ip("-n", namespace, "link", "set", device, "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
