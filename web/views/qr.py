"""QR codes as pictures for a page."""

import segno


def qr_data_uri(text: str) -> str:
    """`text` as a black-on-white SVG in a ``data:`` address, quiet zone included."""
    return segno.make(text, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
