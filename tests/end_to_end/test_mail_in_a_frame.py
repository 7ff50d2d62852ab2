"""A mail is looked at in a frame of its page: it is there, nothing in it runs, and its buttons lead nowhere."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.site import entered, site_in
from tests.web.factories import Factory
from web.db import get_session, write
from web.domain.links import personal_address
from web.domain.mail.notices import registration_notice
from web.domain.team.access import personal_token
from web.models import OutboxMail


def test_mail_stands_in_its_frame(tmp_path: Path, page: Page) -> None:
    with site_in(tmp_path) as site, site.app.test_request_context():
        session = get_session()
        make = Factory(session)
        event = make.event(make.user(email="odile@example.org"))
        one = make.registration(event)
        with write(session):
            registration_notice(session, one, "accepted", personal_address(personal_token(one)))
        mail_id = session.query(OutboxMail.id).scalar()
        session.rollback()
        entered(page, site, "odile@example.org")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site.url}/events/{event.id}/mails/{mail_id}/")
        frame = page.frame_locator("iframe.mail-frame")
        expect(frame.get_by_role("heading", level=1)).to_be_visible()
        assert not [one for one in asked if not one.startswith(site.url)]
        before = len(asked)
        frame.get_by_text("Choisir qui rencontrer", exact=True).click()
        expect(frame.get_by_role("heading", level=1)).to_be_visible()
        assert len(asked) == before
