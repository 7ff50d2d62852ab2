"""People who register one after the other, on and on, and keep what they were told."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count

from tests.support.visitor import Seen, Visitor

NOT_SAVED = "n’a pas été enregistré"
NOT_SURE = "peut-être déjà enregistré"

_numbers = count(1)


def new_address() -> str:
    return f"ada{next(_numbers)}@example.org"


def typed(email: str, slots: Sequence[str]) -> dict[str, str | list[str]]:
    """What somebody with that address types into the form of an event with those slots."""
    return {
        "kind": "association",
        "name": f"Les Jardins de {email.partition('@')[0]}",
        "contact_name": "Ada Exemple",
        "email": email,
        "project": "Nous cherchons un graphiste pour deux jours en mai.",
        "needs": "skills.communication",
        "offers": "visibility.image",
        "presence": list(slots),
        "zone": "",
        "delegates": "2",
        "attendance": "onsite",
        "language": "fr",
        "consent": "y",
    }


@dataclass
class Crowd:
    """Mail addresses by what became of them: answered as done, as not saved, as unsure, or not at all.

    `others` are answers that say none of these; `worst` is the longest wait for any, in seconds.
    """

    url: str
    slug: str
    slots: Sequence[str]
    acknowledged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)
    worst: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def registering(self, people: int = 4) -> Iterator[None]:
        """So many at a time while the block lasts."""
        threads = [threading.Thread(target=self._run) for _number in range(people)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def _run(self) -> None:
        visitor, path = Visitor(self.url), f"/e/{self.slug}/register"
        hidden: dict[str, str] = {}
        while not self.over.is_set():
            email = new_address()
            try:
                hidden = hidden or visitor.form(path)
            except (AssertionError, OSError, HTTPException):
                # Not even the form can be shown.
                self.over.wait(0.05)
                continue
            own = {**hidden, "submission": f"a secret of {email}, long enough"}
            started = time.monotonic()
            try:
                self._note(email, visitor.send(path, own, typed(email, self.slots)))
            except (OSError, HTTPException):
                # Half an answer is none.
                self.unanswered.add(email)
                self.over.wait(0.02)
                continue
            self.worst = max(self.worst, time.monotonic() - started)

    def _note(self, email: str, answer: Seen) -> None:
        if answer.status == 303:
            self.acknowledged.add(email)
        elif NOT_SAVED in answer.text:
            self.refused.add(email)
        elif NOT_SURE in answer.text:
            self.unsure.add(email)
        else:
            self.others.append(f"{answer.status}: {answer.text[:2000]}")
