"""Classifiers: log probabilities of classes, fitted to training rows."""
