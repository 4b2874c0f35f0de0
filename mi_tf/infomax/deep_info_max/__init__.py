"""Deep InfoMax: its model, critics, priors and batches of images."""
