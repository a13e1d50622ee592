"""People who write while things break: they try again until they are told that it is kept, as mail servers do."""

import contextlib
import random
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP

from tests.faults.books import Book, Sent
from tests.faults.browsers import PATIENCE, Browser
from tests.faults.houses import House, wait_until
from tests.mail_ingest.doors import INTAKE
from tests.web import forms

SMALL = b""
LARGE = b"%PDF-1.4\n" + bytes(range(32, 127)) * 13_000  # 1.2 MB
PAPER = b"%PDF-1.4\n" + b"a scan " * 5_000
# One in so many is not sent again where no answer came: nobody may say then whether it is stored.
GIVES_UP = 10
# Mail servers begin a new connection now and then; the listener ends one that goes on for ever.
MOST_ON_A_CONNECTION = 100


def mail(one: Sent) -> bytes:
    made = EmailMessage(policy=SMTP)
    # Each from its own writer, for nobody gets more than one acknowledgement a day.
    made["From"] = f"王先生 <{one.token}@example.com>"
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
            self._deliver_somehow(self.begin())
            self._stop_it.wait(self._pause)
        self._hang_up()

    def finish(self) -> None:
        self._stop_it.set()

    def begin(self) -> Sent:
        """A new opinion, not sent yet."""
        return self._book.new(self.channel, self._file)

    def deliver(self, one: Sent) -> int:
        """Try once; returns the status that was told, 0 for no answer."""
        began = time.monotonic()
        told = self._try(one)
        if not self.is_alive():
            self._hang_up()
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[told] += 1
        return told

    def deliver_new(self) -> int:
        return self.deliver(self.begin())

    def _deliver_somehow(self, one: Sent) -> None:
        while True:
            told = self.deliver(one)
            gives_up = told == 0 and self._chance.randrange(GIVES_UP) == 0
            if one.is_acknowledged or gives_up or self._stop_it.wait(0.3):
                return

    def _try(self, one: Sent) -> int:
        raise NotImplementedError

    def _hang_up(self) -> None:
        """Close what is open."""


class MailSender(Sender):
    """As a thread it sends several messages over one connection, until that is broken."""

    channel = "mail"
    _client: smtplib.SMTP | None = None
    _sent = 0

    def _try(self, one: Sent) -> int:
        try:
            if self._client is None:
                self._client = smtplib.SMTP("127.0.0.1", self._house.smtp, "client.example.com", timeout=PATIENCE)
            self._client.sendmail("wang@example.com", [INTAKE], mail(one))
        except smtplib.SMTPResponseException as refused:
            self._hang_up()
            return refused.smtp_code
        except (OSError, smtplib.SMTPException):
            self._hang_up()
            return 0
        one.is_acknowledged = True
        self._sent += 1
        if self._sent % MOST_ON_A_CONNECTION == 0:
            self._hang_up()
        return 250

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


class FormSender(Sender):
    """Takes the form, sends it, is led to the receipt and reads the code there. Sent again, it is the same form."""

    channel = "form"

    def __init__(self, house: House, book: Book, file: bytes = b"", pause: float = 0.0) -> None:
        super().__init__(house, book, file, pause)
        self.page = ""
        self._forms: dict[str, tuple[Browser, dict[str, str]]] = {}

    def begin(self) -> Sent:
        """With the form open, if it can be had."""
        one = super().begin()
        self._open(one)
        return one

    def _open(self, one: Sent) -> int:
        browser = Browser(self._house.web)
        page = browser.get("/opinions/new")
        if page.status == 200:
            self._forms[one.token] = browser, {name: first for name, [first] in forms.hidden(page.text).items()}
        return page.status

    def _try(self, one: Sent) -> int:
        if one.token not in self._forms and (status := self._open(one)) != 200:
            return status
        browser, hidden = self._forms[one.token]
        fields = forms.opinion(**hidden, subject=one.token, body=one.text)
        if one.file:
            fields["attachments"] = forms.file(one.file, "scan.pdf")
        answered = browser.post("/opinions/new", fields)
        self.page = answered.text
        if answered.status == 303:
            # This is the promise already; the code is on the page that it leads to.
            one.is_acknowledged = True
            one.code = self._receipt(browser, answered.leads_to)
        return answered.status

    def _receipt(self, browser: Browser, address: str) -> str:
        """The code, or nothing where the page could not be had."""
        for _again in range(5):
            page = browser.get(address)
            if page.status == 200:
                return forms.code(page.text)
            time.sleep(0.5)
        return ""


def crowd(house: House, book: Book) -> list[Sender]:
    """Small mails, one large, forms with and without a file: as much of each as the machine bears."""
    return [
        *(MailSender(house, book, pause=0.1) for _one in range(3)),
        MailSender(house, book, LARGE, pause=0.5),
        FormSender(house, book, pause=0.1),
        FormSender(house, book, PAPER, pause=0.2),
    ]


def wait_for_acknowledged(book: Book, count: int) -> None:
    """Until so many more are."""
    before = len(book.acknowledged)
    wait_until(lambda: len(book.acknowledged) >= before + count, what="work")


def wait_for_each_channel(book: Book) -> None:
    """Until some more of each is: on a busy machine, too, it is work that is broken off."""
    before = book.by_channel()
    wait_until(lambda: all(book.by_channel()[name] >= before[name] + 2 for name in ("mail", "form")), what="work")


@contextlib.contextmanager
def writing(senders: Sequence[Sender]) -> Iterator[None]:
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.finish()
    wait_until(lambda: not any(sender.is_alive() for sender in senders), what="the last answer to each sender")
