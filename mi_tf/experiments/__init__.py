"""Experiments: one frozen config = one run = one record.

`python -m mi_tf.experiments NAME` runs an experiment. Figures and tables are
made from records alone.
"""
