"""Colours by their role. Okabe and Ito's hues, which colour-blind readers tell apart; shapes differ as well."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """A hex colour for each role; no two are equal, so that a figure's colours can be turned back into roles."""

    surface: str
    ink: str
    muted: str
    grid: str
    band: str
    cloud: str
    front: str
    chosen: str
    reference: str
    fixed: str
    expand_low: str
    expand_middle: str
    expand_high: str
    on_high: str

    def expand_shade(self, rank: float) -> str:
        """Colour of an expand ratio by its rank among those of the space, from 0 to 1."""
        return (self.expand_low, self.expand_middle, self.expand_high)[round(2 * rank)]

    def variables(self) -> str:
        """The roles as CSS custom properties."""
        return " ".join(f"--{role.replace('_', '-')}: {colour};" for role, colour in asdict(self).items())

    def themed(self, svg: str) -> str:
        """The same drawing with each colour taken from the page's custom properties, so that it follows its theme."""
        for role, colour in asdict(self).items():
            svg = svg.replace(colour, f"var(--{role.replace('_', '-')})")
        return svg


LIGHT = Palette(
    surface="#ffffff",
    ink="#1c2127",
    muted="#5c6670",
    grid="#dfe4ea",
    band="#f2f5f8",
    cloud="#a3afbb",
    front="#0072b2",
    chosen="#d55e00",
    reference="#00835f",
    fixed="#c9d1d9",
    expand_low="#c6dff0",
    expand_middle="#74b0d8",
    expand_high="#1f6fa8",
    on_high="#fefefe",
)
DARK = Palette(
    surface="#171b20",
    ink="#e8ecf0",
    muted="#a0aab4",
    grid="#333b44",
    band="#20262d",
    cloud="#6b7783",
    front="#56b4e9",
    chosen="#ff8a3d",
    reference="#2fc99a",
    fixed="#48525c",
    expand_low="#244459",
    expand_middle="#326f99",
    expand_high="#8cc9f2",
    on_high="#0f1317",
)
