"""The rows of a house with any number of opinions, as they would stand after two years of work."""

import hashlib
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from bench.wording import Wording, zipf
from feedback import clocks, submissions, timekeeping
from feedback.clocks import Clock
from feedback.models import Action, Channel, Kind, State
from feedback.vault import Vault

Row = tuple[Any, ...]
CASES_IN_A_BATCH = 5_000
DAYS = 730
SUPPLEMENTED, MERGED, SPAM, WITH_FILES, REPEATED, IMPORTED = 0.03, 0.03, 0.04, 0.1, 0.01, 0.02
PEOPLE = 200
MEMORY = 4_000

COLUMNS: Mapping[str, str] = {
    "identity": "id sealed given phone_digest email_digest",
    "raw_message": "id received_at envelope size content_digest sealed",
    "case": "id receipt_digest channel state kind item_id unit_id clerk_id received_at year due_on merged_into_id "
    "is_spam spam_signals version refinement is_urgent is_sealed is_supervised struck_off_on",
    "opinion": "id case_id sequence channel received_at item_id kind subject text reply_by identity_id "
    "recorded_by_id raw_message_id fingerprint sealed_message_id message_digest text_digest imported_id",
    "filing": "raw_message_id state opinion_id tries tried_at reason",
    "understanding": "opinion_id grounds facts defects doubt sealed",
    "attachment": "id opinion_id position filename content_type size sha256 is_inline added_at",
    "case_item": "case_id item_id received_at",
    "assignment": "case_id unit_id is_lead received_at assigned_at reason",
    "case_clock": "case_id clock started_on pauses extension due_on stopped_on",
    "event": "case_id at actor staff_id action before after note",
    "answer": "case_id text given_by_id given_at summary published_at",
    "first_answer": "case_id answered_on days is_late",
    "rating": "case_id score is_solved remark rated_at",
    "outgoing": "case_id identity_id kind message_id token_digest subject sealed_text created_at state tries sent_at "
    "reason",
}


@dataclass(frozen=True)
class House:
    """What stands already: keys of items, units and clerks, files, the vault, and the last day of the two years."""

    items: Sequence[int]
    units: Sequence[int]
    clerks: Sequence[int]
    # sha256 and size of files that lie in the store.
    files: Sequence[tuple[str, int]]
    vault: Vault
    today: date


@dataclass
class _Case:
    """What the rows of one case share."""

    id: int
    number: str
    at: datetime
    channel: Channel
    kind: Kind
    item: int
    state: State
    unit: int | None
    clerk: int | None
    age: float


def batches(house: House, opinions: int, chance: random.Random) -> Iterator[dict[str, list[Row]]]:
    """Rows by table in the order of COLUMNS, some thousand cases at a time, until there are so many opinions."""
    stock = _Stock(house, opinions, chance)
    while stock.opinions < opinions:
        yield stock.batch()


def _instant(at: datetime) -> str:
    """As SQLite keeps it and as PostgreSQL reads it where its session is in UTC."""
    return at.isoformat(" ", "microseconds")[:26]


@lru_cache(maxsize=DAYS * 2)
def _due(received_on: date) -> date:
    return timekeeping.first_due(received_on, clocks.bundled())


@lru_cache(maxsize=DAYS * 4)
def _settled(clock: Clock, started_on: date) -> date:
    due_on = clocks.run(clock.rule, started_on, clocks.bundled()).due_on
    assert due_on is not None
    return due_on


def _digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


