"""Training learns, resumes as if nothing had happened, and stops where it cannot go on."""

import json
import resource
import signal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from spaces import tiny_space

from facefit.cli.training_facts import same_run
from facefit.errors import ArtifactError, InputError, TrainingError
from facefit.faces.dataset import LabelledFaces
from facefit.graph.blocks import RandomWeights, dense, depthwise
from facefit.graph.graph import Graph
from facefit.graph.nodes import Flatten, GlobalMean, Input
from facefit.space import mobilefacenet
from facefit.supernet.graph_module import GraphModule
from facefit.supernet.network import SuperNet
from facefit.training.augment import View, augment
from facefit.training.checkpoint import Progress
from facefit.training.engine import start_engine
from facefit.training.loop import Trainer
from facefit.training.metrics import JsonLines
from facefit.training.monitor import Monitor
from facefit.training.recipe import (
    ArcFaceSettings,
    Augmentation,
    HeadSettings,
    Phase,
    Recipe,
    SoftmaxSettings,
    load_recipe,
)
from facefit.training.single import for_one_network
from facefit.training.steps import Steps
from facefit.training.subnets import ends


def bright_or_dark(n: int, seed: int = 0) -> LabelledFaces:
    """Three classes that differ in brightness: learnable in seconds."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    images = (rng.integers(0, 60, (n, 24, 24, 3)) + labels[:, None, None, None] * 80).astype(np.uint8)
    return LabelledFaces(images, np.eye(3, dtype=np.float32)[labels], tuple(map(str, range(n))), ("a", "b", "c"), "toy")


def recipe(augmentation: Augmentation | None = None) -> Recipe:
    how = augmentation or Augmentation()
    elastic = {"resolutions": (24, 32), "largest": "alternate", "random": 1, "sort_channels_first": True, "batch": 16}
    kernels = {
        "resolutions": (24,),
        "largest": "never",
        "smallest": False,
        "random": 1,
        "random_expand": False,
        "batch": 16,
    }
    phases = (Phase(epochs=1, augmentation=how, **kernels), Phase(epochs=2, augmentation=how, **elastic))
    return Recipe(resolutions=(24, 32), phases=phases, average_decay=0.8)


def trainer(folder, faces: LabelledFaces, how: Recipe) -> Trainer:
    torch.manual_seed(0)
    folder.mkdir(exist_ok=True)
    return Trainer(SuperNet(tiny_space(), 3), faces, how, folder, seed=0, engine=start_engine(accelerator="cpu"))


def weights(t: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in t.net.parameters()] + [v.flatten() for v in t.average.values()])


def test_learns_and_logs(tmp_path) -> None:
    faces, held_out = bright_or_dark(160), bright_or_dark(60, 1)
    how = recipe(Augmentation(brightness=0, contrast=0, erase_probability=0))
    t = trainer(tmp_path, faces, how)
    monitor = Monitor(t.net, faces, held_out, {"largest": t.net.space.largest, "smallest": t.net.space.smallest})
    t.run(lambda r: None, lambda epoch: monitor(t.average), save_seconds=1e9)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [(line["phase"], line["epoch"]) for line in lines] == [(0, 1), (1, 1), (1, 2)]
    assert lines[-1]["largest"] > 0.8 and lines[-1]["smallest"] > 0.6


def test_what_one_process_computes_stays_as_it_was(tmp_path) -> None:
    """Losses of the first version, which knew neither devices nor processes: 1e-4 is room for other CPUs' sums."""
    t = trainer(tmp_path, bright_or_dark(64), recipe())
    t.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert losses == pytest.approx([1.0918773, 1.0690008, 1.0133260], abs=1e-4)
    assert weights(t).abs().sum().item() == pytest.approx(26970.467, rel=1e-4)


