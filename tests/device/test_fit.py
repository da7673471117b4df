"""The fit finds the rule by which layers make a network, if there is one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.device import LatencyFit
from facefit.device.blocks import distinct_layers, spread_subnets
from facefit.device.fit import error_percent
from facefit.errors import InputError
from facefit.space import ofa_mbv3

SPACE = ofa_mbv3(resolutions=(48, 64))
LAYERS = distinct_layers(SPACE)


def alone(seed: int) -> dict[str, float]:
    values = np.random.default_rng(seed).uniform(0.01, 0.2, len(LAYERS))
    return dict(zip(LAYERS, map(float, values), strict=True))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.8, 1.4), st.floats(-0.2, 0.3), st.floats(0.0, 0.1), st.floats(-0.2, 0.5), st.integers(0, 1000))
def test_recovers_a_known_rule(scale: float, scale7: float, weights_ms: float, constant_ms: float, seed: int) -> None:
    rule, alone_ms = LatencyFit(scale, scale7, weights_ms, constant_ms), alone(seed)
    networks = [SPACE.layers(subnet) for subnet in spread_subnets(SPACE, 16, np.random.default_rng(seed))]
    measured_ms = [rule.network_ms(network, alone_ms) for network in networks]
    found = LatencyFit.of(networks, measured_ms, alone_ms, LAYERS.values())
    others = [SPACE.layers(subnet) for subnet in spread_subnets(SPACE, 8, np.random.default_rng(seed + 1))]
    for network in others:
        expected = rule.network_ms(network, alone_ms)
        assert found.network_ms(network, alone_ms) == pytest.approx(expected, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.1), st.floats(3.0, 6.0), st.integers(0, 1000))
def test_finds_where_networks_outgrow_a_cache(spill_ms: float, cached: float, seed: int) -> None:
    rng, alone_ms = np.random.default_rng(seed), alone(seed)
    rule = LatencyFit(1.1, 0.1, 0.03, 0.05, spill_ms, cached)
    networks = [SPACE.layers(subnet) for subnet in spread_subnets(SPACE, 30, rng) + spread_subnets(SPACE, 30, rng)]
    noise = 1 + 0.001 * rng.standard_normal(len(networks))
    measured_ms = [rule.network_ms(network, alone_ms) for network in networks] * noise
    found = LatencyFit.of(networks[:30], measured_ms[:30], alone_ms, LAYERS.values())
    errors = error_percent([found.network_ms(network, alone_ms) for network in networks[30:]], measured_ms[30:])
    assert float(np.median(errors)) < 0.4


def test_noise_alone_makes_no_bend() -> None:
    rng, alone_ms = np.random.default_rng(3), alone(3)
    rule = LatencyFit(1.1, 0.1, 0.03, 0.05)
    bent = 0
    for _ in range(20):
        networks = [SPACE.layers(subnet) for subnet in spread_subnets(SPACE, 30, rng)]
        noise = 1 + 0.01 * rng.standard_normal(len(networks))
        measured_ms = [rule.network_ms(network, alone_ms) for network in networks] * noise
        bent += len(LatencyFit.of(networks, measured_ms, alone_ms, LAYERS.values()).sums) - 1
    assert bent <= 4


def test_noise_of_one_percent_gives_errors_of_about_one_percent() -> None:
    rng, alone_ms = np.random.default_rng(0), alone(0)
    subnets = spread_subnets(SPACE, 30, rng) + spread_subnets(SPACE, 30, rng)
    networks = [SPACE.layers(subnet) for subnet in subnets]
    rule = LatencyFit(1.1, 0.1, 0.03, 0.05)
    true_ms = [rule.network_ms(network, alone_ms) for network in networks]
    noisy_ms = [ms * (1 + 0.01 * rng.standard_normal()) for ms in true_ms]
    found = LatencyFit.of(networks[:30], noisy_ms[:30], alone_ms, LAYERS.values())
    errors = error_percent([found.network_ms(network, alone_ms) for network in networks[30:]], true_ms[30:])
    assert 0.0 < float(np.median(errors)) < 1.0


def test_too_few_networks_are_refused() -> None:
    network = SPACE.layers(SPACE.smallest)
    with pytest.raises(InputError, match="at least 8"):
        LatencyFit.of([network] * 7, [1.0] * 7, alone(0), LAYERS.values())


def test_there_are_95_layers_at_one_resolution() -> None:
    assert len(distinct_layers(ofa_mbv3())) == 95


def test_layers_cover_every_subnet_and_networks_span_the_space() -> None:
    subnets = spread_subnets(SPACE, 40, np.random.default_rng(0))
    parameters = [sum(layer.parameters for layer in SPACE.layers(subnet)) for subnet in subnets]
    assert all(layer.name in LAYERS for subnet in subnets for layer in SPACE.layers(subnet))
    assert {subnet.resolution for subnet in subnets} == {48, 64}
    assert min(parameters) < 3.6e6
    assert max(parameters) > 8.0e6


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 3.0), st.integers(0, 1000))
def test_no_layer_costs_less_than_nothing_whatever_the_noise(noise: float, seed: int) -> None:
    """A single slow phase of the machine would have it otherwise, and nothing could be searched with such a profile."""
    rng, alone_ms = np.random.default_rng(seed), alone(seed)
    networks = [SPACE.layers(subnet) for subnet in spread_subnets(SPACE, 16, rng)]
    measured_ms = np.exp(noise * rng.standard_normal(len(networks)))
    found = LatencyFit.of(networks, measured_ms.tolist(), alone_ms, LAYERS.values())
    for plain in found.sums:
        assert min(plain.layer_ms(layer, alone_ms[layer.name]) for layer in LAYERS.values()) >= 0
