"""The opinion form as it lies before the person: the notice's items, what was typed, the files, what is wrong."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from feedback.identity import Author
from feedback.models import Channel, Item, Kind, Notice
from feedback.submissions import StoredFile, Submission
from feedback.vault import Vault
from feedback.web import challenge, clock, edition, enclosures
from feedback.web.challenge import FormToken
from feedback.web.edition import Edition
from feedback.web.enclosures import Enclosures
from feedback.web.forms import OpinionForm
from feedback.web.house import settings

CARRIED = ("item", "kind", "subject", "body", "name", "phone", "email", "address", "reply_by")


@dataclass
class Sheet:
    edition: Edition
    form: OpinionForm
    enclosed: Enclosures
    # That of the form which was posted; empty where it has none, or none that is still good.
    held: str = ""
    # A sentence above the form that is no single field's fault.
    advice: str = ""

    @functools.cached_property
    def token(self) -> str:
        """What the form is shown with: made anew where it holds none."""
        return self.held or challenge.new_token(settings(), clock.now())

    @property
    def notice(self) -> Notice:
        return self.edition.notice

    @property
    def item(self) -> Item | None:
        return self.edition.items.get(self.form.item.data)

    @property
    def kind(self) -> Kind | None:
        return Kind(self.form.kind.data) if self.form.kind.data in set(Kind) else None

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(id of the field, sentence), in the order of the page."""
        order = ["item", "kind", "subject", "body", "attachments", *CARRIED[4:], "consent"]
        said = {name: list(map(str, sentences)) for name, sentences in self.form.errors.items()}
        said["attachments"] = list(self.enclosed.errors)
        return [(name, sentence) for name in order for sentence in said.get(name, [])]

    def check(self) -> bool:
        in_order = self.form.check(self.edition.items, has_files=bool(self.enclosed.files))
        return in_order and not self.enclosed.errors

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Everything as hidden fields."""
        fields = [(name, self.form[name].data or "") for name in CARRIED]
        fields += [("consent", "yes")] if self.form.consent.data else []
        fields += [("staged", ticket) for ticket in self.enclosed.tickets]
        return [*fields, ("form_token", self.token)]

    def submission(self, files: tuple[StoredFile, ...], *, fingerprint: bytes | None, now: datetime) -> Submission:
        form = self.form
        return Submission(
            channel=Channel.WEB,
            item=form.item.data,
            kind=Kind(form.kind.data),
            subject=form.subject.data,
            text=form.body.data,
            author=Author(form.name.data, form.phone.data, form.email.data, form.address.data),
            reply_by=form.way,
            attachments=files,
            received_at=now,
            fingerprint=fingerprint,
        )

    def fingerprint(self, vault: Vault, token: FormToken) -> bytes:
        """What makes two posts of one form the same opinion: the form, and every word and file in it."""
        words: Sequence[str] = [self.form[name].data or "" for name in CARRIED]
        whole = json.dumps([token.key, words, [file.sha256 for file in self.enclosed.files]])
        return vault.digest("form", whole)


def blank(item: str, token: str) -> Sheet:
    """Not filled in; with the item of the link that was followed."""
    form = OpinionForm(formdata=None, item=item, reply_by="track")
    return Sheet(edition.current(), form, enclosures.NONE, token)


def posted(enclosed: Enclosures, now: datetime) -> Sheet:
    """As it came back, with the token that it was shown with, or a new one where that has expired."""
    held = request.form.get("form_token", "")
    return Sheet(edition.current(), OpinionForm(), enclosed, held if challenge.token(settings(), now) else "")
