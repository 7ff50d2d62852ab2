"""The real parts that tests stand on answer as the tests expect."""

import smtplib
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
import redis
from playwright.sync_api import Page

from tests.support.programs import missing
from tests.support.smtp import Mailbox


def test_postgres_database_is_empty_for_each_test(empty_postgres_url: str) -> None:
    with psycopg.connect(empty_postgres_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_postgres_shared_database_answers(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("turn", [1, 2])
def test_redis_is_emptied_for_each_test(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", turn)


def test_smtp_server_keeps_what_it_accepts_and_refuses_when_told(smtp_server: Mailbox) -> None:
    port = int(smtp_server.url.rsplit(":", 1)[1])
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Été à Lille"
    message.set_content("Bonjour")
    smtp_server.refusals.append("451 try later")
    with smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.send_message(message)
        client.send_message(message)
    assert [received["Subject"] for received in smtp_server.wait(1)] == ["Été à Lille"]
    assert len(smtp_server.to("b@example.org")) == 1
    assert smtp_server.to("c@example.org") == []


def test_browser_opens_a_page_and_a_phone(page: Page, phone: Page) -> None:
    page.set_content("<title>Au bureau</title>")
    phone.set_content("<title>Au téléphone</title>")
    assert (page.title(), phone.title()) == ("Au bureau", "Au téléphone")
    assert phone.evaluate("innerWidth") <= 980


@pytest.mark.parametrize(("ci", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_missing_program_is_a_failure_only_where_ci_is_set(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    end: Callable[[str, str], object] = missing
    with pytest.raises(outcome, match="install the package nothing-1"):
        end("nothing", "nothing-1")


SKIPPING = {
    "test": "import pytest\n\ndef test_it():\n    pytest.skip('tired')\n",
    "file": "import pytest\n\npytest.importorskip('nothing')\n",
}


@pytest.mark.parametrize("what", SKIPPING)
@pytest.mark.parametrize("ci", ["1", ""])
def test_skip_fails_the_run_only_where_ci_is_set(
    what: str, ci: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_one.py").write_text(SKIPPING[what])
    (tmp_path / "test_two.py").write_text("def test_two():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.no_skips", "-p", "no:cacheprovider", tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert (run.returncode == 0) is (ci == ""), run.stdout
