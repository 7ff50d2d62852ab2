"""The organisations of one's other events: looked through, and taken along or invited."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from web.db import get_session
from web.domain.errors import Faults, Refused
from web.domain.event import taxonomy
from web.domain.people.pool import Filter, invite_again, pool_of, take_along
from web.forms.participants import BulkForm, status_label
from web.models import EventStatus
from web.security import allow, current_actor, current_event, signed_in_user
from web.views.faults import refusal

blueprint = Blueprint("pool", __name__, url_prefix="/pool")

# So many stand on a page.
PAGE = 50


def _wanted() -> Filter:
    said = request.args
    return Filter(
        text=said.get("q", "")[:200],
        kind=said.get("kind", "")[:200],
        theme=said.get("theme", "")[:200],
        zone=said.get("zone", "")[:200],
        part=said.get("part", "") if said.get("part") in ("came", "not") else "",
        met=said.get("met", "") if said.get("met") in ("wished", "mutual") else "",
        event=said.get("event", 0, type=int),
    )


@blueprint.get("/")
@allow("organiser")
def index(event_id: int) -> str:
    language, wanted = get_locale().language, _wanted()
    pool = pool_of(get_session(), signed_in_user(), current_event())
    found = pool.matching(wanted)
    people = [one.latest for one in pool.organisations]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)

    def labelled(codes: set[str], label: object) -> list[tuple[str, str]]:
        named = [(code, taxonomy.capitalised(label(code, language))) for code in codes]  # type: ignore[operator]
        return sorted(named, key=lambda one: one[1])

    return render_template(
        "organiser/pool.html",
        pool=pool,
        found=found[(page - 1) * PAGE : page * PAGE],
        number=len(found),
        page=page,
        pages=pages,
        wanted=wanted,
        query={"q": wanted.text or None}
        | {name: getattr(wanted, name) or None for name in ("kind", "theme", "zone", "part", "met", "event")},
        kinds=labelled({one.kind for one in people}, taxonomy.kind_label),
        themes=labelled({code for one in people for code in one.themes}, taxonomy.theme_label),
        zones=labelled({one.zone for one in people if one.zone}, taxonomy.zone_label),
        kind_label=lambda kind: taxonomy.capitalised(taxonomy.kind_label(kind, language)),
        zone_label=lambda zone: taxonomy.zone_label(zone, language),
        status_label=status_label,
        archived=current_event().status == EventStatus.ARCHIVED,
    )


@blueprint.post("/")
@allow("organiser")
def take(event_id: int) -> ResponseReturnValue:
    """Take the ticked organisations along, or keep an invitation for each."""
    form, event, session = BulkForm(), current_event(), get_session()
    ids = form.ids.data or []
    if not ids:
        flash(_("Tick at least one organisation first."), "warning")
        return redirect(url_for(".index", event_id=event_id), 303)
    if request.form.get("do") != "invite":
        added = take_along(session, signed_in_user(), event, ids, current_actor())
        told = ngettext("%(num)d organisation is taken along.", "%(num)d organisations are taken along.", len(added))
        flash(_("%(told)s You decide on each; nobody has been mailed.", told=told), "success")
        return redirect(url_for("participants.index", event_id=event_id, status="pending"), 303)
    try:
        made, without = invite_again(session, signed_in_user(), event, ids, current_actor())
    except (Faults, Refused) as error:
        flash(refusal(error), "error")
        return redirect(url_for(".index", event_id=event_id), 303)
    number = len(made.invitations)
    flash(
        ngettext(
            "%(num)d invitation is ready: send it when it is time.",
            "%(num)d invitations are ready: send them when it is time.",
            number,
        ),
        "success",
    )
    if without:
        flash(_("Without an e-mail address, so not invited: %(names)s.", names=", ".join(without)), "warning")
    return redirect(url_for("inviting.index", event_id=event_id), 303)
