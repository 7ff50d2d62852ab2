"""The rounds and tables of an event as an organiser sends them."""

from sqlalchemy.orm import Session

from web.models import Event


def at(event: Event, page: str) -> str:
    return f"/events/{event.id}/setup/{page}"


def now(session: Session, event: Event) -> Event:
    session.rollback()
    return session.get_one(Event, event.id)


def slots_form(event: Event, **values: str) -> dict[str, str]:
    form = {"version": str(event.version)}
    for number, slot in enumerate(event.slots):
        form |= {
            f"slots-{number}-key": slot.key,
            f"slots-{number}-day": f"{slot.starts_at:%Y-%m-%d}",
            f"slots-{number}-start": f"{slot.starts_at:%H:%M}",
            f"slots-{number}-end": f"{slot.ends_at:%H:%M}",
            f"slots-{number}-session": slot.session or "",
        }
    return form | values
