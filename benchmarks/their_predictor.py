"""Once-for-all's accuracy predictor, run from its own repository on our labels.

Training: its repository has the network and the data loader (a fifth of the labels validates, batches of 256, the mean
accuracy as the output's bias), and its author tells the rest: Adam, learning rate 1e-3, weight decay 1e-4, accuracies
in 0..1 (github.com/mit-han-lab/once-for-all/issues/30). The number of epochs is not told: we stop when the error on its
fifth has not fallen for a while, and keep the best.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from their_code import their_module

from facefit.space import SearchSpace, subnet_to_config
from facefit.space.population import Genes, decode

LEARNING_RATE, WEIGHT_DECAY, BATCH = 1e-3, 1e-4, 256
MOST_EPOCHS, PATIENCE = 400, 40


class TheirPredictor:
    """`AccuracyPredictor` behind our interface; genes are uint8 (n, 1 + positions), accuracies in 0..1."""

    def __init__(self, clone: Path, space: SearchSpace) -> None:
        theirs = their_module(clone, "ofa.nas.accuracy_predictor")
        encoder = theirs.MobileNetArchEncoder(
            list(space.resolutions), list(space.kernels), list(space.expands), list(space.depths), len(space.groups)
        )
        self.space, self.rmse = space, float("nan")
        self.network: Any = theirs.AccuracyPredictor(encoder, device="cpu")

    def fit(self, genes: Genes, accuracy: NDArray[np.float64], seed: int) -> TheirPredictor:
        torch.manual_seed(seed)
        features = np.array([self.network.arch_encoder.arch2feature(arch) for arch in archs(self.space, genes)])
        x, y = torch.tensor(features, dtype=torch.float), torch.tensor(accuracy, dtype=torch.float)
        order = torch.randperm(len(x))
        fitting, validating = order[: len(x) // 5 * 4], order[len(x) // 5 * 4 :]
        self.network.base_acc.data.fill_(float(y.mean()))
        optimiser = torch.optim.Adam(self.network.layers.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        best, kept, waited = float("inf"), self.network.state_dict(), 0
        for _ in range(MOST_EPOCHS):
            for batch in fitting[torch.randperm(len(fitting))].split(BATCH):  # type: ignore[no-untyped-call]
                optimiser.zero_grad()
                torch.nn.functional.mse_loss(self.network(x[batch]).reshape(-1), y[batch]).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            with torch.no_grad():
                error = float(torch.nn.functional.mse_loss(self.network(x[validating]).reshape(-1), y[validating]))
            best, kept, waited = (
                (error, copy.deepcopy(self.network.state_dict()), 0) if error < best else (best, kept, waited + 1)
            )
            if waited == PATIENCE:
                break
        self.network.load_state_dict(kept)
        self.rmse = best**0.5
        return self

    def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
        with torch.no_grad():
            predicted = self.network.predict_acc(archs(self.space, genes)).reshape(-1)
        return np.asarray(predicted.numpy(), np.float64)


def archs(space: SearchSpace, genes: Genes) -> list[dict[str, Any]]:
    """Subnets in their form."""
    return [_arch(subnet_to_config(space, subnet)) for subnet in decode(space, genes)]


def _arch(config: dict[str, Any]) -> dict[str, Any]:
    return {"ks": config["ks"], "e": config["e"], "d": config["d"], "image_size": config["r"][0]}
