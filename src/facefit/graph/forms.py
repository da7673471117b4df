"""In which forms a network can be written; who only names them need not load what writes."""

from __future__ import annotations

from typing import Literal

Output = Literal["descriptor", "probabilities"]
Depthwise7 = Literal["plain", "split"]
"""How 7x7 depthwise convolutions are written; see `emit_tflite`."""
Weights = Literal["float32", "float16", "int8"]
