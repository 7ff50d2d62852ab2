"""The HTTP interface for other programs."""

from flask import Blueprint

from web.extensions import csrf

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
# Programs show a bearer token with each call and have no cookie that another site could misuse.
csrf.exempt(blueprint)
