"""Models: MiEstimator, a Keras model that learns mutual information."""

from mi_tf.models.mi_estimator import MiEstimator

__all__ = ['MiEstimator']
