"""Static networks as graphs of few operators with numpy weights, written as TFLite files; no torch, no TensorFlow."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
