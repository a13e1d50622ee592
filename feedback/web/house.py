"""The house of the request being answered."""

from flask import current_app

from feedback.config import Settings
from feedback.db import Database


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def settings() -> Settings:
    return database().settings
