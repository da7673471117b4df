"""Heads: the margin by hand, and training with it on classes that can be learnt."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from spaces import tiny_space
from torch import nn

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.supernet.network import Output, SuperNet
from facefit.training.engine import start_engine
from facefit.training.feed import Sample
from facefit.training.heads import ArcFaceHead, SoftmaxHead, TaughtHead, make_head
from facefit.training.lessons import Lesson, PlainLessons
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.recipe import (
    ArcFaceSettings,
    Augmentation,
    Phase,
    Recipe,
    SoftmaxSettings,
    TaughtSettings,
    load_recipe,
)
from facefit.training.sandwich import Sandwich

ARCFACE = ArcFaceSettings(kind="arcface", margin_radians=0.5, scale=30)


def random_logits(seed: int) -> torch.Tensor:
    return torch.randn(6, 5, generator=torch.Generator().manual_seed(seed))


def one_hot() -> torch.Tensor:
    return torch.eye(5)[torch.tensor([0, 1, 2, 3, 4, 0])]


def test_answers_are_scaled_cosines_whatever_the_lengths():
    classifier, descriptor = nn.Linear(2, 2), torch.tensor([[3.0, 0.0], [0.0, 0.2], [5.0, 5.0]])
    classifier.weight.data = torch.tensor([[10.0, 0.0], [0.0, 0.1]])
    answers = ArcFaceHead(ARCFACE).answers(Output(descriptor, torch.zeros(3, 2)), classifier)
    half = 30 * math.cos(math.pi / 4)
    torch.testing.assert_close(answers, torch.tensor([[30.0, 0.0], [0.0, 30.0], [half, half]]))


@pytest.mark.parametrize("degrees", [10, 60, 120, 150])
def test_the_margin_is_added_to_the_angle_of_the_target_alone(degrees):
    angle = math.radians(degrees)
    answers = 30 * torch.cos(torch.tensor([[angle, angle]]))
    strained = ArcFaceHead(ARCFACE).strained(answers, torch.tensor([[1.0, 0.0]]))
    wanted = torch.tensor([[30 * math.cos(angle + 0.5), 30 * math.cos(angle)]])
    torch.testing.assert_close(strained, wanted, atol=1e-3, rtol=0)


def test_no_angle_goes_beyond_a_half_turn_and_gradients_are_finite_at_the_ends():
    answers = torch.tensor([[30.0, -30.0, 0.0]], requires_grad=True)
    strained = ArcFaceHead(ARCFACE).strained(answers, torch.ones(1, 3))
    assert strained[0, 1].item() == pytest.approx(-30, abs=1e-3)
    strained.sum().backward()
    assert torch.isfinite(answers.grad).all()


def test_settled_centres_have_unit_length_so_that_the_plain_classifier_agrees():
    classifier, head = nn.Linear(8, 5), ArcFaceHead(ARCFACE)
    head.settle(classifier)
    descriptor = torch.randn(40, 8, generator=torch.Generator().manual_seed(0))
    output = Output(descriptor, classifier(descriptor))
    torch.testing.assert_close(classifier.weight.norm(dim=1), torch.ones(5))
    assert torch.equal(head.answers(output, classifier).argmax(1), output.logits.argmax(1))


def test_softmax_is_as_it_was():
    head, classifier = make_head(SoftmaxSettings(), one_hot()), nn.Linear(8, 5)
    before, logits = classifier.weight.clone(), random_logits(0)
    head.settle(classifier)
    assert isinstance(head, SoftmaxHead) and torch.equal(classifier.weight, before)
    answers = head.answers(Output(logits, logits), classifier)
    torch.testing.assert_close(head.loss(answers, one_hot()), F.cross_entropy(logits, one_hot()))
    torch.testing.assert_close(
        head.imitation(answers, random_logits(1)), F.cross_entropy(logits, random_logits(1).softmax(1))
    )


def test_a_taught_descriptor_is_best_where_its_teacher_is_whatever_its_length():
    described = F.normalize(torch.randn(40, 8, generator=torch.Generator().manual_seed(0)))
    head, classifier = make_head(TaughtSettings(kind="taught", anchors=30), described), nn.Linear(8, 1)
    assert isinstance(head, TaughtHead)

    def loss(descriptors: torch.Tensor) -> float:
        output = Output(descriptors, torch.zeros(len(descriptors), 0))
        return head.loss(head.answers(output, classifier), described[:6]).item()

    right, shuffled = loss(described[:6]), loss(described[:6].roll(1, 0))
    assert loss(3 * described[:6]) == pytest.approx(right)
    assert right < loss(described[:6] + 0.3 * described[6:12]) < shuffled
    unknown = described[:6].clone().requires_grad_()
    head.loss(head.answers(Output(unknown, unknown), classifier), described[:6]).backward()
    torch.testing.assert_close(unknown.grad, torch.zeros(6, 8), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "settings", [SoftmaxSettings(), ARCFACE, TaughtSettings(kind="taught", anchors=16)], ids=lambda s: s.kind
)
def test_heads_compute_in_float32_where_networks_compute_in_bfloat16(settings):
    torch.manual_seed(0)
    net, said = SuperNet(tiny_space(), 3), []
    net.register_forward_hook(lambda module, x, output: said.append(output))
    described = torch.randn(16, net.space.feature_width).softmax(1) if settings.kind == "taught" else torch.rand(16, 3)
    targets = F.normalize(described) if settings.kind == "taught" else described.softmax(1)
    head = make_head(settings, targets)
    head.settle(net.classifier)
    phase = Phase(epochs=1, resolutions=(24,), smallest=False, random=1, batch=16)
    sample = Sample(torch.randint(256, (16, 3, 24, 24), dtype=torch.uint8), targets, {})
    engine = start_engine(precision="bf16-mixed", accelerator="cpu")
    sandwich = Sandwich(net, PlainLessons(Lesson(net, head, 0.5, engine)), engine)
    told = sandwich(phase, 0, sample, np.random.default_rng(0))[0]
    assert said[0].descriptor.dtype == said[0].logits.dtype == torch.bfloat16
    exact = head.loss(head.answers(Output(*(part.float() for part in said[0])), net.classifier), targets)
    assert told == pytest.approx(exact.item(), rel=1e-6)


def test_training_with_a_margin_learns(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=220)
    images = (rng.integers(0, 60, (220, 24, 24, 3)) + labels[:, None, None, None] * 80).astype(np.uint8)
    names = tuple(map(str, range(220)))
    faces = LabelledFaces(images, np.eye(3, dtype=np.float32)[labels], names, ("a", "b", "c"), "toy")
    learning, held_out = faces.split(lambda name: int(name) >= 160)
    how = Augmentation(brightness=0, contrast=0, erase_probability=0)
    phase = Phase(epochs=3, resolutions=(24,), smallest=False, random=1, batch=16, augmentation=how)
    recipe = Recipe(resolutions=(24, 32), phases=(phase,), average_decay=0.8, head=ARCFACE)
    torch.manual_seed(0)
    trainer = Trainer(SuperNet(tiny_space(), 3), learning, recipe, tmp_path, seed=0)
    monitor = Monitor(trainer.net, learning, held_out, {"largest": trainer.net.space.largest})
    trainer.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
    assert monitor(trainer.average)["largest"] > 0.8
    torch.testing.assert_close(trainer.net.classifier.weight.norm(dim=1), torch.ones(3))
    assert not trainer.net.classifier.bias.any()


def test_recipes_name_their_head(tmp_path):
    path, rest = tmp_path / "recipe.yaml", "resolutions: [48]\nphases: [{epochs: 1, resolutions: [48]}]\n"
    path.write_text(rest + "head: {kind: arcface, scale: 30}\n")
    assert load_recipe(path).head == ArcFaceSettings(kind="arcface", scale=30)
    path.write_text(rest)
    assert load_recipe(path).head == SoftmaxSettings()
    for wrong in ("{kind: cosface}", "{kind: softmax, scale: 30}", "{kind: arcface, margin: 0.5}"):
        path.write_text(rest + f"head: {wrong}\n")
        with pytest.raises(InputError, match="head"):
            load_recipe(path)
