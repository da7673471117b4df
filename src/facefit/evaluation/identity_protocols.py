"""Protocols on people by name: what they ask, in which view, and of whose photos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from facefit.faces.alignment import View
from facefit.faces.lfw import NamedPhotos, load_subjects
from facefit.faces.own_people import load_people

IDENTITY_PROTOCOLS: Mapping[str, str] = MappingProxyType(
    {
        "lfw-596": "nearest neighbour among one aligned photo of each of 596 people",
        "lfw-596-cropped": "the same on the detected box, without alignment",
        "lfw-pairs": "6,000 pairs of photos: one person or two",
        "lfw-596-pairs": "the same on pairs of the 596 people, for networks that learnt from others of LFW",
        "lfw-robustness": "nearest neighbour with disturbed probes, on some of the 596 people",
        "people": "as lfw-596, on your own people: every folder that holds two photos or more",
        "people-cropped": "as lfw-596-cropped, on your own people",
        "people-pairs": "as lfw-596-pairs, on your own people",
    }
)
SUBJECT_VIEWS: Mapping[str, View] = MappingProxyType(
    {"lfw-596": "aligned", "lfw-596-cropped": "cropped", "people": "aligned", "people-cropped": "cropped"}
)
PAIR_PROTOCOLS = ("lfw-pairs", "lfw-596-pairs", "people-pairs")
OWN_PEOPLE = ("people", "people-cropped", "people-pairs")


def subjects_view(protocol: str) -> View | None:
    """The view that a protocol of identification has in its name; None for another protocol."""
    return SUBJECT_VIEWS.get(protocol)


def load_photos(folder: Path, protocol: str) -> NamedPhotos:
    """The photos of the 596 subjects of LFW, or of one's own people; raises `InputError` as those loaders do."""
    return load_people(folder) if protocol in OWN_PEOPLE else load_subjects(folder)
