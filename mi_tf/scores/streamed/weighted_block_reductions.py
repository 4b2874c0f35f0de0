"""What each reduction does with a block of scores of samples with weights."""

import dataclasses

import numpy as np
import tensorflow as tf

from mi_tf.scores import reductions
from mi_tf.scores.streamed import block_reductions
from mi_tf.scores.streamed import joint_samples


def step(reduction, joint):
  """Returns the step of one of `reductions`, over `weighted_samples`."""
  if isinstance(reduction, reductions.LogSoftmax):
    is_block = isinstance(joint, joint_samples.Blocks)
    return (_BlockLogSoftmax if is_block else _ColumnLogSoftmax)(joint)
  if isinstance(reduction, reductions.Mean):
    return _Mean(reduction, joint)
  return _LogMeanExp(reduction, joint)


class _ColumnLogSoftmax(block_reductions.ColumnLogSoftmax):
  def _compared(self, block):
    return _at_least_lowest(block.scores + self._joint.log_columns)

  def _own_logs(self, block):
    return self._joint.own_logs(block.first, block.num_rows())

  def finish(self, sums):
    return sums[0], None


class _BlockLogSoftmax(block_reductions.BlockLogSoftmax):
  def add(self, sums, block):
    compared = _at_least_lowest(block.scores + self._joint.log_columns)
    log_sum, share = block_reductions.row_softmax(compared)
    weights = block.new * block_reductions.rows_of(
      self._joint.row_weights, block
    )
    each = _of_rows(self._joint, block)
    each = each.new / joint_samples.or_one(self._joint.num_joint)
    joint = self._joint.scale_joint(block.raw, block.first)
    total = block.sum_of_new(each * tf.reduce_sum(joint, axis=-1))
    total -= tf.reduce_sum(weights * log_sum)

    def change():
      part = tf.math.divide_no_nan(each, weights)[:, tf.newaxis]
      joint = self._joint.scale_joint(tf.ones_like(share), block.first)
      return share - part * joint, -weights, None

    return (sums[0] + total,), change

  def finish(self, sums):
    return sums[0], None


class _Mean(block_reductions.Mean):
  def add(self, sums, block):
    return super().add(sums, _of_rows(self._joint, block))

  def _fast(self):
    return None  # It sums up numbers that count once each.

  def _kept(self, values, block, fill):
    if self._is_negative:
      return self._joint.scale_negatives(values, block.first)
    return self._joint.scale_joint(values, block.first)

  def finish(self, sums):
    return sums[0], None


class _LogMeanExp(block_reductions.LogMeanExp):
  def add(self, sums, block):
    return super().add(sums, _of_rows(self._joint, block))

  def _weighted(self, log_sum, block):
    return log_sum + tf.math.log(block.new)

  def _kept(self, values, block, fill):
    if self._is_negative:
      values = self._joint.shift_negatives(values, block.first)
    else:
      values = self._joint.shift_joint(values, block.first)
    return _at_least_lowest(values)

  def finish(self, sums):
    value, scale = super().finish(sums)
    if not self._is_negative:
      nothing = tf.equal(super()._count(), 0)
      value = tf.where(nothing, tf.zeros_like(value), value)
    return value, scale

  def _count(self):
    return joint_samples.or_one(super()._count())


def _of_rows(joint, block):
  """Returns the block with how often each of its rows counts."""
  rows = block.new * block_reductions.rows_of(joint.rows, block)
  return dataclasses.replace(block, new=rows)


def _at_least_lowest(values):
  """Returns values with the lowest number in place of `-inf`."""
  lowest = tf.constant(values.dtype.min, values.dtype)
  return tf.where(tf.equal(values, -np.inf), lowest, values)
