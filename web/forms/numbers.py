"""Whole numbers within bounds, whatever somebody sends."""

from typing import Any

from wtforms.validators import NumberRange

# Of these a computer knows each one as a number with a point too, which is what the range is compared as.
_LARGEST = 2**53


class Between(NumberRange):
    """`NumberRange` that also refuses a number of four hundred digits with its sentence."""

    def __call__(self, form: Any, field: Any) -> None:
        if isinstance(field.data, int) and abs(field.data) > _LARGEST:
            field.data = _LARGEST if field.data > 0 else -_LARGEST
        super().__call__(form, field)
