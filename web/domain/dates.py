"""Days and moments as a sentence has them: in French the first of a month is *1er*, for which no pattern has a sign."""

import re
from datetime import date, datetime, time
from functools import lru_cache

from babel.dates import format_datetime

LONG = "EEEE d MMMM y"


@lru_cache(maxsize=4096)
def in_words(language: str, moment: date, form: str = LONG) -> str:
    """`moment`, a day or a time on the clock at hand, as ``form`` (a pattern of Unicode's CLDR) says it."""
    if language.startswith("fr") and moment.day == 1:
        form = re.sub(r"\bd(?= MMM)", "d'er'", form)
    clock = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return format_datetime(clock, form, locale=language)
