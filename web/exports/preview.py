"""The picture that messengers and networks show of an event's public page: 1200 × 630 pixels.

Drawn by a process of its own (`web.exports.drawing`), one after the other, and kept in the memory of this process:
whoever asks waits a moment for it, and has a picture of no event where that is not enough.
"""

from __future__ import annotations

import json
import logging
import threading
from base64 import b64encode
from collections import OrderedDict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final

from web.confined import Stopped, confined

log = logging.getLogger(__name__)

# Seconds that a request waits.
_PATIENCE: Final = 4.0
_SECONDS, _MEGABYTES = 20, 1024
# Pictures kept, each some 40 kB; and drawings that may wait for their turn.
_KEPT, _WAITING = 100, 20


@dataclass(frozen=True)
class Card:
    """What the picture says. `logo`: a PNG or JPEG of ours; `colour`, and `ink` to write on it: ``#rrggbb``."""

    title: str
    when: str
    place: str
    organiser: str
    colour: str
    ink: str
    logo: bytes | None = None

    @property
    def sent(self) -> bytes:
        """The card as the process that draws it reads it."""
        logo = None if self.logo is None else b64encode(self.logo).decode()
        return json.dumps({**asdict(self), "logo": logo}).encode()


class Previews:
    """The pictures drawn last, by what they say."""

    def __init__(self) -> None:
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._being_drawn: dict[str, Future[bytes]] = {}

    def picture(self, card: Card, patience: float = _PATIENCE) -> bytes | None:
        """The picture as PNG; ``None`` where it is not drawn within `patience` seconds, or cannot be drawn here."""
        name = sha256(card.sent).hexdigest()
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name] or None
            drawing = self._being_drawn.get(name)
            if drawing is None:
                if len(self._being_drawn) >= _WAITING:
                    return None
                drawing = self._being_drawn[name] = Future()
                threading.Thread(target=self._draw, args=(name, card, drawing), daemon=True).start()
        try:
            return drawing.result(patience) or None
        except TookTooLong:
            return None

    def _draw(self, name: str, card: Card, drawing: Future[bytes]) -> None:
        try:
            with self._turn:
                png = confined("web.exports.drawing", card.sent, seconds=_SECONDS, megabytes=_MEGABYTES)
        except (Stopped, OSError) as error:
            log.warning("A picture to be shown with a link could not be drawn: %s", error)
            # Kept as well: it would not be drawn the next time either.
            png = b""
        with self._lock:
            self._kept[name] = png
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            del self._being_drawn[name]
        drawing.set_result(png)


previews = Previews()
