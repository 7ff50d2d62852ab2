"""``python -m web``: the commands of the web application without those of the solver."""

import sys

from web.commands import main

sys.exit(main())
