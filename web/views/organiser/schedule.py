"""Computing, looking at and publishing an event's timetables."""

from flask import Blueprint

blueprint = Blueprint("schedule", __name__, url_prefix="/events/<int:event_id>/schedule")
