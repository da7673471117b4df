"""`python -m facefit` is the command `facefit`."""

import sys

from facefit.cli import main

sys.exit(main())
