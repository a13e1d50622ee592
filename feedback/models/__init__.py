"""The nouns. Importing this package loads them all, so that relationships between modules resolve."""

from feedback.models.answer import Answer, FirstAnswer, Rating
from feedback.models.assignment import Assignment, Ending, Extension
from feedback.models.case import (
    REFINEMENTS,
    Attachment,
    Case,
    CaseItem,
    Channel,
    Flag,
    Kind,
    Opinion,
    RefinedKind,
    ReplyBy,
    Shelf,
    State,
)
from feedback.models.clock import CaseClock, HolidayTable, MovedLimit
from feedback.models.correction import Correction, Relocation
from feedback.models.desk import BulkAct, BulkCase, BulkKind, Presence, SavedView
from feedback.models.event import Action, Actor, Event, EventSeal
from feedback.models.identity import Identity, KeyMark
from feedback.models.limit import Counter, SpentToken
from feedback.models.mail import (
    BouncedAddress,
    Examination,
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
from feedback.models.upload import LedgerFault, LedgerUpload, UploadState

__all__ = [
    "GENERAL",
    "REFINEMENTS",
    "Action",
    "Actor",
    "Answer",
    "Assignment",
    "Attachment",
    "BouncedAddress",
    "BulkAct",
    "BulkCase",
    "BulkKind",
    "Case",
    "CaseClock",
    "CaseItem",
    "Channel",
    "Correction",
    "Counter",
    "Ending",
    "Event",
    "EventSeal",
    "Examination",
    "Extension",
    "Fact",
    "FileScan",
    "Filing",
    "FilingState",
    "FirstAnswer",
    "Flag",
    "HeldFile",
    "HeldMail",
    "HolidayTable",
    "Identity",
    "Item",
    "KeyMark",
    "Kind",
    "LearnedPath",
    "LedgerFault",
    "LedgerUpload",
    "MailFinding",
    "Measure",
    "MovedLimit",
    "Notice",
    "Opinion",
    "Outgoing",
    "OutgoingKind",
    "OutgoingState",
    "PathProbe",
    "PathSample",
    "Presence",
    "Rating",
    "RawMessage",
    "RefinedKind",
    "Relocation",
    "ReplyBy",
    "Role",
    "SavedView",
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
    "UploadState",
]
