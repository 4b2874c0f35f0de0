"""Calls packages that run apart from mi_tf: the program of `remote.py`.

It runs by an interpreter that has these packages, and imports nothing of mi_tf:
TensorFlow and PyTorch in one process may crash. For each line of JSON on its
standard input, it writes one to its standard output.

  {'version': package} is answered by {'version': text}, after an import.
  {'estimate': package, 'data': file, 'seed': integer, 'options': dict} is
  answered by {'estimate': nats, 'wall_seconds': ..., 'cpu_seconds': ...}.

The file, an .npz, has x and y: floats, or integers if a side has classes. An
exception is answered by {'error': text}. Options are the package's defaults, or
the options of the first example in its README.
"""

import importlib
import importlib.metadata
import json
import os
import pathlib
import random
import sys
import time

import numpy as np


def ennemi(x, y, seed):
  """Returns ennemi's estimate: nearest neighbors, or a table's plug-in."""
  del seed  # Ennemi's noise has a seed of its own.
  mi = importlib.import_module('ennemi').estimate_mi(
    y.reshape(-1),
    x.reshape(-1),
    discrete_y=y.dtype.kind == 'i',
    discrete_x=x.dtype.kind == 'i',
  )
  return {'estimate': float(mi[0, 0])}


def gmm_mi(x, y, seed):
  """Returns the mean over bootstrap samples, and its standard deviation.

  The form of GMM-MI for classes is left out, as it takes them to be equally
  frequent.
  """
  del seed  # GMM-MI has seeds of its own.
  contender = importlib.import_module('gmm_mi.mi').EstimateMI()
  mi, stderr = contender.fit_estimate(x, y)
  return {'estimate': float(mi), 'stderr': float(stderr)}


def infomeasure(x, y, seed, approach):
  """Returns one of infomeasure's estimates for tables of two classes."""
  del seed
  mi = importlib.import_module('infomeasure').mutual_information(
    x, y, approach=approach
  )
  return {'estimate': float(mi)}


def latentmi(x, y, seed):
  """Returns the mean of the pointwise values, which are in bits.

  Half of the samples train the representation, the other half are evaluated.
  In the README of version 0.1.3, `lmi.estimate` has another name.
  """
  lmi = importlib.import_module('latentmi.lmi')
  _set_seed(seed)
  bits, _, _ = lmi.estimate(x, y)
  return {'estimate': float(np.nanmean(bits) * np.log(2))}


def torch_mist(x, y, seed):
  """Returns the value of MINE on the samples that it was trained on.

  This is the example of the README. It warns of it, and goes on.
  """
  module = importlib.import_module('torch_mist')
  torch = _set_seed(seed)
  mi, _ = module.estimate_mi(
    data=tuple(torch.tensor(side.astype(np.float32)) for side in (x, y)),
    estimator='mine',
    max_iterations=1000,
    hidden_dims=[128],
    verbose=False,
  )
  return {'estimate': float(mi)}


# Name that pip knows -> module to import, function to call.
PACKAGES = {
  'ennemi': ('ennemi', ennemi),
  'gmm-mi': ('gmm_mi.mi', gmm_mi),
  'infomeasure': ('infomeasure', infomeasure),
  'latentmi': ('latentmi.lmi', latentmi),
  'torch-mist': ('torch_mist', torch_mist),
}


def answer(request):
  """Returns the answer to a request; both are dicts, see above."""
  if 'version' in request:
    package = request['version']
    importlib.import_module(PACKAGES[package][0])
    return {'version': f'{package} {importlib.metadata.version(package)}'}
  module, function = PACKAGES[request['estimate']]
  importlib.import_module(module)  # Before the clock starts.
  with np.load(request['data'], allow_pickle=False) as data:
    x, y = data['x'], data['y']
  start = time.perf_counter(), time.process_time()
  outcome = function(x, y, request['seed'], **request['options'])
  return {
    **outcome,
    'wall_seconds': time.perf_counter() - start[0],
    'cpu_seconds': time.process_time() - start[1],
  }


def main():
  """Answers until the input ends."""
  # Python puts the script's folder there, whose modules are not packages.
  folder = str(pathlib.Path(__file__).parent)
  sys.path = [path for path in sys.path if path != folder]
  # Packages print to the standard output, too.
  with os.fdopen(os.dup(1), 'w', encoding='utf-8') as answers:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
      try:
        found = answer(json.loads(line))
      except Exception as error:  # Packages fail in many ways.
        found = {'error': f'{type(error).__name__}: {error}'}
      answers.write(json.dumps(found) + '\n')
      answers.flush()


def _set_seed(seed):
  """Sets the global seeds, which these packages draw from; returns PyTorch."""
  random.seed(seed)
  np.random.seed(seed)  # noqa: NPY002
  torch = importlib.import_module('torch')
  torch.manual_seed(seed)
  return torch


if __name__ == '__main__':
  main()
