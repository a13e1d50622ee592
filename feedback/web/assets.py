"""Styles, scripts and pictures: under an address that changes with their content, so that browsers may keep them."""

import functools
import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

FOREVER = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    @functools.cache
    def mark(filename: str) -> str:
        return hashlib.sha256((folder / filename).read_bytes()).hexdigest()[:12]

    @app.url_defaults
    def add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (folder / values["filename"]).is_file():
            values.setdefault("v", mark(values["filename"]))

    @app.after_request
    def keep(response: Response) -> Response:
        """Only what was asked for by the mark that it has: an old address must not be kept with a new content."""
        if request.endpoint == "static" and response.status_code in (200, 304):
            asked = request.args.get("v")
            if asked and asked == mark((request.view_args or {})["filename"]):
                response.headers["Cache-Control"] = FOREVER
        return response
