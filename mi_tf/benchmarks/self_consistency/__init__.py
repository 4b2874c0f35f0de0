"""The self-consistency benchmark: whether estimates of images agree."""
