"""Tests in a browser are left out, and said so, where there is none; in CI nothing is left out."""

from pathlib import Path

import pytest

from tests import browser


def test_without_chromium_the_reason_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium is installed"):
        browser._chromium_path()


def test_without_chromium_ci_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Chromium is installed"):
        browser._chromium_path()
