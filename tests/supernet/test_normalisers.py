"""Moments of channels: as exact as in float64, whatever the order in memory and however far from zero."""

from __future__ import annotations

import pytest
import torch

from facefit.supernet.normalisers import moments


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (5, 7, 1, 3), (40, 12, 9, 11)])
@pytest.mark.parametrize("mean", [0.0, -50.0])
def test_moments_are_those_of_float64(shape: tuple[int, ...], order: torch.memory_format, mean: float) -> None:
    x = (mean + torch.randn(shape, generator=torch.Generator().manual_seed(0))).to(memory_format=order)
    found_mean, found_variance = moments(x)
    variance, exact = torch.var_mean(x.double(), dim=(0, 2, 3), correction=0)
    assert found_mean.dtype == found_variance.dtype == torch.float32 and (found_variance >= 0).all()
    torch.testing.assert_close(found_mean, exact.float(), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found_variance, variance.float(), rtol=1e-5, atol=1e-6)
