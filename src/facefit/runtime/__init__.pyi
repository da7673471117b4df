from .descriptor import Descriptor, Faces
from .image_form import BLACK_AND_WHITE, Colour, ImageForm, Layout

__all__ = ["BLACK_AND_WHITE", "Colour", "Descriptor", "Faces", "ImageForm", "Layout"]
