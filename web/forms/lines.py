"""What somebody writes beside each need or offer that they tick: a short line in their own words."""

from typing import Any

from wtforms import Field


class LinesField(Field):
    """Code of what is ticked → the line beside it, without those left empty.

    The line beside the code ``skills.law`` is sent as ``<name of the field>.skills.law``.
    """

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        prefix = f"{self.name}."
        # A row of before may hold another thing than lines.
        self.data: dict[str, str] = dict(data) if isinstance(data, dict) else {}
        if formdata:
            sent = {key[len(prefix) :]: formdata.get(key) for key in formdata if key.startswith(prefix)}
            self.data = {code: text for code, raw in sent.items() if (text := self._filtered(raw))}

    def _filtered(self, text: Any) -> str:
        for one in self.filters:
            text = one(text)
        return " ".join(str(text or "").split())

    def name_of(self, code: str) -> str:
        return f"{self.name}.{code}"

    def id_of(self, code: str) -> str:
        return f"{self.id}-{code.replace('.', '-')}"
