"""People who write while things break: they try again until they are told that it is kept, as mail servers do."""

import contextlib
import http.client
import random
import re
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from werkzeug.test import encode_multipart

from tests.faults.books import Book, Sent
from tests.faults.houses import House
from tests.mail_ingest.doors import INTAKE
from tests.web import forms

SMALL = b""
LARGE = b"%PDF-1.4\n" + bytes(range(32, 127)) * 13_000  # 1.2 MB
PAPER = b"%PDF-1.4\n" + b"a scan " * 5_000
# One in so many is not sent again where no answer came: nobody may say then whether it is stored.
GIVES_UP = 10


def mail(one: Sent) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"] = "王先生 <wang@example.com>"
    made["To"] = INTAKE
    made["Subject"] = one.token
    made["Message-ID"] = f"<{one.token}@example.com>"
    made["Date"] = "Mon, 02 Mar 2026 17:30:00 +0800"
    made.set_content(one.text)
    if one.file:
        made.add_attachment(one.file, maintype="application", subtype="pdf", filename="scan.pdf")
    return made.as_bytes()


class Sender(threading.Thread):
    """Sends one after the other until it is told to stop; `answers` counts what it was told, 0 for nothing."""

    channel = ""

    def __init__(self, house: House, book: Book, file: bytes = b"", pause: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.answers: Counter[int] = Counter()
        self.slowest = 0.0
        self._house, self._book, self._file, self._pause = house, book, file, pause
        self._stop_it = threading.Event()
        self._chance = random.Random(f"{self.channel} {len(file)}")

    def run(self) -> None:
        while not self._stop_it.is_set():
            self._deliver(self._book.new(self.channel, self._file))
            self._stop_it.wait(self._pause)
        self._hang_up()

    def finish(self) -> None:
        self._stop_it.set()

    def _deliver(self, one: Sent) -> None:
        self._prepare(one)
        while True:
            began = time.monotonic()
            told = self._try(one)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.answers[told] += 1
            if one.is_acknowledged:
                return
            gives_up = told == 0 and self._chance.randrange(GIVES_UP) == 0
            if gives_up or self._stop_it.wait(0.3):
                return

    def _prepare(self, one: Sent) -> None:
        """What has to be done once, before the first try."""

    def _try(self, one: Sent) -> int:
        raise NotImplementedError

    def _hang_up(self) -> None:
        raise NotImplementedError


class MailSender(Sender):
    """Several messages over one connection; a new one where that is broken."""

    channel = "mail"
    _client: smtplib.SMTP | None = None

    def _try(self, one: Sent) -> int:
        try:
            if self._client is None:
                self._client = smtplib.SMTP("127.0.0.1", self._house.smtp, "client.example.com", timeout=90)
            self._client.sendmail("wang@example.com", [INTAKE], mail(one))
        except smtplib.SMTPResponseException as refused:
            self._hang_up()
            return refused.smtp_code
        except (OSError, smtplib.SMTPException):
            self._hang_up()
            return 0
        one.is_acknowledged = True
        return 250

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class FormSender(Sender):
    """A browser without JavaScript: takes the form, sends it, is led to the receipt and reads the code there."""

    channel = "form"

    def _prepare(self, one: Sent) -> None:
        self._cookie, self._fields = "", {}

    def _try(self, one: Sent) -> int:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if not self._fields:
                status, page, _to = self._ask("GET", "/opinions/new")
                if status != 200:
                    return status
                self._fields = {name: values[0] for name, values in forms.hidden(page).items()}
            status, page, to = self._ask("POST", "/opinions/new", self._filled_in(one))
            if status == 303:
                # This is the promise already; the code is on the page that it leads to.
                one.is_acknowledged = True
                self._read_receipt(one, to)
            return status
        return 0

    def _read_receipt(self, one: Sent, address: str) -> None:
        for _again in range(5):
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, page, _to = self._ask("GET", address)
                if status == 200:
                    one.code = forms.code(page)
                    return
            time.sleep(0.5)

    def _filled_in(self, one: Sent) -> dict[str, object]:
        fields = forms.opinion(**self._fields, subject=one.token, body=one.text)
        if one.file:
            fields["attachments"] = forms.file(one.file, "scan.pdf")
        return fields

    def _ask(self, method: str, address: str, fields: dict[str, object] | None = None) -> tuple[int, str, str]:
        """Status, page, and where it leads to."""
        headers = {"Cookie": self._cookie} if self._cookie else {}
        body = None
        if fields is not None:
            boundary, body = encode_multipart(fields)
            headers["Content-Type"] = f'multipart/form-data; boundary="{boundary}"'
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._house.web, timeout=90)) as line:
            line.request(method, address, body, headers)
            given = line.getresponse()
            page = given.read().decode()
        for cookie in given.headers.get_all("Set-Cookie") or []:
            if found := re.match(r"huiyin=[^;]+", cookie):
                self._cookie = found[0]
        return given.status, page, given.headers.get("Location", "")

    def _hang_up(self) -> None:
        pass


def crowd(house: House, book: Book) -> list[Sender]:
    """Small mails, one large, forms with and without a file: as much of each as the machine bears."""
    return [
        *(MailSender(house, book, pause=0.02) for _one in range(3)),
        MailSender(house, book, LARGE, pause=0.2),
        FormSender(house, book, pause=0.02),
        FormSender(house, book, PAPER, pause=0.05),
    ]


@contextlib.contextmanager
def writing(senders: Sequence[Sender]) -> Iterator[None]:
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.finish()
        for sender in senders:
            sender.join(150)
    assert not any(sender.is_alive() for sender in senders), "a sender is still waiting for its answer"
