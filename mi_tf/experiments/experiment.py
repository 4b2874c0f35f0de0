"""The parts of an experiment: configs, run, figure and table."""

from collections.abc import Callable
import dataclasses
import hashlib
import pathlib
from typing import Any

from mi_tf.experiments import resumption
from mi_tf.internal import progress
from mi_tf.internal import records


@dataclasses.dataclass(frozen=True)
class Options:
  """Choices of the user.

  Attributes:
    runs: `int`, the number of seeds.
    seed: `int`, the first seed.
    steps: `int`, the number of updates; or `None` for the experiment's default.
    dataset: `str`, or `None` for the experiment's default.
    quick: `bool`. If True, networks and data are small.
    settings: dict, values of flags that only some experiments have.
  """

  runs: int = 1
  seed: int = 0
  steps: int | None = None
  dataset: str | None = None
  quick: bool = False
  settings: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Context:
  """The folders of a run.

  Attributes:
    data_dir: `str`, the folder of TensorFlow Datasets, or `None`.
    folder: `pathlib.Path`, the folder of the states of unfinished runs.
  """

  data_dir: str | None
  folder: pathlib.Path

  def resume(self, config):
    """Returns the `Resumption` of a config's run."""
    name = hashlib.sha256(records.key(config).encode()).hexdigest()[:16]
    return resumption.Resumption(
      self.folder / f'{config.experiment}-{name}.npz', config.seed
    )

  def forget(self, config):
    """Removes the state of a config's run, when the run has a record."""
    self.resume(config).remove()

  def progress(self, total):
    """Returns the progress bar of a run of `total` steps."""
    return progress.Progress(total)


@dataclasses.dataclass(frozen=True)
class Experiment:
  """An experiment.

  Attributes:
    configs: callable, `Options` -> list of frozen configs. Each config has the
      fields `experiment`, the name of the experiment, and `seed`.
    run: callable, (config, `Context`) -> dict, the record of the run.
    draw: callable, list of records -> `matplotlib.figure.Figure`; or `None`.
    table: callable, list of records -> header and rows of the table.
    settings: names of flags that the experiment has besides the common flags.
    animate: callable, list of records -> `matplotlib.animation.Animation`; or
      `None`.
  """

  configs: Callable[[Options], list[Any]]
  run: Callable[[Any, Context], dict[str, Any]]
  draw: Callable[[list[dict[str, Any]]], Any] | None
  table: Callable[[list[dict[str, Any]]], list[list[str]]]
  settings: tuple[str, ...] = ()
  animate: Callable[[list[dict[str, Any]]], Any] | None = None
