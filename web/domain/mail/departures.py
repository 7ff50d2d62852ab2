"""Telling the organisers that somebody who is in the announced timetable no longer comes."""

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.domain.mail.sending import enqueue_mail
from web.models import EventMember, Registration, RegistrationStatus, Role, User


def tell_organisers(session: Session, registration: Registration, *, named: bool = True) -> int:
    """Queue a mail to each organiser of the event, in the caller's transaction; how many.

    Nobody is told before a timetable is published, nor of somebody who was not in it. `named`: without it the mail
    leaves the name out, for those who had themselves erased.
    """
    event = registration.event
    if event.published_schedule_id is None or registration.status != RegistrationStatus.ACCEPTED:
        return 0
    organisers = session.scalars(
        select(User)
        .join(EventMember)
        .where(
            EventMember.event_id == event.id,
            EventMember.role == Role.ORGANISER,
            User.active.is_(True),
            User.email.is_not(None),
        )
        .order_by(User.id)
    ).all()
    for organiser in organisers:
        assert organiser.email is not None
        with force_locale(organiser.locale or event.locale):
            name = registration.name if named else _("A participant")
            enqueue_mail(
                session,
                recipient=organiser.email,
                subject=_("%(name)s no longer comes – %(event)s", name=name, event=event.title),
                text=render_template("mail/departure.txt", event=event, name=name, named=named, key=registration.key),
                event_id=event.id,
            )
    return len(organisers)
