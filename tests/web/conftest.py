"""The web app of a fresh house, and a client with its own cookies."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.config import Settings
from feedback.web import create_app


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)  # not TESTING: errors become pages, as for real visitors
    yield made
    made.extensions["database"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
