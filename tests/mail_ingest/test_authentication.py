"""Who vouches for a mail is found out from its signatures and from DNS, and told in words; it never decides."""

import time
from dataclasses import replace

import dkim
import pytest

from feedback import catalogues
from feedback.authenticity import Authenticity, Check, Outcome
from mail_ingest.authentication import Arrival, examine
from mail_ingest.burdens import LONGEST_HEADER
from mail_ingest.resolver import Resolver, Unanswered
from tests.mail_ingest.signing import MESSAGE, SIGNED, Zone, no_network, private_key, sealed, signed

WRITER = "qq-mail.example"
FORWARDER = "126.example"
DIRECT = Arrival("203.0.113.0", "mx.qq-mail.example", f"wang@{WRITER}", f"wang@{WRITER}")
PEER = "8.8.8.8"
RULE = {f"_dmarc.{WRITER}": ["v=DMARC1; p=reject"]}
SENDS = {WRITER: [f"v=spf1 ip4:{PEER} -all"]}


def arrival(**changes: str) -> Arrival:
    return replace(DIRECT, **{"peer": PEER, **changes})


def test_a_signed_mail_of_the_writers_own_server_holds_in_all_points() -> None:
    found = examine(signed(MESSAGE, WRITER), arrival(), Zone(WRITER, **RULE, **SENDS))
    assert found.spf == Check(Outcome.PASS, WRITER)
    assert found.dkim == (Check(Outcome.PASS, WRITER),)
    assert found.dmarc == Check(Outcome.PASS, WRITER)
    assert found.arc == Check(Outcome.NONE, "")


def test_a_forwarded_mail_fails_spf_and_keeps_its_signature() -> None:
    found = examine(signed(MESSAGE, WRITER), arrival(peer="1.1.1.1"), Zone(WRITER, **RULE, **SENDS))
    assert found.spf.outcome is Outcome.FAIL
    assert found.dkim[0].outcome is Outcome.PASS
    assert found.dmarc.outcome is Outcome.PASS


def test_a_changed_word_breaks_the_signature() -> None:
    forged = signed(MESSAGE, WRITER).replace("还没有发".encode(), "已经发了".encode())
    found = examine(forged, arrival(peer="1.1.1.1"), Zone(WRITER, **RULE, **SENDS))
    assert found.dkim == (Check(Outcome.FAIL, WRITER),)
    assert found.dmarc == Check(Outcome.FAIL, WRITER)
    assert found.policy == "reject"


def test_the_signature_of_a_stranger_does_not_vouch_for_the_sender() -> None:
    found = examine(signed(MESSAGE, "stranger.example"), arrival(), Zone("stranger.example", **RULE))
    assert found.dkim == (Check(Outcome.PASS, "stranger.example"),)
    assert found.dmarc.outcome is Outcome.FAIL


def test_a_second_signature_counts_as_well() -> None:
    twice = signed(signed(MESSAGE, WRITER), "stranger.example")
    found = examine(twice, arrival(), Zone(WRITER, "stranger.example", **RULE))
    assert [check.domain for check in found.dkim] == ["stranger.example", WRITER]
    assert found.dmarc.outcome is Outcome.PASS


def test_a_subdomain_vouches_for_its_organisation_unless_the_rule_is_strict() -> None:
    mail = signed(MESSAGE, f"mail.{WRITER}")
    assert examine(mail, arrival(), Zone(f"mail.{WRITER}", **RULE)).dmarc.outcome is Outcome.PASS
    strict = {f"_dmarc.{WRITER}": ["v=DMARC1; p=reject; adkim=s"]}
    assert examine(mail, arrival(), Zone(f"mail.{WRITER}", **strict)).dmarc.outcome is Outcome.FAIL


def test_a_sealed_chain_holds_and_names_the_last_who_passed_it_on() -> None:
    passed_on = sealed(signed(MESSAGE, WRITER), FORWARDER)
    found = examine(passed_on, arrival(), Zone(WRITER, FORWARDER))
    assert found.arc == Check(Outcome.PASS, FORWARDER)
    broken = passed_on.replace("过渡费还".encode(), "安置房还".encode())
    assert examine(broken, arrival(), Zone(WRITER, FORWARDER)).arc.outcome is Outcome.FAIL


def test_two_forwarders_make_a_chain_of_two_seals() -> None:
    inner = sealed(signed(MESSAGE, WRITER), FORWARDER)
    outer = sealed(inner, "second.example", "arc=pass")
    assert examine(outer, arrival(), Zone(WRITER, FORWARDER, "second.example")).arc == Check(
        Outcome.PASS, "second.example"
    )


