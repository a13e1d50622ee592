"""Where a connection comes from."""

import ipaddress

# What one household or machine has of IPv6: it takes another address out of it as often as it likes.
PREFIX_OF_ONE_HOLDER = 64


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet: only of such can DNS say for whom they send."""
    try:
        return ipaddress.ip_address(address.removeprefix("IPv6:")).is_global
    except ValueError:
        return False


def network_of(address: str) -> str:
    """What stands for one holder: an IPv4 address, the /64 of an IPv6 one, and what is no address as it is."""
    try:
        found = ipaddress.ip_address(address.removeprefix("IPv6:"))
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), PREFIX_OF_ONE_HOLDER), strict=False))
