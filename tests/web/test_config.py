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
        ("DATABASE_URL", "postgresql://u:s3cret@localhost"),
        ("DATABASE_URL", "postgresql://u:s3cret@localhost:port/x"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:////no/such/folder/x.db"),
        ("DATABASE_URL", "sqlite:////usr"),
        ("REDIS_URL", "redis://:s3cret@localhost:6379/zero"),
        ("REDIS_URL", "redis://localhost:0"),
        ("REDIS_URL", "unix://"),
        ("SMTP_URL", "smtp://user@mail.example"),
        ("SMTP_URL", "smtp://:s3cret@mail.example"),
        ("SMTP_URL", "smtp://user:s3cret/x@mail.example"),
        ("SMTP_URL", "smtp://mail.example/path"),
        ("SMTP_URL", "smtp://mail.example:99999"),
        ("SMTP_URL", "smtp://mail .example"),
        ("SMTP_URL", "smtp://"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "Passerelle <>"),
        ("MAIL_FROM", "Passerelle <a@b@c>"),
        ("MAIL_FROM", "Les Rencontres, Lille <a@example.org>"),
        ("MAIL_FROM", "a@example.org, b@example.org"),
        ("MAIL_FROM", "A <a@example.org>\r\nBcc: b@example.org"),
        ("MAIL_FROM", "Élodie <élodie@example.org>"),
        ("MAIL_FROM", "A <a b@example.org>"),
        ("BASE_URL", "https://meetings.example.org/passerelle"),
        ("BASE_URL", "https://user:s3cret@meetings.example.org"),
        ("BASE_URL", "https://meetings.example.org?x=1"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://réunions.example.org"),
        ("BASE_URL", "https://meetings.example.org\n"),
        ("REDIS_URL", "localhost:6379"),
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://mail.example:port"),
        ("SECRET_KEY", "short"),
        ("PASSERELLE_LOCALE", "de"),
        ("BASE_URL", "passerelle.example"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "many"),
        ("PAGE_PROCESSES", "11"),
        ("PAGE_PROCESSES", "-1"),
        ("PASSERELLE_VAR", "/dev/null/var"),
    ],
)
def test_load_settings_with_a_wrong_value_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: ") as told:
        load_settings({"PASSERELLE_VAR": str(tmp_path)} | {name: value})
    sentence = str(told.value)
    assert len(sentence.splitlines()) == 1
    assert "s3cret" not in sentence
    if name not in ("PASSERELLE_VAR", "SECRET_KEY"):
        assert "or example " in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql:///passerelle"),
        ("DATABASE_URL", "postgresql+psycopg://u:p%40ss@db.example.org:5433/x?sslmode=require"),
        ("REDIS_URL", "rediss://:secret@cache.example.org:6380/3"),
        ("REDIS_URL", "unix:///run/redis.sock?db=1"),
        ("SMTP_URL", "smtp://localhost"),
        ("SMTP_URL", "smtps://user:p%2Fss@mail.example.org:465/"),
        ("SMTP_URL", "smtp://[::1]:2525"),
        ("MAIL_FROM", "a@localhost"),
        ("MAIL_FROM", "Les Rencontres d’Élodie <meetings@example.org>"),
        ("MAIL_FROM", '"Rencontres, Lille" <meetings@example.org>'),
        ("BASE_URL", "https://meetings.example.org/"),
        ("BASE_URL", "http://192.0.2.1:8000"),
        ("BASE_URL", "http://[::1]:8000"),
        ("TRUSTED_PROXIES", "2"),
        ("PAGE_PROCESSES", "0"),
    ],
)
def test_load_settings_takes_what_is_right(tmp_path: Path, name: str, value: str) -> None:
    load_settings({"PASSERELLE_VAR": str(tmp_path)} | {name: value})


def test_scheme_in_capitals_is_the_same_scheme(tmp_path: Path) -> None:
    settings = load_settings({"PASSERELLE_VAR": str(tmp_path), "BASE_URL": "HTTPS://meetings.example.org/"})
    assert settings.base_url == "https://meetings.example.org" and settings.is_https


def test_load_settings_with_a_damaged_key_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("x")
    with pytest.raises(ConfigError, match="damaged"):
        load_settings({"PASSERELLE_VAR": str(tmp_path)})


def test_load_settings_takes_the_usual_spelling_of_postgresql(tmp_path: Path) -> None:
    settings = load_settings({"PASSERELLE_VAR": str(tmp_path), "DATABASE_URL": "postgres://u@h/n"})
    assert settings.database_url == "postgresql+psycopg://u@h/n"
