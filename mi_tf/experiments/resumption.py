"""The saved state of a run, which continues from this state after a kill."""

import json
import os
import pathlib
import time

import keras
import numpy as np


class Resumption:
  """The state of a run at the end of its last stage, on disk.

  A run is a sequence of stages. Each stage ends with `save`. The random numbers
  of a stage depend only on the run's seed and the stage's number. Therefore,
  killed and resumed runs have the same records as uninterrupted runs.
  """

  def __init__(self, path, seed):
    """Reads the saved state, if the file exists.

    Args:
      path: name of the file of the state.
      seed: `int`, the seed of the run.
    """
    self._path = pathlib.Path(path)
    self._seed = seed
    self._start = time.perf_counter(), time.process_time()
    self._saved = None
    if self._path.exists():
      with np.load(self._path, allow_pickle=False) as arrays:
        self._saved = dict(arrays)

  def restore(self, variables):
    """Sets variables to their saved values, if a state was saved.

    Args:
      variables: list of the variables passed to `save`, in the same order.

    Returns:
      dict, the notes passed to `save`; empty if nothing was saved.
    """
    if self._saved is None:
      return {}
    for i, variable in enumerate(variables):
      variable.assign(self._saved[f'variable_{i}'])
    notes = json.loads(self._saved['notes'].tobytes())
    before = notes.pop('seconds')
    self._start = tuple(
      now - then for now, then in zip(self._start, before, strict=True)
    )
    self._saved = None
    return notes

  def start_stage(self, number):
    """Sets the seeds of all random numbers of a stage."""
    sequence = np.random.SeedSequence([self._seed, number])
    keras.utils.set_random_seed(int(sequence.generate_state(1)[0]))

  def save(self, variables, notes):
    """Saves the state at the end of a stage.

    Args:
      variables: as for `restore`.
      notes: dict that JSON can hold.
    """
    text = json.dumps({**notes, 'seconds': self.seconds()}).encode('utf-8')
    arrays = {
      f'variable_{i}': keras.ops.convert_to_numpy(v)
      for i, v in enumerate(variables)
    }
    self._path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = self._path.with_suffix('.part')
    with open(unfinished, 'wb') as file:
      np.savez(file, notes=np.frombuffer(text, np.uint8), **arrays)
    os.replace(unfinished, self._path)  # The file is always complete.

  def seconds(self):
    """Returns the wall seconds and the CPU seconds of the run so far."""
    now = time.perf_counter(), time.process_time()
    return [a - b for a, b in zip(now, self._start, strict=True)]

  def remove(self):
    """Removes the file. Call this when the run has a record."""
    self._path.unlink(missing_ok=True)
