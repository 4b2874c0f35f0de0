"""Compares corrections of held-out values of networks on tasks for choosing.

The held-out value of a network is too low, since the network has seen few rows.
`python -m mi_tf.benchmarks.accuracy.corrections` prints the errors of several
corrections of the same fits, on tasks of the split 'dev':

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

import argparse
import dataclasses
import json

import numpy as np

from mi_tf.benchmarks.accuracy import families
from mi_tf.estimation import pipeline
from mi_tf.estimation.methods import elliptical
from mi_tf.estimation.methods import method
from mi_tf.estimation.methods import network
from mi_tf.estimation.rows import preparation
from mi_tf.estimation.variables import checking
from mi_tf.internal import linear_algebra

_FAMILIES = ('beyond_normal', 'mixtures', 'structure', 'linear_mix')
_MORE_FOLDS = 2  # Times the default number.
_MOST_NATS = 3.0  # With more, networks are trained by another loss.


class _Halved(method.Pair):
  """A `Pair` of which fits see half of the rows."""

  def training_rows(self, k):
    rows = super().training_rows(k)
    rng = np.random.default_rng([self.seed, k])
    return np.sort(rng.permutation(rows)[: len(rows) // 2])


def measure(x, y, seed):
  """Returns the readings of a network, as a dict, or `None` without one."""
  with linear_algebra.one_thread():
    pair = _pair(x, y, seed)
    initialization = elliptical.fit(pair)
    nats = initialization.read().mi
    fitted = network.fit(pair, initialization, nats, sure=False)
    if fitted is None:
      return None
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
        return None
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


def table(records):
  """Returns the lines of a table of errors by correction."""
  lines = [f'{"correction":<26}{"bias":>8}{"error":>8}{"rmse":>8}']
  values = [corrected(r) for r in records]
  for name in values[0]:
    errors = np.array(
      [v[name] - r['truth'] for v, r in zip(values, records, strict=True)]
    )
    rmse = np.sqrt(np.square(errors).mean())
    lines.append(
      f'{name:<26}{errors.mean():>8.3f}{np.abs(errors).mean():>8.3f}{rmse:>8.3f}'
    )
  return lines


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


def main():
  """Prints the table for the tasks of several families."""
  parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
  parser.add_argument('--n', type=int, default=1000)
  parser.add_argument('--seeds', type=int, default=2)
  parser.add_argument('--records', help='a file to which results are added')
  arguments = parser.parse_args()
  records = []
  for family in _FAMILIES:
    for source in families.make(family, 'dev'):
      if source.mutual_information > _MOST_NATS:
        continue
      for seed in range(100, 100 + arguments.seeds):
        found = measure(*source.sample(arguments.n, seed), seed)
        if found is not None:
          found['task'], found['truth'] = source.name, source.mutual_information
          found['n'], found['seed'] = arguments.n, seed
          records.append(found)
          if arguments.records:
            with open(arguments.records, 'a', encoding='utf-8') as file:
              file.write(json.dumps(found) + '\n')
  print(f'{len(records)} networks of {arguments.n} pairs; nats')
  print('\n'.join(table(records)))


if __name__ == '__main__':
  main()
