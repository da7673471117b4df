"""`facefit fit`: from a bundled SuperNet to files that are fitted to this machine or to several, with proof.

The names below are loaded when they are first used: `facefit search` wants a few modules of this room, and not what
exports and draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
