"""Settings: nothing has to be set; a wrong value stops the start with a sentence."""

import stat
from pathlib import Path

import pytest

from web.config import ConfigError, load_settings


def test_load_settings_with_nothing_set_needs_only_the_var_folder(tmp_path: Path) -> None:
    settings = load_settings({"PASSERELLE_VAR": str(tmp_path / "var")})
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'passerelle.db'}"
    assert settings.locale == "fr"
    assert settings.redis_url is None and settings.smtp_url is None


def test_load_settings_keeps_the_secret_key_it_made(tmp_path: Path) -> None:
    environment = {"PASSERELLE_VAR": str(tmp_path)}
    first = load_settings(environment)
    assert first.secret_key == load_settings(environment).secret_key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_load_settings_never_shows_secrets(tmp_path: Path) -> None:
    settings = load_settings({"PASSERELLE_VAR": str(tmp_path), "SMTP_URL": "smtp://user:hidden@mail.example"})
    assert settings.secret_key not in repr(settings)
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "localhost:6379"),
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://mail.example:port"),
        ("SECRET_KEY", "short"),
        ("PASSERELLE_LOCALE", "de"),
        ("BASE_URL", "passerelle.example"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "many"),
        ("PASSERELLE_VAR", "/dev/null/var"),
    ],
)
def test_load_settings_with_a_wrong_value_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: "):
        load_settings({"PASSERELLE_VAR": str(tmp_path)} | {name: value})


def test_load_settings_with_a_damaged_key_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("x")
    with pytest.raises(ConfigError, match="damaged"):
        load_settings({"PASSERELLE_VAR": str(tmp_path)})


def test_load_settings_takes_the_usual_spelling_of_postgresql(tmp_path: Path) -> None:
    settings = load_settings({"PASSERELLE_VAR": str(tmp_path), "DATABASE_URL": "postgres://u@h/n"})
    assert settings.database_url == "postgresql+psycopg://u@h/n"
