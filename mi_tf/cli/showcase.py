"""The table of `python -m mi_tf`: truths and estimates of known sources."""

import math
import time

from mi_tf.estimation import choice
from mi_tf.estimation.estimate_mi import estimate_mi
from mi_tf.internal import progress
from mi_tf.tasks import showcase_tasks


def show(samples, units='nats', seed=0, **options):
  """Prints truth and estimate for sources with known mutual information.

  The samples and `estimate_mi` use the seed. The options are other arguments
  of `estimate_mi`. Sources that the method does not apply to have no estimate.
  """
  sources = showcase_tasks.showcase()
  print(
    f'Mutual information in {units}, from {samples} samples of each '
    f'source (seed {seed}).\n'
  )
  header = (
    f'{"source":28}{"truth":>8}{"estimate":>10}{"95 % interval":>18}  '
    f'{"method":20}{"seconds":>8}'
  )
  print(header + '\n' + '-' * len(header), flush=True)
  bar = progress.Progress(len(sources))
  inside = estimated = 0
  first = time.monotonic()
  for i, source in enumerate(sources):
    bar.update(i, source.name)
    x, y = source.sample(samples, seed)
    start = time.monotonic()
    truth = source.mutual_information
    shown_truth = truth / math.log(2.0) if units == 'bits' else truth
    try:
      result = estimate_mi(x, y, seed=seed, **options)
    except choice.DoesNotApply:
      bar.clear()
      print(
        f'{source.name:28}{shown_truth:8.3f}{"-":>10}{"-":>18}  '
        f'{"does not apply":20}{"-":>8}',
        flush=True,
      )
      continue
    seconds = time.monotonic() - start
    estimated += 1
    inside += result.interval[0] <= truth <= result.interval[1]
    shown = result.to(units)
    bar.clear()
    interval = '[{:.3f}, {:.3f}]'.format(*shown.interval)
    print(
      f'{source.name:28}{shown_truth:8.3f}{shown.mi:10.3f}{interval:>18}  '
      f'{shown.method:20}{seconds:8.1f}',
      flush=True,
    )
  print(
    f'\nThe interval holds the truth for {inside} of {estimated} sources'
    f' ({time.monotonic() - first:.0f} s).'
  )
