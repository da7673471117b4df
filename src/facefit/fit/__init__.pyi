from .fleet import fit_fleet
from .fleet_order import FleetFitted, FleetOrder
from .job import fit_device
from .order import Fitted, Order

__all__ = ["Fitted", "FleetFitted", "FleetOrder", "Order", "fit_device", "fit_fleet"]