def test_resumed_run_equals_uninterrupted_run(tmp_path) -> None:
    faces, how = bright_or_dark(64), recipe()
    whole = trainer(tmp_path / "whole", faces, how)
    whole.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
    for stop_at in (2, 6, 9):
        folder, steps = tmp_path / f"stop{stop_at}", []

        def kill(report, steps=steps, stop_at=stop_at) -> None:
            steps.append(report)
            if len(steps) == stop_at + 1:
                raise KeyboardInterrupt

        first = trainer(folder, faces, how)
        with pytest.raises(KeyboardInterrupt):
            first.run(kill, lambda epoch: {}, save_seconds=0.0)
        second = trainer(folder, faces, how)
        assert second.resume()
        second.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
        assert torch.equal(weights(second), weights(whole))
        logged = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        assert [(line["phase"], line["epoch"]) for line in logged] == [(0, 1), (1, 1), (1, 2)]
        whole_lines = (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()
        assert [line["loss"] for line in logged] == [json.loads(line)["loss"] for line in whole_lines]


def test_a_log_that_was_cut_off_goes_on_with_each_epoch_once(tmp_path) -> None:
    faces, how = bright_or_dark(64), recipe()

    def epochs() -> list[tuple[int, int]]:
        lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
        return [(line["phase"], line["epoch"]) for line in lines]

    def killed(state: Progress) -> None:
        if (state.phase, state.step_in_phase) == (1, 5):
            raise KeyboardInterrupt

    first = trainer(tmp_path, faces, how)
    with pytest.raises(KeyboardInterrupt):
        first.run(killed, lambda epoch: {}, save_seconds=1e9)
    assert epochs() == [(0, 1), (1, 1)]
    with (tmp_path / "metrics.jsonl").open("a") as log:
        log.write('{"phase": 1, "epo')
    second = trainer(tmp_path, faces, how)
    assert second.resume()
    assert epochs() == [(0, 1)]
    with pytest.raises(KeyboardInterrupt):
        second.run(killed, lambda epoch: {}, save_seconds=1e9)
    (tmp_path / "checkpoint.pt").unlink()
    third = trainer(tmp_path, faces, how)
    assert not third.resume()
    third.run(lambda state: None, lambda epoch: {}, save_seconds=1e9)
    assert epochs() == [(0, 1), (1, 1), (1, 2)]


@given(
    st.lists(st.sampled_from(['{"phase": 7, "epoch": 1}', "{}", "[1]", "null", "{", "\udcff", "", '{"phase": "x"}']))
)
def test_whatever_a_log_holds_its_whole_lines_of_the_past_are_kept(junk: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "metrics.jsonl"
        good = ['{"phase": 0, "epoch": 1, "loss": 1.5}', '{"phase": 1, "epoch": 1, "loss": 1.25}']
        path.write_text("\n".join([good[0], *junk, good[1]]), errors="surrogateescape")
        JsonLines(path).keep(partial(Steps(recipe(), 64).is_past, Progress(1, 5)), 0)
        assert path.read_text() == "".join(f"{line}\n" for line in good)


def losses(folder: Path, head: HeadSettings, precision: str, accelerator: str) -> list[float]:
    """Of each epoch of a run with the same seed."""
    faces, how = bright_or_dark(64), recipe().model_copy(update={"head": head})
    folder.mkdir()
    torch.manual_seed(0)
    engine = start_engine(precision=precision, accelerator=accelerator)
    t = Trainer(SuperNet(tiny_space(), 3), faces, how, folder, seed=0, engine=engine)
    t.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)
    assert all(value.dtype == torch.float32 for value in t.average.values())
    return [json.loads(line)["loss"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


HEADS = [SoftmaxSettings(), ArcFaceSettings(kind="arcface", scale=30)]


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h.kind)
def test_bfloat16_learns_like_float32(tmp_path, head: HeadSettings) -> None:
    exact, rounded = (losses(tmp_path / p, head, p, "cpu") for p in ("32-true", "bf16-mixed"))
    assert exact != rounded and rounded == pytest.approx(exact, rel=0.01)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU here")
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("head", HEADS, ids=lambda h: h.kind)
def test_a_gpu_learns_like_a_cpu(tmp_path, head: HeadSettings, precision: str) -> None:
    cpu, gpu = (losses(tmp_path / a, head, p, a) for a, p in (("cpu", "32-true"), ("gpu", precision)))
    assert gpu == pytest.approx(cpu, rel=0.01)


def test_loss_that_is_not_finite_stops_the_run(tmp_path) -> None:
    t = trainer(tmp_path, bright_or_dark(32), recipe())
    t.net.classifier.weight.data.fill_(float("nan"))
    with pytest.raises(
        TrainingError, match=r"loss \[nan.* at step 1 of phase 1;.*lower peak_learning_rate.*another --out"
    ):
        t.run(lambda r: None, lambda epoch: {}, save_seconds=1e9)


def test_the_last_checkpoint_outlives_a_loss_that_is_not_finite(tmp_path) -> None:
    """It is from before the loss, is not touched any more, and whole: a run that goes on from it comes to an end."""
    faces, how, poisoned, kept = bright_or_dark(64), recipe(), [False], list[bytes]()
    t = trainer(tmp_path, faces, how)
    t.net.classifier.register_forward_hook(lambda m, x, y: y * float("nan") if poisoned[0] else None)

    def poison(state: Progress) -> None:
        if (state.phase, state.step_in_phase) == (1, 2):
            t.save()
            kept.append((tmp_path / "checkpoint.pt").read_bytes())
        poisoned[0] = (state.phase, state.step_in_phase) == (1, 3)

    with pytest.raises(TrainingError, match="at step 4 of phase 2"):
        t.run(poison, lambda epoch: {}, save_seconds=1e9)
    assert [(tmp_path / "checkpoint.pt").read_bytes()] == kept
    again = trainer(tmp_path, faces, how)
    assert again.resume() and (again.progress.phase, again.progress.step_in_phase) == (1, 2)
    assert weights(again).isfinite().all()
    again.run(lambda state: None, lambda epoch: {}, save_seconds=1e9)
    whole = trainer(tmp_path / "whole", faces, how)
    whole.run(lambda state: None, lambda epoch: {}, save_seconds=1e9)
    assert torch.equal(weights(again), weights(whole))


def test_a_gradient_that_is_not_finite_changes_no_weight(tmp_path) -> None:
    t = trainer(tmp_path, bright_or_dark(32), recipe())
    before = weights(t)
    t.net.classifier.bias.register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(TrainingError, match="gradient"):
        t.run(lambda r: None, lambda epoch: {}, save_seconds=0.0)
    assert torch.equal(weights(t), before) and not (tmp_path / "checkpoint.pt").exists()


def test_damaged_checkpoint_is_refused(tmp_path) -> None:
    t = trainer(tmp_path, bright_or_dark(32), recipe())
    assert not t.resume()
    t.save()
    data = (tmp_path / "checkpoint.pt").read_bytes()
    (tmp_path / "checkpoint.pt").write_bytes(data[: len(data) // 2])
    with pytest.raises(ArtifactError, match="damaged checkpoint"):
        t.resume()


def test_a_disk_that_fills_up_is_told_of_and_keeps_the_last_checkpoint(tmp_path) -> None:
    """Files may become half as long as a checkpoint is; what is written beyond that fails as on a full disk."""
    t = trainer(tmp_path, bright_or_dark(32), recipe())
    t.save()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    answer = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, most))
    try:
        with pytest.raises(InputError, match=r"checkpoint\.pt: cannot be written \(File too large\)"):
            t.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, answer)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_fewer_images_than_a_batch(tmp_path) -> None:
    with pytest.raises(TrainingError, match="fewer than one batch"):
        trainer(tmp_path, bright_or_dark(8), recipe())


def test_augmentation_without_changes_is_a_resize_and_flips_are_mirrors() -> None:
    images = torch.randint(0, 256, (8, 3, 24, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    off = Augmentation(rotation_degrees=0, scale=0, shift=0, flip=False, brightness=0, contrast=0, erase_probability=0)
    same = augment(images, 24, off, View.draw(8, torch.Generator().manual_seed(1)))
    torch.testing.assert_close(same, images.float() / 255, atol=1e-5, rtol=0)
    flipped = augment(images, 24, off.model_copy(update={"flip": True}), View.draw(8, torch.Generator().manual_seed(1)))
    mirrored = 0
    for before, after in zip(same, flipped, strict=True):
        is_mirror = torch.allclose(after, before.flip(-1), atol=1e-5)
        assert is_mirror or torch.allclose(after, before, atol=1e-5)
        mirrored += is_mirror
    assert 0 < mirrored < 8
    assert augment(images, 32, Augmentation(), View.draw(8, torch.Generator().manual_seed(1))).shape == (8, 3, 32, 32)


def test_sizes_of_one_view_show_the_same(tmp_path) -> None:
    image = torch.rand(4, 3, 6, 6, generator=torch.Generator().manual_seed(0)).mul(255).byte()
    smooth = torch.nn.functional.interpolate(image.float(), size=(48, 48), mode="bicubic").clamp(0, 255).byte()
    large, small = (
        augment(smooth, s, Augmentation(), View.draw(4, torch.Generator().manual_seed(3))) for s in (64, 32)
    )
    shrunk = torch.nn.functional.interpolate(large, size=(32, 32), mode="area")
    assert (shrunk - small).abs().mean() < 0.02 < (shrunk - small.flip(-1)).abs().mean()


def test_recipes_name_the_wrong_setting(tmp_path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("resolutions: [48]\nphases:\n  - epochs: 0\n    resolutions: [48]\n")
    with pytest.raises(InputError, match=r"phases\.0\.epochs"):
        load_recipe(path)
    path.write_text("resolutions: [48]\nphases: []\nlearning: 3\n")
    with pytest.raises(InputError, match="setting 'phases'"):
        load_recipe(path)
    phase = "resolutions: [48]\nphases: [{epochs: 1, resolutions: [%s], largest: %s, smallest: false, random: 0}]\n"
    for settings, said in ((("56", "every"), "not among the recipe's"), (("48", "never"), "trains no subnet")):
        path.write_text(phase % settings)
        with pytest.raises(InputError, match=said):
            load_recipe(path)
    for nonsense in ("a: [", "[" * 100_000):
        path.write_text(nonsense)
        with pytest.raises(InputError, match="not YAML"):
            load_recipe(path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "resolutions: [0, 48]",
            r"'resolutions\.0': Input should be greater than or equal to 16, got 0; mend the recipe$",
        ),
        ("resolutions: [48]\nwidth: .inf", "'width': Input should be a finite number, got inf; mend the recipe$"),
        ("resolutions: [48]\nwidth: 0", "'width': Input should be greater than 0"),
        ("resolution: [48]", "'resolutions': Field required; mend the recipe$"),
        ("resolutions: [48]\nlearning: 3", "'learning': Extra inputs are not permitted, got 3"),
    ],
)
def test_settings_that_no_training_could_have_are_named(tmp_path, settings: str, said: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"{settings}\nphases: [{{epochs: 1, resolutions: [48]}}]\n")
    with pytest.raises(InputError, match=said):
        load_recipe(path)


def test_a_recipe_shapes_its_space(tmp_path) -> None:
    path = tmp_path / "recipe.yaml"
    shape = (
        "width: 0.6\nstrides: [%s]\ndescriptor: 128\nresolutions: [48, 64]\nphases: [{epochs: 1, resolutions: [48]}]\n"
    )
    path.write_text(shape % "1, 2, 2, 1, 2")
    space = load_recipe(path).space()
    assert space.name == "ofa-mbv3-w0.6-s12212-d128" and space.resolutions == (48, 64)
    assert load_recipe(path).space((32,)).resolutions == (32,)
    faces = "family: mobilefacenet\n%s\nresolutions: [48, 64]\nphases: [{epochs: 1, resolutions: [48]}]\n"
    path.write_text(faces % "width: 1\ndescriptor: 128")
    assert load_recipe(path).space() == mobilefacenet(1, (48, 64), 128)
    wrong = {"strides: [1, 2, 2, 1, 2]\ndescriptor: 128": "strides belong", "width: 1": "length of its descriptor"}
    for settings, said in wrong.items():
        path.write_text(faces % settings)
        with pytest.raises(InputError, match=said):
            load_recipe(path)
    for strides, where in (("1, 2, 2", "strides"), ("1, 2, 2, 1, 4", r"strides\.4")):
        path.write_text(shape % strides)
        with pytest.raises(InputError, match=f"setting '{where}'"):
            load_recipe(path)


def test_a_run_goes_on_that_began_before_its_recipe_could_say_as_much(tmp_path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    recipe = Recipe(resolutions=(48,), phases=(Phase(epochs=1, resolutions=(48,)),))
    now = recipe.model_dump(mode="json", exclude_none=True)
    earlier = {name: value for name, value in now.items() if name != "strides"}
    (tmp_path / "training.json").write_text(json.dumps({"recipe": earlier, "seed": 0}))
    same_run(tmp_path / "training.json", {"recipe": now, "seed": 0})
    for changed in ({"strides": (1, 2, 2, 1, 2)}, {"width": 0.6}):
        other = recipe.model_copy(update=changed).model_dump(mode="json", exclude_none=True)
        with pytest.raises(InputError, match="another recipe"):
            same_run(tmp_path / "training.json", {"recipe": other, "seed": 0})
    (tmp_path / "training.json").write_text(json.dumps({"recipe": "?", "seed": 0}))
    with pytest.raises(InputError, match="another recipe"):
        same_run(tmp_path / "training.json", {"recipe": now, "seed": 0})


def test_a_network_of_the_graph_room_learns_with_a_supernets_recipe(tmp_path) -> None:
    """The same trainer, without students: from chance to almost all, and on after an interruption as if without it."""
    weights, image = RandomWeights(np.random.default_rng(0)), Input("image", (1, 32, 32, 3))
    x = depthwise(dense(image, weights, "", 16, kernel=3, stride=2), weights, "", kernel=3, stride=2, activation="relu")
    graph = Graph(image, {"descriptor": Flatten(GlobalMean(dense(x, weights, "", 24, activation="relu")))})
    alone = for_one_network(recipe(Augmentation(flip=False, erase_probability=0)), 32)
    assert [phase.resolutions for phase in alone.phases] == [(32,)] * 2 and alone.head == recipe().head
    faces = bright_or_dark(64)

    def trained(folder: Path, stops: bool) -> dict[str, torch.Tensor]:
        folder.mkdir(exist_ok=True)
        torch.manual_seed(0)
        trainer = Trainer(GraphModule(graph, 3), faces, alone, folder, seed=1)
        trainer.resume()

        def report(state: Progress) -> None:
            if stops and (state.phase, state.step_in_phase) == (1, 3):
                trainer.save()
                raise KeyboardInterrupt

        trainer.run(report, lambda _: {}, save_seconds=1e9)
        return trainer.average

    whole = trained(tmp_path / "a", stops=False)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "b", stops=True)
    halves = trained(tmp_path / "b", stops=False)
    assert all(torch.equal(whole[name], halves[name]) for name in whole)
    net = GraphModule(graph, 3)
    right = Monitor(net, faces, bright_or_dark(60, seed=5), {"network": net.space.largest})(whole)["network"]
    assert right > 0.6


def test_an_epoch_is_told_by_the_ends_of_what_its_phase_trains() -> None:
    space = tiny_space()
    kernels = Phase(epochs=1, resolutions=(24,), largest="never", smallest=False, random=1, random_expand=False)
    found = ends(space, kernels)
    assert {subnet.resolution for subnet in found.values()} == {24}
    assert {block.expand for subnet in found.values() for block in subnet.blocks} == {space.expands[-1]}
    assert found["smallest"].depths == (space.depths[0],) * len(space.groups)
    whole = ends(space, Phase(epochs=1, resolutions=space.resolutions))
    assert whole == {"largest": space.largest, "smallest": space.smallest}
