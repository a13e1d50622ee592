"""Imports point one way: edges to verbs to nouns. Each side is imported in a fresh interpreter and looked into."""

import pkgutil
import subprocess
from pathlib import Path

import pytest

import feedback
import mail_ingest
from tests.conftest import ROOT

EDGES = ("feedback.web", "feedback.cli", "feedback.commands")
LOAD = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
PRINT_LOADED = LOAD + "; print(*sorted(sys.modules))"


def modules(package: str, path: list[str]) -> list[str]:
    found = (module.name for module in pkgutil.walk_packages(path, package + "."))
    return [name for name in found if "migrations" not in name and not name.endswith("__main__")]


FEEDBACK = modules("feedback", list(feedback.__path__))
MAIL_INGEST = modules("mail_ingest", list(mail_ingest.__path__))
DOMAIN = [name for name in FEEDBACK if not name.startswith(EDGES)]


def loaded(names: list[str], python: str, environ: dict[str, str]) -> set[str]:
    command = [python, "-c", PRINT_LOADED, *names]
    return set(subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture
def bare_environ(tmp_path: Path) -> dict[str, str]:
    """Importing reads no settings, so none are given."""
    return {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}


def test_verbs_and_nouns_load_no_web_or_mail_framework(python: str, bare_environ: dict[str, str]) -> None:
    assert "feedback.intake" in DOMAIN
    assert not {"flask", "werkzeug", "aiosmtpd"} & loaded(DOMAIN, python, bare_environ)


def test_the_mail_side_loads_no_web(python: str, bare_environ: dict[str, str]) -> None:
    seen = loaded(MAIL_INGEST, python, bare_environ)
    assert not {"flask", "werkzeug", "feedback.web"} & seen


def test_nothing_in_feedback_loads_the_mail_side(python: str, bare_environ: dict[str, str]) -> None:
    assert not {name for name in loaded(FEEDBACK, python, bare_environ) if name.startswith("mail_ingest")}
