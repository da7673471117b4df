"""The depthwise convolution of training computes, forwards and backwards, what PyTorch's own does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from facefit.supernet.depthwise import depthwise


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """With several the gradient would be PyTorch's own."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def gradients(y: Tensor, upstream: Tensor, *inputs: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(y, inputs, upstream))


def agree(n: int, channels: int, side: int, kernel: int, stride: int, last: bool, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    order = torch.channels_last if last else torch.contiguous_format
    x = torch.randn(n, channels, side, side + 1, generator=rng).contiguous(memory_format=order).requires_grad_()
    weight = torch.randn(channels, 1, kernel, kernel, generator=rng).requires_grad_()
    expected = F.conv2d(x, weight, None, stride, kernel // 2, groups=channels)
    found = depthwise(x, weight, stride, kernel // 2)
    upstream = torch.randn(expected.shape, generator=rng)
    assert torch.equal(found, expected)
    for a, b in zip(gradients(found, upstream, x, weight), gradients(expected, upstream, x, weight), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


sizes = st.tuples(
    st.integers(1, 5), st.integers(1, 40), st.integers(1, 9), st.sampled_from([1, 3, 5, 7]), st.sampled_from([1, 2]),
    st.booleans(), st.integers(0, 1000),
)  # fmt: skip


@given(sizes)
@settings(deadline=None)  # the first call compiles
def test_it_computes_what_pytorch_does(form: tuple[int, int, int, int, int, bool, int]) -> None:
    agree(*form)


def test_with_one_thread_the_gradient_is_our_own() -> None:
    x, weight = torch.randn(2, 4, 5, 5), torch.randn(4, 1, 3, 3, requires_grad=True)
    own = type(depthwise(x, weight, 1, 1).grad_fn)
    torch.set_num_threads(2)
    try:
        assert type(depthwise(x, weight, 1, 1).grad_fn) is not own
    finally:
        torch.set_num_threads(1)


def test_what_needs_no_gradient_gets_none() -> None:
    x, weight = torch.randn(2, 4, 5, 5), torch.randn(4, 1, 3, 3, requires_grad=True)
    depthwise(x, weight, 1, 1).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is None and weight.grad is not None
    with torch.no_grad():
        assert not depthwise(x, weight, 1, 1).requires_grad


def test_other_precisions_learn_too() -> None:
    double = torch.randn(4, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    depthwise(torch.randn(2, 4, 5, 5, dtype=torch.float64), double, 1, 1).sum().backward()  # type: ignore[no-untyped-call]
    weight = torch.randn(4, 1, 3, 3, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = depthwise(torch.randn(2, 4, 5, 5), weight, 1, 1)
    mixed.float().sum().backward()  # type: ignore[no-untyped-call]
    assert double.grad is not None and mixed.dtype == torch.bfloat16 and weight.grad is not None
