"""A real, tiny profile of this machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facefit.device import LocalBackend, Plan, Protocol, profile_device
from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace


def test_profiles_this_machine(short_plan: Plan, small_space: SearchSpace) -> None:
    space = replace(small_space, resolutions=(32,))
    profile = profile_device(space, LocalBackend(threads=1), rng=np.random.default_rng(0), plan=short_plan)
    assert profile.identity.runtime == "litert-xnnpack"
    assert profile.identity.threads == 1
    assert all(entry.ms > 0 for entry in profile.entries.values())
    # The machine may be busy with other tests, so only what no noise can turn round is claimed.
    assert profile.predict_ms(space, space.largest) > profile.predict_ms(space, space.smallest) > 0
    assert profile.reference_ms > 0
    assert profile.seconds < 30


def test_refuses_what_it_cannot_run() -> None:
    with pytest.raises(InputError, match="expected 1 to"):
        LocalBackend(threads=0)
    with pytest.raises(ArtifactError, match="broken"):
        LocalBackend().time({"broken": b"no model"}, Protocol(passes=1), np.random.default_rng(0))
