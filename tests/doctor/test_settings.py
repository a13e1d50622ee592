"""The doctor on the settings: what is wrong in itself, and what does not go together."""

import pytest

from feedback.doctor import Grade
from tests.doctor.visits import called, only

pytestmark = pytest.mark.sqlite_only
# A house with nothing to be said about it.
SOUND = {
    "FEEDBACK_CHALLENGE": "on",
    "FEEDBACK_RATELIMIT": "on",
    "FEEDBACK_RELAY_URL": "smtp://127.0.0.1:9",
    "FEEDBACK_HOST": "127.0.0.1",
}
OPEN = {"FEEDBACK_PUBLIC_URL": "https://127.1.1.1:9"}


def test_sound_settings_are_good(environ: dict[str, str]) -> None:
    assert only(called(environ, **SOUND), "Settings")[0] is Grade.GOOD


def test_a_wrong_value_is_the_only_thing_that_is_said(environ: dict[str, str]) -> None:
    report = called(environ, PORT="eighty")
    assert list(report) == ["Settings"]
    assert only(report, "Settings") == (
        Grade.BAD,
        "PORT must be a whole number. → Correct it in the settings, then start the services again.",
    )


def test_a_slip_of_the_pen_is_noted(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDBACK_RELAYURL", "smtp://127.0.0.1")
    grade, said = only(called(environ, **SOUND), "Settings")
    assert (grade, "FEEDBACK_RELAYURL is no setting" in said) == (Grade.NOTE, True)


@pytest.mark.parametrize(
    ("changes", "grade", "said"),
    [
        ({"FEEDBACK_TRUSTED_HOSTS": "other.example.com"}, Grade.BAD, "lacks 127.0.0.1"),
        ({"FEEDBACK_PUBLIC_URL": "http://127.1.1.1", "FEEDBACK_PROXIES": "1"}, Grade.NOTE, "without https"),
        (OPEN, Grade.NOTE, "FEEDBACK_PROXIES=1"),
        ({**OPEN, "FEEDBACK_PROXIES": "1", "FEEDBACK_HOST": "0.0.0.0"}, Grade.NOTE, "FEEDBACK_HOST=127.0.0.1"),
        ({"FEEDBACK_CHALLENGE": "off"}, Grade.NOTE, "FEEDBACK_CHALLENGE is off"),
        ({"FEEDBACK_RATELIMIT": "off"}, Grade.NOTE, "FEEDBACK_RATELIMIT is off"),
        ({"FEEDBACK_MAIL_FROM": "other@example.com"}, Grade.NOTE, "none of FEEDBACK_SMTP_RECIPIENTS"),
        ({"FEEDBACK_RELAY_URL": ""}, Grade.NOTE, "kept and not sent"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_what_does_not_go_together_is_said(
    environ: dict[str, str], changes: dict[str, str], grade: Grade, said: str
) -> None:
    found = called(environ, **{**SOUND, **changes})["Settings"]
    assert [(one, said in sentence) for one, sentence in found] == [(grade, True)]


@pytest.mark.parametrize("trusted", ["feedback.example.com:8443", ".example.com", "127.0.0.1,feedback.example.com"])
def test_a_host_may_be_trusted_with_its_port_or_with_its_domain(environ: dict[str, str], trusted: str) -> None:
    public = {"FEEDBACK_PUBLIC_URL": "https://feedback.example.com:9", "FEEDBACK_PROXIES": "1"}
    found = called(environ, **{**SOUND, **public, "FEEDBACK_TRUSTED_HOSTS": trusted})
    assert only(found, "Settings")[0] is Grade.GOOD
