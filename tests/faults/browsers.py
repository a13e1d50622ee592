"""A browser without JavaScript over a real connection: cookies, forms, and what the page says."""

import contextlib
import http.client
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie

from werkzeug.test import encode_multipart

PATIENCE = 90.0


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    leads_to: str


NO_ANSWER = Page(0, "", "")


class Browser:
    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def get(self, address: str) -> Page:
        return self._ask("GET", address, b"", {})

    def post(self, address: str, fields: dict[str, object]) -> Page:
        boundary, body = encode_multipart(fields)
        return self._ask("POST", address, body, {"Content-Type": f'multipart/form-data; boundary="{boundary}"'})

    def sign_in(self, username: str, password: str) -> Page:
        csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/staff/login").text)
        assert csrf, "no sign-in form"
        return self.post("/staff/login", {"csrf_token": csrf[1], "username": username, "password": password})

    def _ask(self, method: str, address: str, body: bytes, headers: dict[str, str]) -> Page:
        """NO_ANSWER where the connection is refused or breaks off."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        said = headers | {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        try:
            with contextlib.closing(line):
                line.request(method, address, body, said)
                given = line.getresponse()
                page = Page(given.status, given.read().decode(errors="replace"), given.headers.get("Location", ""))
        except (OSError, http.client.HTTPException):
            return NO_ANSWER
        for cookie in given.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: crumb.value for name, crumb in SimpleCookie(cookie).items()}
        return page
