"""The staff's pages."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the blueprints of this room."""
