"""Saving: models that are built from files, and SavedModels."""
