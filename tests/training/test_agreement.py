"""What one of several processes meets ends all of them, with words that say it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from lightning_fabric import Fabric
from spaces import tiny_space

from facefit.cli.processes import one_voice
from facefit.errors import ArtifactError, InputError
from facefit.faces.dataset import LabelledFaces
from facefit.supernet.network import SuperNet
from facefit.training.agreement import by_all, by_leader, check_alike
from facefit.training.engine import Engine
from facefit.training.loop import Trainer
from facefit.training.recipe import Phase, Recipe


class Told(Engine):
    """One process of two that hears, one after the other, what the other one says; and then nothing."""

    def __init__(self, rank: int, *heard: dict[str, str]) -> None:
        super().__init__(Fabric(accelerator="cpu", devices=1))
        self.processes, self.rank, self.heard, self.said = 2, rank, list(heard), dict[str, str]()

    def together(self, said: Mapping[str, str]) -> dict[str, str]:
        self.said = dict(said)
        return self.said | (self.heard.pop(0) if self.heard else {})

    def anywhere(self, asked: bool) -> bool:
        return asked or bool(self.heard)


def meets(error: Exception) -> Callable[[], str]:
    def act() -> str:
        raise error

    return act


def test_what_the_leader_meets_ends_all() -> None:
    words = {"leader": "run: no space left"}
    leader, other = Told(0), Told(1, words)
    with pytest.raises(ArtifactError, match="run: no space left"):
        by_leader(leader, meets(ArtifactError("run: no space left")))
    assert leader.said == words  # told before it ended, or the other one would wait for ever
    with pytest.raises(InputError, match="run: no space left"):
        by_leader(other, lambda: pytest.fail("only the leading process acts"))
    done: list[str] = []
    by_leader(Told(0), lambda: done.append("written"))
    by_leader(Told(1), lambda: done.append("twice"))
    assert done == ["written"]


def test_what_one_process_meets_ends_all_with_its_words() -> None:
    told = "^process 1: faces: no such folder$"
    meeting = Told(1)
    with pytest.raises(InputError, match=told):
        by_all(meeting, meets(ArtifactError("faces: no such folder")))
    with pytest.raises(InputError, match=told):
        by_all(Told(0, meeting.said), lambda: "read")
    with pytest.raises(InputError, match=r"^process 0: no table; process 1: faces: no such folder$"):
        by_all(Told(0, meeting.said), meets(InputError("no table")))
    with pytest.raises(InputError, match=r"^faces: no such folder$"):  # for all the same: nobody is named
        by_all(Told(0, meeting.said), meets(InputError("faces: no such folder")))


def test_all_act_and_say_nothing_where_all_goes_well() -> None:
    process = Told(1)
    process.said = {"before": "this"}
    assert by_all(process, lambda: "read") == "read" and process.said == {"before": "this"}


def test_one_process_meets_what_it_meets() -> None:
    with pytest.raises(ArtifactError, match=r"^damaged$"):
        by_all(Engine(Fabric(accelerator="cpu", devices=1)), meets(ArtifactError("damaged")))


def test_a_mistake_of_ours_is_told_to_the_others_and_keeps_its_trace() -> None:
    process = Told(1)
    with pytest.raises(ZeroDivisionError):
        by_all(process, meets(ZeroDivisionError()))
    assert process.said == {"1": "ZeroDivisionError"}


def test_processes_that_go_on_from_different_steps_are_told_of() -> None:
    said = "step 8, photos 12ab"
    check_alike(Told(1, {"0": said}), said, "share the folder")
    with pytest.raises(InputError, match=r"process 0: step 8, photos 12ab; process 1: step 0.*share the folder"):
        check_alike(Told(1, {"0": said}), "step 0, photos 12ab", "share the folder")


@pytest.mark.parametrize(("error", "code"), [(InputError("no photos"), 2), (KeyboardInterrupt(), 130)])
def test_only_the_leader_talks_and_only_who_started_a_machines_processes_has_a_code(
    error: BaseException, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    def code_of(rank: int, rank_here: int) -> object:
        process = Told(rank)
        process.rank_here = rank_here
        with pytest.raises(SystemExit) as ended, one_voice(process):
            print("talks"), print("talks", file=sys.stderr)
            raise error
        return ended.value.code

    assert (code_of(2, 0), code_of(1, 1), code_of(3, 1)) == (code, 0, 0)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(type(error)), one_voice(Told(0)):
        raise error


@pytest.fixture
def trainer_of(tmp_path: Path) -> Callable[[Engine], Trainer]:
    """A trainer that the engine leads or follows, in one folder."""
    recipe = Recipe(resolutions=(24, 32), phases=(Phase(epochs=1, resolutions=(24,), random=0, batch=16),))
    images, targets = np.zeros((32, 24, 24, 3), np.uint8), np.eye(2, dtype=np.float32)[np.arange(32) % 2]
    faces = LabelledFaces(images, targets, tuple(map(str, range(32))), ("a", "b"), "toy")
    return lambda engine: Trainer(SuperNet(tiny_space(), 2), faces, recipe, tmp_path, seed=0, engine=engine)


def test_a_checkpoint_within_an_epoch_holds_what_any_process_found_damaged(
    trainer_of: Callable[[Engine], Trainer],
) -> None:
    leader, other = trainer_of(Told(0, {"b.png": "cut off"})), trainer_of(Told(1, {"a.png": "no image"}))
    leader.progress.damaged, other.progress.damaged = {"a.png": "no image"}, {"b.png": "cut off"}
    leader.save(), other.save()
    again = trainer_of(Engine(Fabric(accelerator="cpu", devices=1)))
    assert again.resume()
    assert again.damaged == leader.damaged == other.damaged == {"a.png": "no image", "b.png": "cut off"}


def test_a_checkpoint_that_is_damaged_on_one_machine_ends_all(
    trainer_of: Callable[[Engine], Trainer], tmp_path: Path
) -> None:
    (tmp_path / "checkpoint.pt").write_text("nothing")
    with pytest.raises(InputError, match=r"^process 1: .*checkpoint.pt: damaged"):
        trainer_of(Told(1)).resume()


def test_a_part_of_a_batch_that_one_process_cannot_read_ends_all_before_the_step(
    trainer_of: Callable[[Engine], Trainer],
) -> None:
    trainer = trainer_of(Told(0, {"1": "all 8 images of a batch are damaged"}))
    with pytest.raises(InputError, match=r"^process 1: all 8 images of a batch are damaged$"):
        trainer.run(lambda state: pytest.fail("a step was done"), lambda epoch: {}, save_seconds=1e9)


def test_whoever_is_asked_to_stop_all_keep_what_is_done(trainer_of: Callable[[Engine], Trainer]) -> None:
    alone = trainer_of(Engine(Fabric(accelerator="cpu", devices=1)))
    with pytest.raises(KeyboardInterrupt):
        alone.run(lambda state: None, lambda epoch: {}, save_seconds=1e9, stops=lambda: True)
    again = trainer_of(Engine(Fabric(accelerator="cpu", devices=1)))
    assert again.resume() and again.progress.step_in_phase == 1
