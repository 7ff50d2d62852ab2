"""The organiser's guide, to be read and printed."""

from flask import Blueprint, render_template

from web.security import allow

blueprint = Blueprint("guide", __name__, url_prefix="/guide")


@blueprint.get("/")
@allow("organiser", "desk", "committee")
def page() -> str:
    return render_template("organiser/guide.html")
