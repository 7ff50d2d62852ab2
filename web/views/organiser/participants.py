"""An event's participants, as its organiser sees them."""

from flask import Blueprint

blueprint = Blueprint("participants", __name__, url_prefix="/events/<int:event_id>/participants")
