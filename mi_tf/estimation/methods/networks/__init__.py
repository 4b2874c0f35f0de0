"""Networks: what an elliptical distribution misses, learned on the device."""
