"""facefit fits a facial-descriptor network to a device."""
