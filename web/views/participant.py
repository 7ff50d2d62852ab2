"""A participant's own pages, opened by the personal link."""

from flask import Blueprint, render_template

from web.security import allow, current_registration

blueprint = Blueprint("participant", __name__, url_prefix="/p/<token>")


@blueprint.get("/")
@allow("participant")
def home(token: str) -> str:
    return render_template("participant/home.html", registration=current_registration(), token=token)
