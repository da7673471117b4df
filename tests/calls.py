"""What a call of the command line gave back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a call gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The last line on standard output."""
        facts: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return facts

    def is_mistake(self, *words: str) -> None:
        """Code 2, nothing on standard output, and one line that says all the words (after what is in progress)."""
        lines = [line for line in self.err.splitlines() if not line.endswith("...")]
        assert (self.code, self.out, len(lines)) == (2, "", 1), self
        assert lines[0].startswith("facefit: "), self
        for word in words:
            assert word in lines[0], self


Call = Callable[..., Answer]
