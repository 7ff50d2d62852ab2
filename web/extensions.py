"""Flask extensions that views name in decorators; `create_app` binds them to an application."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

# Without its headers: each answer would ask twice more what is left, which only who is refused wants to know
# (`web.errors`).
limiter = Limiter(key_func=get_remote_address)
csrf = CSRFProtect()
