"""The everyday benchmark: data as people have it, against truths."""
