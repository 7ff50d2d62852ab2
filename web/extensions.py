"""Flask extensions that views name in decorators; `create_app` binds them to an application."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

limiter = Limiter(key_func=get_remote_address, headers_enabled=True)
csrf = CSRFProtect()
