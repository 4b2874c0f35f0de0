"""Compares corrections of held-out values of networks on tasks for choosing.

The held-out value of a network is too low, since the network has seen few rows.
`python -m mi_tf.benchmarks.calibration.corrections` prints the errors of
several corrections of the same fits, on tasks of the split 'dev':

- none, and shares of the fit gap;
- the same, less the excess: the mean log of the mean exponential score, which
  is 0 for a normalized density ratio;
- extrapolation in 1 / n [1], from networks that are fitted to half of the rows;
- more folds, so that a network is fitted to more rows.

#### References

[1]: Caroline M. Holmes, Ilya Nemenman. Estimation of mutual information for
     real-valued data with error bars and controlled bias. _Physical Review E_,
     2019. https://arxiv.org/abs/1903.09280
"""

import dataclasses
import functools
import sys

from absl import flags
import numpy as np

from mi_tf.benchmarks import command
from mi_tf.benchmarks.accuracy import families
from mi_tf.benchmarks.accuracy import runs
from mi_tf.estimation import pipeline
from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import method
from mi_tf.estimation.methods import network
from mi_tf.estimation.rows import preparation
from mi_tf.estimation.variables import checking
from mi_tf.internal import command_line
from mi_tf.internal import linear_algebra
from mi_tf.internal import markdown

_FAMILIES = ('beyond_normal', 'mixtures', 'structure', 'linear_mix')
_MORE_FOLDS = 2  # Times the default number.
_MOST_NATS = 3.0  # With more, networks are trained by another loss.
_RECIPE = '1'  # Changes when networks are fitted otherwise.

_USAGE = """
python -m mi_tf.benchmarks.calibration.corrections
    Fits networks to tasks for choosing, and prints the errors of several
    corrections of their held-out values.
python -m mi_tf.benchmarks.calibration.corrections --report=-
    Prints the tables of the records.
"""


class _Halved(method.Pair):
  """A `Pair` of which fits see half of the rows."""

  def training_rows(self, k):
    rows = super().training_rows(k)
    rng = np.random.default_rng([self.seed, k])
    return np.sort(rng.permutation(rows)[: len(rows) // 2])


def measure(x, y, seed):
  """Returns the readings of a network, a dict; it is empty without one."""
  with linear_algebra.one_thread():
    pair = _pair(x, y, seed)
    initialization = elliptical.fit(pair)
    nats = initialization.read().mi
    fitted = network.fit(pair, initialization, nats, sure=False)
    if fitted is None:
      return {}
    reading = fitted.read()
    fields = {f.name: getattr(pair, f.name) for f in dataclasses.fields(pair)}
    found = {
      'held_out': reading.held_out,
      'gap': reading.gap,
      'excess': reading.excess,
    }
    more = _pair(x, y, seed, _MORE_FOLDS * len(pair.folds))
    for name, other in (('half', _Halved(**fields)), ('more', more)):
      fitted = network.fit(other, elliptical.fit(other), nats)
      if fitted is None:
        return {}
      reading = fitted.read()
      found[f'held_out_{name}'] = reading.held_out
      found[f'gap_{name}'] = reading.gap
    return found


def corrected(found):
  """Returns the corrected values of the result of `measure`, by name."""
  held_out, gap = found['held_out'], found['gap']
  excess = max(found['excess'], 0.0)
  values = {'none': held_out}
  for share in (0.5, 0.75, 1.0):
    values[f'{share} gap'] = held_out + share * gap
    values[f'{share} gap - excess / 2'] = held_out + share * gap - excess / 2
    values[f'{share} gap - excess'] = held_out + share * gap - excess
  values['1 / n'] = 2.0 * held_out - found['held_out_half']
  values['more folds'] = found['held_out_more']
  values['more folds, 0.5 gap'] = (
    found['held_out_more'] + 0.5 * found['gap_more']
  )
  return values


def report(found):
  """Returns a table of errors by correction, for each number of rows."""
  found = [record for record in found if 'held_out' in record]
  parts = []
  for (n,), chosen in runs.by(found, runs.size).items():
    tasks = {runs.family(r) + '/' + r['config']['task'] for r in chosen}
    values = [corrected(r) for r in chosen]
    rows = []
    for name in values[0]:
      errors = np.array(
        [v[name] - r['truth'] for v, r in zip(values, chosen, strict=True)]
      )
      figures = (
        errors.mean(),
        np.abs(errors).mean(),
        np.sqrt(np.mean(errors**2)),
      )
      rows.append((name, *map(markdown.number, map(float, figures))))
    header = 'correction', 'bias', 'mean error', 'root mean squared error'
    parts += [
      f'# {len(chosen)} networks of {n:,} rows, {len(tasks)} tasks; nats',
      markdown.table(header, rows),
    ]
  return '\n\n'.join(parts)


def _pair(x, y, seed, folds=None):
  prepared = preparation.prepare(
    {'x': x, 'y': y},
    [
      lambda x: checking.check(x, 'x', 'auto', 'refuse'),
      lambda y: checking.check(y, 'y', 'auto', 'refuse'),
    ],
    None,
    None,
  )
  options = pipeline.Options(seed=seed, folds=folds)
  return pipeline.check_and_split([prepared.variables], None, options)[0]


def _define_flags(values):
  define = functools.partial(flags.DEFINE_list, flag_values=values)
  define('families', list(_FAMILIES), 'Families of tasks.')
  define('n', ['300', '1000'], 'Numbers of rows.')
  define('seeds', ['200', '201'], 'Seeds of samples and networks.')


def _configs(values):
  """Returns the configs of the runs that the flags ask for, seed by seed."""
  return [
    {'family': family, 'task': task, 'n': n, 'seed': seed, 'recipe': _RECIPE}
    for seed in command.integers('seeds', values.seeds)
    for n in command.integers('n', values.n)
    for family in values.families
    for task, source in _sources(family).items()
    if source.mutual_information <= _MOST_NATS
  ]


@functools.cache
def _sources(family):
  return {source.name: source for source in families.make(family, 'dev')}


def _run(config, values):
  """Returns the readings of a run's network; without one, only the truth."""
  del values
  source = _sources(config['family'])[config['task']]
  x, y = source.sample(config['n'], config['seed'])
  return {
    'truth': source.mutual_information,
    **measure(x, y, config['seed']),
  }


main = functools.partial(
  command.main,
  command.Benchmark(
    name='corrections',
    usage=_USAGE,
    define_flags=_define_flags,
    configs=_configs,
    run=_run,
    report=report,
    quick={'n': ['300'], 'seeds': ['200'], 'families': ['mixtures']},
  ),
)


if __name__ == '__main__':
  command_line.log_progress()
  sys.exit(main(sys.argv))
