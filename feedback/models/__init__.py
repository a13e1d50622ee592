"""The nouns. Importing this package loads them all, so that relationships between modules resolve."""

from feedback.models.answer import Answer, Rating
from feedback.models.case import Attachment, Case, CaseItem, Channel, Kind, Opinion, ReplyBy, State
from feedback.models.event import Action, Actor, Event
from feedback.models.identity import Identity, KeyMark
from feedback.models.limit import Counter, SpentToken
from feedback.models.mail import Filing, FilingState, MailFinding, Outgoing, OutgoingState, RawMessage
from feedback.models.notice import GENERAL, Item, Measure, Notice, Section
from feedback.models.staff import Role, Staff, StaffSession, Unit

__all__ = [
    "GENERAL",
    "Action",
    "Actor",
    "Answer",
    "Attachment",
    "Case",
    "CaseItem",
    "Channel",
    "Counter",
    "Event",
    "Filing",
    "FilingState",
    "Identity",
    "Item",
    "KeyMark",
    "Kind",
    "MailFinding",
    "Measure",
    "Notice",
    "Opinion",
    "Outgoing",
    "OutgoingState",
    "Rating",
    "RawMessage",
    "ReplyBy",
    "Role",
    "Section",
    "SpentToken",
    "Staff",
    "StaffSession",
    "State",
    "Unit",
]
