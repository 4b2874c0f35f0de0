"""Finds ops in a compiled graph that a TPU would refuse, without a TPU.

XLA lowers a function to HLO on any machine. A TPU takes arrays of fixed shapes
only (HLO writes a dynamic, bounded shape as `f32[<=5]`). A program that stays
on the device has no ops that talk to the host (`infeed`, `outfeed`, `send`,
`recv`) or call its libraries (`custom-call`).
"""

import re

import tensorflow as tf

_REFUSED = {
  'a shape that is bounded and dynamic': re.compile(r'\[[^\]]*<=\d'),
  'data from or to the host': re.compile(r' (infeed|outfeed|send|recv)\('),
  'a call of a library': re.compile(r' custom-call\('),
}


def problems(fn, *args):
  """Returns the ops of `fn(*args)` that a TPU would refuse, as a list of lines.

  Args:
    fn: function of (nested) `Tensor`s, or a `tf.function` that XLA compiles.
    *args: `Tensor`s of the shapes to compile for.

  Raises:
    tf.errors.InvalidArgumentError: if XLA does not compile it at all.
  """
  if not hasattr(fn, 'experimental_get_compiler_ir'):
    fn = tf.function(fn, autograph=False, jit_compile=True)
  text = fn.experimental_get_compiler_ir(*args)(stage='hlo')
  return [
    f'{what}: {line.strip()}'
    for line in text.splitlines()
    for what, pattern in _REFUSED.items()
    if pattern.search(line)
  ]
