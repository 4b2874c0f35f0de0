"""Experiments: one frozen config = one run = one record.

`python -m mi_tf.experiments NAME` runs one. Figures and tables are made from
records alone.
"""
