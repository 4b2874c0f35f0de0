"""Networks: many small ones, trained side by side in one loop on the device."""
