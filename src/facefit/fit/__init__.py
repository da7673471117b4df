"""`facefit fit`: from a bundled SuperNet to a file that is fitted to this machine, with proof."""

from facefit.fit.job import fit_device
from facefit.fit.order import Fitted, Order

__all__ = ["Fitted", "Order", "fit_device"]