def test_without_dns_nothing_is_claimed() -> None:
    found = examine(sealed(signed(MESSAGE, WRITER), FORWARDER), arrival(), no_network)
    outcomes = {found.spf.outcome, found.dkim[0].outcome, found.dmarc.outcome, found.arc.outcome}
    assert outcomes == {Outcome.NOT_CHECKED}


def test_a_missing_key_is_a_signature_that_does_not_hold() -> None:
    assert examine(signed(MESSAGE, WRITER), arrival(), Zone()).dkim[0].outcome in {
        Outcome.FAIL,
        Outcome.BROKEN_RECORD,
    }


def test_mail_through_our_own_server_is_not_held_against_spf() -> None:
    assert examine(MESSAGE, arrival(peer="127.0.0.1"), Zone(**SENDS)).spf.outcome is Outcome.NOT_CHECKED


def test_spf_follows_includes_mail_exchangers_and_addresses() -> None:
    zone = Zone(**{WRITER: ["v=spf1 include:_spf.example mx -all"], "_spf.example": ["v=spf1 a:out.example ~all"]})
    zone.records |= {(WRITER, "MX"): [f"10 mx.{WRITER}"], (f"mx.{WRITER}", "A"): [PEER], ("out.example", "A"): []}
    assert examine(MESSAGE, arrival(), zone).spf.outcome is Outcome.PASS
    assert examine(MESSAGE, arrival(peer="1.1.1.1"), zone).spf.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\xff\xfe no header at all",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff; s=; h=; bh=; b=\r\nFrom: x@y.example\r\n\r\nhi",
        b"DKIM-Signature: v=1; a=ed25519-sha256; d=a.example; s=k; h=from; bh=47DE; b=AA\r\nFrom: x@a.cn\r\n\r\n",
        b"DKIM-Signature: l=-1;;=;\r\nARC-Seal: i=99999999999\r\nARC-Seal: i=1\r\n\r\nhi",
        b" starts with a folded line\r\nFrom: x@y.example\r\n\r\nhi",
    ],
)
def test_hostile_mail_gets_an_answer(content: bytes) -> None:
    found = examine(content, arrival(), Zone("a.example"))
    assert all(check.outcome is not Outcome.PASS for check in found.dkim)
    assert found.arc.outcome is not Outcome.PASS


@pytest.mark.parametrize(
    "content",
    [
        signed(MESSAGE, WRITER).replace(MESSAGE, b"") + b"X: a\r\n" + b" b\r\n" * (LONGEST_HEADER // 4) + MESSAGE,
        signed(MESSAGE, WRITER) + b" " * 5_000_000,
        signed(MESSAGE, WRITER) + b"\r\n" * 2_000_000 + b"x",
        signed(MESSAGE, WRITER) + (b" " * 100 + b"x") * 100_000,
        signed(MESSAGE, WRITER).replace(b" b=", b" b=" + b"\r\n " * 20, 1),
    ],
    ids=["header", "spaces", "lines", "runs", "gaps"],
)
def test_what_is_made_to_take_hours_is_not_checked(content: bytes) -> None:
    began = time.monotonic()
    assert {check.outcome for check in examine(content, arrival(), Zone(WRITER)).dkim} == {Outcome.NOT_CHECKED}
    assert time.monotonic() - began < 2


def test_words_added_below_a_signed_part_are_not_signed() -> None:
    header = dkim.sign(MESSAGE, b"key", WRITER.encode(), private_key(), include_headers=SIGNED, length=True)
    longer = bytes(header) + MESSAGE + b"added by somebody\r\n"
    assert examine(longer, arrival(), Zone(WRITER)).dkim[0].outcome is Outcome.FAIL


def test_all_look_ups_together_have_one_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    nowhere = dns.resolver.Resolver(configure=False)
    nowhere.nameservers = ["192.0.2.1"]  # a documentation address: nothing answers there
    monkeypatch.setattr(dns.resolver, "default_resolver", nowhere)
    resolver = Resolver(0.3)
    began = time.monotonic()
    for name in ("a.example", "b.example", "c.example"):
        with pytest.raises(Unanswered):
            resolver(name, "TXT")
    assert time.monotonic() - began < 1


def test_what_was_found_is_kept_and_told_in_words() -> None:
    found = examine(signed(MESSAGE, WRITER), arrival(), Zone(WRITER, **RULE, **SENDS))
    again = Authenticity.from_json(found.as_json())
    told = [catalogues.said(text, "zh_CN", **values) for text, values in again.sentences()]
    assert f"DKIM：{WRITER} 的签名有效。" in told
    assert Authenticity().sentences()[0][0] == "Signatures and sending servers were not checked."
