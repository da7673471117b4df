"""Latency on a device: measured layer by layer in bursts, added up to predict whole networks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
