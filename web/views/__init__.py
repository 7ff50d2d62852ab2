"""One blueprint a visitor. A view parses, calls one domain function and renders; nothing imports this package."""

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """All blueprints, in the order in which they are registered."""
    from web.views import (
        agreeing,
        api,
        choosing,
        colleagues,
        health,
        invited,
        logo,
        preparing,
        public,
        registering,
        robots,
        sharing,
    )
    from web.views.organiser import (
        account,
        agreement,
        events,
        face,
        guide,
        inviting,
        journal,
        messages,
        outbox,
        participants,
        passkeys,
        places,
        questions,
        repair,
        retention,
        schedule,
        setup,
        team,
    )

    # Files of one blueprint, that of the personal link, which has all its pages once these are read.
    of_the_link = {one.blueprint for one in (choosing, preparing, logo, agreeing, colleagues)}
    return [
        health.blueprint,
        robots.blueprint,
        public.blueprint,
        invited.blueprint,
        registering.blueprint,
        sharing.blueprint,
        *of_the_link,
        account.blueprint,
        passkeys.blueprint,
        events.blueprint,
        setup.blueprint,
        questions.blueprint,
        places.blueprint,
        face.blueprint,
        participants.blueprint,
        inviting.blueprint,
        schedule.blueprint,
        repair.blueprint,
        agreement.blueprint,
        outbox.blueprint,
        messages.blueprint,
        team.blueprint,
        retention.blueprint,
        journal.blueprint,
        guide.blueprint,
        api.blueprint,
    ]
