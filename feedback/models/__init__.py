"""The nouns. Importing this package loads them all, so that relationships between modules resolve."""

from feedback.models.answer import Answer, FirstAnswer, Rating
from feedback.models.case import Attachment, Case, CaseItem, Channel, Kind, Opinion, ReplyBy, Shelf, State
from feedback.models.correction import Correction, Relocation
from feedback.models.event import Action, Actor, Event, EventSeal
from feedback.models.identity import Identity, KeyMark
from feedback.models.limit import Counter, SpentToken
from feedback.models.mail import (
    BouncedAddress,
    Fact,
    Filing,
    FilingState,
    HeldFile,
    HeldMail,
    MailFinding,
    Outgoing,
    OutgoingKind,
    OutgoingState,
    RawMessage,
    Understanding,
)
from feedback.models.notice import GENERAL, Item, Measure, Notice, Section
from feedback.models.path import LearnedPath, PathProbe, PathSample
from feedback.models.scan import FileScan, ScanResult
from feedback.models.search import SearchBacklog, SearchEntry, Source
from feedback.models.staff import Role, Staff, StaffSession, Unit

__all__ = [
    "GENERAL",
    "Action",
    "Actor",
    "Answer",
    "Attachment",
    "BouncedAddress",
    "Case",
    "CaseItem",
    "Channel",
    "Correction",
    "Counter",
    "Event",
    "EventSeal",
    "Fact",
    "FileScan",
    "Filing",
    "FilingState",
    "FirstAnswer",
    "HeldFile",
    "HeldMail",
    "Identity",
    "Item",
    "KeyMark",
    "Kind",
    "LearnedPath",
    "MailFinding",
    "Measure",
    "Notice",
    "Opinion",
    "Outgoing",
    "OutgoingKind",
    "OutgoingState",
    "PathProbe",
    "PathSample",
    "Rating",
    "RawMessage",
    "Relocation",
    "ReplyBy",
    "Role",
    "ScanResult",
    "SearchBacklog",
    "SearchEntry",
    "Section",
    "Shelf",
    "Source",
    "SpentToken",
    "Staff",
    "StaffSession",
    "State",
    "Understanding",
    "Unit",
]
