"""`facefit fit`: from a bundled SuperNet to files that are fitted to this machine or to several, with proof."""

from facefit.fit.fleet import fit_fleet
from facefit.fit.fleet_order import FleetFitted, FleetOrder
from facefit.fit.job import fit_device
from facefit.fit.order import Fitted, Order

__all__ = ["Fitted", "FleetFitted", "FleetOrder", "Order", "fit_device", "fit_fleet"]