class _Stock:
    def __init__(self, house: House, total: int, chance: random.Random) -> None:
        self._house, self._total, self._chance = house, total, chance
        self._words = Wording(chance)
        self._repeated = [(text, submissions.text_digest(text)) for text in self._texts(5)]
        self._answers = self._texts(500)
        self._tokens = _tokens(house.vault, self._words)
        self._items = zipf(len(house.items), 0.8)
        self._units = zipf(len(house.units), 0.8)
        self._people = zipf(PEOPLE, 1.0)
        self._leading: list[int] = []
        self._end = datetime(house.today.year, house.today.month, house.today.day, tzinfo=UTC)
        self._rows: dict[str, list[Row]] = {}
        self.cases = self.opinions = self._identities = self._raws = self._files = 0

    def batch(self) -> dict[str, list[Row]]:
        self._rows = defaultdict(list)
        for _number in range(CASES_IN_A_BATCH):
            if self.opinions == self._total:
                break
            self._add_case()
        return {table: self._rows[table] for table in COLUMNS}

    def _add_case(self) -> None:
        case = self._case()
        writer = self._opinion(case, 1, case.at)
        self._events(case, Action.RECEIVED, case.at)
        if self.opinions < self._total and self._chance.random() < SUPPLEMENTED:
            later = case.at + timedelta(hours=self._chance.randint(1, 300))
            self._opinion(case, 2, min(later, self._end))
            self._events(case, Action.SUPPLEMENTED, min(later, self._end))
        if case.state is not State.REGISTERED:
            self._work(case, writer)

    def _case(self) -> _Case:
        """Cases come in the order of their keys, but for those of an older ledger that was imported."""
        chance, house = self._chance, self._house
        self.cases += 1
        share = chance.random() if chance.random() < IMPORTED else self.opinions / self._total
        at = self._end - timedelta(days=DAYS * (1 - share), microseconds=chance.randrange(60_000_000))
        age = DAYS * (1 - share)
        channel = chance.choices(list(Channel), cum_weights=(45, 75, 90, 96, 100))[0]
        kind = chance.choices(list(Kind), cum_weights=(35, 60, 85, 95, 100))[0]
        item = chance.choices(house.items, cum_weights=self._items)[0]
        state = _state(chance, age)
        is_given = state not in (State.REGISTERED, State.DECLINED) or chance.random() < 0.1
        unit = chance.choices(house.units, cum_weights=self._units)[0] if is_given else None
        clerk = chance.choice(house.clerks) if is_given and chance.random() < 0.8 else None
        case = _Case(self.cases, f"{at.year}-{self.cases:06d}", at, channel, kind, item, state, unit, clerk, age)
        self._rows["case"].append(self._case_row(case))
        if chance.random() < 0.05 and (further := chance.choice(house.items)) != item:
            self._rows["case_item"].append((case.id, further, _instant(at)))
        return case

    def _case_row(self, case: _Case) -> Row:
        chance = self._chance
        merged = chance.choice(self._leading) if self._leading and chance.random() < MERGED else None
        if merged is None and chance.random() < 0.1:
            self._leading = [*self._leading[-MEMORY:], case.id]
        is_spam = (case.state is State.REGISTERED and chance.random() < 0.5) or chance.random() < SPAM
        due = self._limit(case)[2].isoformat()
        signals = '[{"name": "links", "weight": 1.5}]' if is_spam else "[]"
        moving = (case.unit, case.clerk, _instant(case.at), case.at.year, due, merged, is_spam, signals, 1)
        refined = "claim" if case.kind is Kind.COMPLAINT and chance.random() < 0.3 else None
        marks = chance.random() < 0.02, chance.random() < 0.005, chance.random() < 0.03
        receipt = _digest("receipt", case.id)
        head = case.id, receipt, case.channel.value, case.state.value, case.kind.value, case.item
        struck_off = (case.at + timedelta(days=min(case.age, 14))).date().isoformat()
        return *head, *moving, refined, *marks, struck_off if case.state is State.FINISHED else None

    def _limit(self, case: _Case) -> tuple[Clock, date, date]:
        """The last one that began, the day it began, and the day it ends."""
        if case.state in (State.REGISTERED, State.DECLINED):
            return Clock.NOTICE, case.at.date(), _due(case.at.date())
        clock = Clock.HANDLING if case.kind in (Kind.COMPLAINT, Kind.REPORT) else Clock.SUGGESTION
        taken_on = (case.at + timedelta(days=min(case.age, 1) * 0.5)).date()
        return clock, taken_on, _settled(clock, taken_on)

    def _parts(self, case: _Case, at: datetime) -> None:
        """The units' parts, and the limits: the notice that was given, and the one for settling the matter."""
        units = [case.unit] if case.unit is not None else []
        if units and self._chance.random() < 0.1:
            units.append(self._chance.choice([unit for unit in self._house.units if unit != case.unit]))
        for unit in units:
            row = case.id, unit, unit == case.unit, _instant(case.at), _instant(at), ""
            self._rows["assignment"].append(row)
        clock, began, due = self._limit(case)
        ended = None if case.state.is_open else at.date().isoformat()
        if clock is not Clock.NOTICE:
            first = case.at.date().isoformat(), "[]", 0, _due(case.at.date()).isoformat(), began.isoformat()
            self._rows["case_clock"].append((case.id, Clock.NOTICE.value, *first))
        self._rows["case_clock"].append((case.id, clock.value, began.isoformat(), "[]", 0, due.isoformat(), ended))

    def _opinion(self, case: _Case, sequence: int, at: datetime) -> int | None:
        self.opinions += 1
        key, chance = self.opinions, self._chance
        writer = self._identity() if chance.random() < 0.85 else None
        is_mail = case.channel is Channel.EMAIL
        raw = self._mail(at, key) if is_mail else None
        text, digest = self._written()
        recorded_by = chance.choice(self._house.clerks) if case.channel.is_recorded else None
        of_mail = (
            (_digest("print", key), self._tokens["message_id"][key % 50], _digest("message", key))
            if is_mail
            else (None, None, None)
        )
        imported = f"L{key:07d}" if chance.random() < IMPORTED else None
        reply_by = chance.choices(("track", "phone", "email", "none"), cum_weights=(50, 75, 95, 100))[0]
        words = (self._words.subject(), text, reply_by, writer, recorded_by, raw)
        head = (key, case.id, sequence, case.channel.value, _instant(at), case.item, case.kind.value)
        self._rows["opinion"].append((*head, *words, *of_mail, digest, imported))
        if chance.random() < WITH_FILES:
            self._attachments(key, at)
        return writer

    def _texts(self, count: int) -> list[str]:
        return [self._words.text() for _number in range(count)]

    def _written(self) -> tuple[str, bytes | None]:
        """The words and their digest; that of words which come once need not be made of their folded form."""
        if self._chance.random() < REPEATED:
            return self._chance.choice(self._repeated)
        text = self._words.text()
        return text, hashlib.sha256(text.encode()).digest()

    def _identity(self) -> int:
        """One in five is somebody who writes again and again."""
        self._identities += 1
        chance, key = self._chance, self._identities
        person = chance.choices(range(PEOPLE), cum_weights=self._people)[0] if chance.random() < 0.2 else PEOPLE + key
        phone, email = _digest("phone", person), _digest("email", person) if person % 3 else None
        given = '["name", "phone", "email"]' if email else '["name", "phone"]'
        self._rows["identity"].append((key, self._tokens["identity"][key % 50], given, phone, email))
        return key

    def _mail(self, at: datetime, opinion: int) -> int:
        self._raws += 1
        key, tokens = self._raws, self._tokens
        raw = tokens["mail"][key % 50]
        self._rows["raw_message"].append(
            (key, _instant(at), tokens["envelope"][key % 50], len(raw) * 3 // 4, _digest("raw", key), raw)
        )
        self._rows["filing"].append((key, "filed", opinion, 1, _instant(at), ""))
        self._rows["understanding"].append((opinion, '["own-sender"]', "[]", "[]", "", tokens["steps"][key % 50]))
        return key

    def _attachments(self, opinion: int, at: datetime) -> None:
        for position in range(1, self._chance.choice((2, 2, 2, 3, 4))):
            self._files += 1
            sha256, size = self._chance.choice(self._house.files)
            self._rows["attachment"].append(
                (
                    self._files,
                    opinion,
                    position,
                    f"照片{position}.jpg",
                    "image/jpeg",
                    size,
                    sha256,
                    False,
                    _instant(at),
                )
            )

    def _events(self, case: _Case, action: Action, at: datetime, after: str | None = None) -> None:
        actor = "resident" if case.channel is Channel.WEB else "system"
        staff, before = None, None
        if action not in (Action.RECEIVED, Action.SUPPLEMENTED):
            actor, staff = "staff", case.clerk or self._house.clerks[case.id % len(self._house.clerks)]
            before = "{}"
        after = after or f'{{"opinion": 1, "channel": "{case.channel.value}"}}'
        self._rows["event"].append((case.id, _instant(at), actor, staff, action.value, before, after, ""))

    def _work(self, case: _Case, writer: int | None) -> None:
        """What staff did with a case on its way to the state in which it stands."""
        at = case.at + timedelta(days=min(case.age, 1) * 0.5)
        self._events(case, Action.ASSIGNED, at, '{"state": "assigned"}')
        self._parts(case, at)
        if case.state not in (State.ANSWERED, State.FINISHED):
            return
        days = int(min(case.age, 12) * 0.9)
        at = case.at + timedelta(days=min(case.age, 12) * 0.9)
        answer, chance = self._chance.choice(self._answers), self._chance
        is_published = chance.random() < 0.1
        summary, published = (answer[:40], _instant(at)) if is_published else (None, None)
        by = case.clerk or self._house.clerks[0]
        self._rows["answer"].append((case.id, answer, by, _instant(at), summary, published))
        self._rows["first_answer"].append((case.id, at.date().isoformat(), days, at.date() > self._limit(case)[2]))
        self._events(case, Action.ANSWERED, at, '{"state": "answered"}')
        if chance.random() < 0.1:
            self._rows["rating"].append((case.id, chance.randint(1, 5), chance.random() < 0.6, "", _instant(at)))
        if case.channel is Channel.EMAIL and writer is not None:
            name = f"<{case.id}.bench@example.com>"
            told = (_digest("token", case.id), f"对意见 {case.number} 的答复", self._tokens["mail"][0], _instant(at))
            self._rows["outgoing"].append((case.id, writer, "answer", name, *told, "sent", 1, _instant(at), ""))


def _state(chance: random.Random, age: float) -> State:
    """Old cases are closed but for a few; of the last three months many are still worked on."""
    if age < 20:
        return chance.choices((State.REGISTERED, State.ACCEPTED, State.ASSIGNED, State.IN_HAND), (5, 2, 2, 1))[0]
    is_left_over = chance.random() < (0.5 if age < 90 else 0.05)
    if is_left_over:
        return chance.choices((State.ACCEPTED, State.ASSIGNED, State.IN_HAND), (1, 4, 5))[0]
    closed = (State.FINISHED, State.ANSWERED, State.DECLINED, State.WITHDRAWN)
    return chance.choices(closed, (75, 15, 8, 2))[0]


def _tokens(vault: Vault, words: Wording) -> dict[str, list[bytes]]:
    """Sealed things, fifty of each: they are opened for one case at a time, so a few tell as much as many."""
    people = itertools.cycle(("王先生", "李女士", "张先生", "刘女士", "赵先生"))
    sealed: dict[str, list[bytes]] = defaultdict(list)
    for number in range(50):
        author = {"name": next(people), "phone": f"1380000{number:04d}", "email": f"writer{number}@example.com"}
        envelope = {"sender": author["email"], "recipients": ["intake@localhost"], "peer": "192.0.2.1", "helo": "a"}
        head = f"From: {author['email']}\r\nTo: intake@localhost\r\nSubject: {words.subject()}\r\n\r\n"
        kept = {
            "identity": json.dumps({**author, "address": "示例小区1号楼"}, ensure_ascii=False),
            "envelope": json.dumps(envelope),
            "mail": head + words.text(),
            "message_id": f"<{number}@example.com>",
            "steps": json.dumps({"steps": []}),
        }
        for name, content in kept.items():
            sealed[name].append(vault.seal(content.encode()))
    return sealed
