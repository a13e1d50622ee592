"""Giving memory back to the system that a large message had needed."""

import contextlib
import ctypes


def give_back() -> None:
    """The allocator keeps what threads have freed; glibc can be asked for it. Elsewhere it stays as it is."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
