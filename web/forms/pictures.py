"""Pictures that people send with a form, and what they are told of those that are not taken."""

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import FileField

from web.pictures import LEAST_PIXELS, MOST_BYTES, MOST_PIXELS, Drawn, UnfitPicture, drawn_anew

# What a browser shows of files to choose from; what is sent is looked at in any case.
TAKEN = "image/png,image/jpeg,image/webp"


def drawn_from(field: FileField, width: int, height: int) -> Drawn | None:
    """The picture sent in `field`, drawn anew, at most `width` × `height` pixels; ``None`` where there is none.

    So it is where it is not taken: then a sentence stands beside the field. Cost: a process."""
    if not isinstance(field.data, FileStorage) or not field.data.filename:
        return None
    try:
        return drawn_anew(field.data.stream.read(MOST_BYTES + 1), width, height)
    except UnfitPicture as unfit:
        field.errors = [*field.errors, unfit_sentence(unfit)]
        return None


def unfit_sentence(unfit: UnfitPicture) -> str:
    """Why a picture is not taken, and what to do about it."""
    match unfit.code:
        case "large":
            return _("This file is larger than %(most)d MB: save the picture smaller.", most=MOST_BYTES // 1024**2)
        case "pixels":
            return _("This picture has more than %(most)d pixels a side: save it smaller.", most=MOST_PIXELS)
        case "small":
            return _("Nothing is to be seen of a picture of fewer than %(least)d pixels a side.", least=LEAST_PIXELS)
        case "svg":
            return _("An SVG drawing may hold a program, and is not taken: save it as PNG.")
        case "format":
            return _("This is not a picture that we can read: save it as PNG, JPEG or WebP.")
        case "busy":
            return _("Many pictures are coming in just now: send yours again in a minute.")
    return _("This picture is damaged, and cannot be read: save it once more as PNG or JPEG.")
