"""The `feedback` command, as in tests/commands."""

from tests.commands.conftest import command

__all__ = ["command"]
