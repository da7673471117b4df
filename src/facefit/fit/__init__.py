"""`facefit fit`: from a bundled SuperNet to files that are fitted to this machine or to several, with proof.

The names below are loaded when they are first used: `facefit search` wants a few modules of this room, and not what
exports and draws.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facefit.fit.fleet import fit_fleet
    from facefit.fit.fleet_order import FleetFitted, FleetOrder
    from facefit.fit.job import fit_device
    from facefit.fit.order import Fitted, Order

__all__ = ["Fitted", "FleetFitted", "FleetOrder", "Order", "fit_device", "fit_fleet"]

_MODULES = MappingProxyType(
    {
        "Fitted": "order",
        "FleetFitted": "fleet_order",
        "FleetOrder": "fleet_order",
        "Order": "order",
        "fit_device": "job",
        "fit_fleet": "fleet",
    }
)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'facefit.fit' has no attribute '{name}'")
    return getattr(import_module(f"facefit.fit.{_MODULES[name]}"), name)
