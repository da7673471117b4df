"""Running exported networks, and others' files, in Python."""

from facefit.runtime.descriptor import Descriptor, Faces
from facefit.runtime.image_form import BLACK_AND_WHITE, Colour, ImageForm, Layout

__all__ = ["BLACK_AND_WHITE", "Colour", "Descriptor", "Faces", "ImageForm", "Layout"]
