"""Sending an organiser a link that signs in once."""

from collections.abc import Callable

from flask import render_template
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.db import write
from web.domain.access import issue_sign_in_link, user_by_email
from web.domain.mail import enqueue_mail


def mail_sign_in_link(session: Session, email: str, address_of: Callable[[str], str]) -> None:
    """Mail a fresh link to the organiser with this address; nothing happens when there is none.

    `address_of` turns the link's token into a full address.
    """
    with write(session):
        user = user_by_email(session, email)
        if user is None or user.email is None:
            return
        address = address_of(issue_sign_in_link(session, user))
        with force_locale(user.locale or get_locale().language):
            enqueue_mail(
                session,
                recipient=user.email,
                subject=_("Your link to sign in to Passerelle"),
                text=render_template("mail/sign_in.txt", user=user, address=address),
            )
