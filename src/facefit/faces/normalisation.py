"""Pixel normalisation that networks are trained with, on RGB in 0..1 (the usual ImageNet figures)."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
