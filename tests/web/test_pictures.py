"""Pictures that people send are drawn anew, or refused with a code."""

from io import BytesIO

import pytest
from PIL import Image

from tests.support.drawn import bomb, picture
from web import pictures
from web.pictures import MOST_BYTES, UnfitPicture, drawn_anew


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_picture_of_each_format_is_taken_and_scaled_down(form: str) -> None:
    drawn = drawn_anew(picture(1280, 320, form), 640, 320)
    assert (drawn.width, drawn.height) == (640, 160)
    assert drawn.mime_type in ("image/png", "image/jpeg")
    assert Image.open(BytesIO(drawn.content)).size == (640, 160)


def test_picture_that_is_small_keeps_its_size_and_what_is_transparent() -> None:
    drawn = drawn_anew(picture(40, 20, mode="RGBA"), 640, 320)
    assert (drawn.mime_type, drawn.width, drawn.height) == ("image/png", 40, 20)
    assert Image.open(BytesIO(drawn.content)).mode == "RGBA"


def test_picture_loses_whatever_lies_beside_it() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Zqsecret"
    sent = picture(form="JPEG", exif=exif, comment=b"Zqcomment")
    assert b"Zqsecret" in sent and b"Zqcomment" in sent
    drawn = drawn_anew(sent, 640, 320)
    assert b"Zqsecret" not in drawn.content and b"Zqcomment" not in drawn.content
    assert not Image.open(BytesIO(drawn.content)).getexif()


def test_photograph_loses_its_comment_and_profile_too() -> None:
    file = BytesIO()
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    noise.save(file, "JPEG", comment=b"Zqcomment", icc_profile=b"Zqprofile" * 20)
    drawn = drawn_anew(file.getvalue(), 640, 320)
    assert drawn.mime_type == "image/jpeg"
    assert b"Zq" in file.getvalue() and b"Zq" not in drawn.content


def test_picture_taken_with_a_turned_camera_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn = drawn_anew(picture(300, 120, "JPEG", exif=exif), 640, 640)
    assert (drawn.width, drawn.height) == (120, 300)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "format"),
        (b"Bonjour", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "svg"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?><svg/>", "svg"),
        (picture(form="GIF", mode="L"), "format"),
        (picture(form="TIFF"), "format"),
        (picture()[:-40], "broken"),
        (picture(4001, 10), "pixels"),
        (picture(15, 40), "small"),
        (bomb(), "pixels"),
        (bomb(3999, 3999), "broken"),
        (b"\0" * (MOST_BYTES + 1), "large"),
    ],
)
def test_picture_that_cannot_be_shown_is_refused(sent: bytes, code: str) -> None:
    with pytest.raises(UnfitPicture) as refusal:
        drawn_anew(sent, 640, 320)
    assert refusal.value.code == code


def test_digest_is_of_what_was_drawn() -> None:
    one, other = drawn_anew(picture(), 640, 320), drawn_anew(picture(form="PNG", compress_level=0), 640, 320)
    assert one.digest == other.digest and len(one.digest) == 64


@pytest.mark.parametrize(
    ("ink", "ground", "light"),
    [
        ((255, 255, 255, 255), (0, 0, 0, 0), True),
        ((20, 30, 40, 255), (0, 0, 0, 0), False),
        # Its own ground is there to be seen.
        ((255, 255, 255, 255), (20, 30, 40, 255), False),
        ((255, 255, 255, 0), (0, 0, 0, 0), False),
    ],
)
def test_picture_that_white_paper_would_hide_is_told(
    ink: tuple[int, ...], ground: tuple[int, ...], light: bool
) -> None:
    image = Image.new("RGBA", (60, 40), ground)
    image.paste(ink, (10, 10, 30, 30))
    file = BytesIO()
    image.save(file, "PNG")
    assert drawn_anew(file.getvalue(), 640, 320).light == light


def test_picture_waits_for_its_turn_and_is_told_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_PATIENCE", 0.01)
    with pictures._TURNS, pictures._TURNS, pytest.raises(UnfitPicture) as refusal:
        drawn_anew(picture(), 640, 320)
    assert refusal.value.code == "busy"
    assert drawn_anew(picture(), 640, 320).width == 300
