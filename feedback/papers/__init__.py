"""Papers to the writers: templates, drafts, reviews with proof passes, signature, sending."""

from feedback.papers.chain import MOST_REVIEWS, last_right, names_of_stages
from feedback.papers.checking import Checked, checked, settle
from feedback.papers.comparing import Change, Kind, changes
from feedback.papers.declining import Grounds, propose_decline, recall, taken_up
from feedback.papers.drafting import begin, drop, find, of_case, save, submit
from feedback.papers.filling import PLACES, days_from, fill
from feedback.papers.once import told_at
from feedback.papers.reading import Desk, Laid, desk, formal, laid_out, on_sheet, sent, whole
from feedback.papers.reviewing import can_review, pass_on, require_reviewer, send_back
from feedback.papers.sending import answer_shortly, send
from feedback.papers.signing import number as number_of
from feedback.papers.templates import Template, save_template, template, templates

__all__ = [
    "MOST_REVIEWS",
    "PLACES",
    "Change",
    "Checked",
    "Desk",
    "Grounds",
    "Kind",
    "Laid",
    "Template",
    "answer_shortly",
    "begin",
    "can_review",
    "changes",
    "checked",
    "days_from",
    "desk",
    "drop",
    "fill",
    "find",
    "formal",
    "laid_out",
    "last_right",
    "names_of_stages",
    "number_of",
    "of_case",
    "on_sheet",
    "pass_on",
    "propose_decline",
    "recall",
    "require_reviewer",
    "save",
    "save_template",
    "send",
    "send_back",
    "sent",
    "settle",
    "submit",
    "taken_up",
    "template",
    "templates",
    "told_at",
    "whole",
]
