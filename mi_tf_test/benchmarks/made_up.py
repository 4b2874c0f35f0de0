"""Made-up records of the accuracy benchmark."""


def record(
  error=0.0,
  *,
  truth=1.0,
  width=0.1,
  family='beyond_normal',
  task='a',
  n=10_000,
  seed=0,
  estimator='mi_tf',
  recipe='1',
  options=(),
  cpu=5.0,
  **fields,
):
  """Returns a record with an estimate that is `error` off."""
  estimate = truth + error
  config = {
    'family': family,
    'task': task,
    'n': n,
    'seed': seed,
    'estimator': estimator,
    'recipe': recipe,
  }
  if options:
    config['options'] = dict(options)
  return {
    'config': config,
    'estimate': estimate,
    'stderr': width / 2,
    'interval': [estimate - width, estimate + width],
    'lower_bound': estimate - width,
    'warnings': 0,
    'truth': truth,
    'cpu_seconds': cpu,
    **fields,
  }


def failure(**kwargs):
  """Returns the record of a run that failed."""
  return {'config': record(**kwargs)['config'], 'error': 'ValueError: No.'}


def refusal(**kwargs):
  """Returns the record of an estimator that does not take the columns."""
  config = record(**{'estimator': 'cca', **kwargs})['config']
  return {'config': config, 'refused': '1 int64; 2 float64'}


def versions(recipe='1', estimator='mi_tf'):
  """Returns the record of the versions of libraries."""
  versions = {'python': '3.11'}
  return {
    'config': {'estimator': estimator, 'recipe': recipe, 'versions': versions}
  }


def peer(error=0.0, **kwargs):
  """Returns a record of an estimator without an interval."""
  made = record(error, **{'estimator': 'cca', **kwargs})
  for key in ('stderr', 'interval', 'lower_bound', 'warnings'):
    del made[key]
  return made


def all_tasks(error, num_tasks=40, **kwargs):
  """Returns records of all tasks of a family, with three seeds each."""
  return [
    record(error, task=f'task-{i}', seed=seed, **kwargs)
    for i in range(num_tasks)
    for seed in range(3)
  ]
