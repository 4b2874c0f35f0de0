"""Installs mi_tf: `pip install .`, or `pip install '.[tests]'` to test it."""

import pathlib
import re

import setuptools

_ROOT = pathlib.Path(__file__).parent.resolve()
# 'https://github.com/OWNER/NAME' as soon as there is a public repository.
_URL = None


def _version():
  text = (_ROOT / 'mi_tf' / 'version.py').read_text(encoding='utf-8')
  return re.search(r"^__version__ = '(.+)'$", text, re.MULTILINE).group(1)


def _long_description():
  """Returns README.md as package indices can show it.

  Links to files point to the repository. Without a repository, they become
  plain text, and pictures become their descriptions.
  """

  def absolute(match):
    is_picture, text, target = match.groups()
    if '://' in target:
      return match.group()
    if _URL is None:
      return f'*{text}*' if is_picture else text
    kind = 'raw' if is_picture else 'blob'
    return f'{is_picture}[{text}]({_URL}/{kind}/main/{target})'

  text = (_ROOT / 'README.md').read_text(encoding='utf-8')
  return re.sub(r'(!?)\[([^]]+)\]\(([^)\s]+)\)', absolute, text)


_EXPERIMENTS = [
  # TensorFlow Datasets needs it to download, but does not declare it.
  'importlib_resources>=6.0',
  'matplotlib>=3.8',
  # TensorFlow Datasets needs it, but does not declare it.
  'protobuf>=6.31.1',
  'scikit-learn>=1.4',
  'tensorflow-datasets>=4.9.8',
]

_NOTEBOOKS = [
  'ipykernel>=6.29',
  'jupytext>=1.16',
  'matplotlib>=3.8',
  'nbclient>=0.10',
  'pillow>=10.0',
  'tensorboard>=2.18',
]

_TESTS = [
  'hypothesis>=6.100',
  # Another series finds other errors.
  'mypy>=1.18,<2',
  'packaging>=23.0',
  'pandas>=2.2',
  'pytest>=8.0',
  'pytest-xdist>=3.5',
  # Another series has other rules.
  'ruff>=0.17,<0.18',
]

setuptools.setup(
  name='mi_tf',
  version=_version(),
  description='Mutual information for TensorFlow and TensorFlow Probability.',
  long_description=_long_description(),
  long_description_content_type='text/markdown',
  license='Apache-2.0',
  url=_URL,
  # Benchmarks write records beside themselves: they need a checkout.
  packages=setuptools.find_packages(
    include=['mi_tf', 'mi_tf.*'],
    exclude=['mi_tf.benchmarks', 'mi_tf.benchmarks.*'],
  ),
  # Figures are drawn from the records; notebooks do so by default.
  package_data={
    'mi_tf': ['CHANGELOG.md', 'py.typed', 'experiments/records/*.jsonl']
  },
  python_requires='>=3.10',
  install_requires=[
    'absl-py>=2.1',
    'keras>=3.6',
    'numpy>=1.26',
    'scipy>=1.12',
    'tensorflow>=2.18',
    'tensorflow-probability>=0.25',
    # TensorFlow Probability does not import without it.
    'tf-keras>=2.18',
  ],
  extras_require={
    'experiments': _EXPERIMENTS,
    'notebooks': sorted({*_EXPERIMENTS, *_NOTEBOOKS, 'jupyterlab>=4.1'}),
    'tests': sorted({*_EXPERIMENTS, *_NOTEBOOKS, *_TESTS}),
  },
  classifiers=[
    'Development Status :: 3 - Alpha',
    'Intended Audience :: Developers',
    'Intended Audience :: Science/Research',
    'Operating System :: OS Independent',
    'Programming Language :: Python :: 3',
    'Programming Language :: Python :: 3 :: Only',
    'Topic :: Scientific/Engineering :: Artificial Intelligence',
    'Topic :: Scientific/Engineering :: Mathematics',
  ],
  keywords='mutual information, representation learning, tensorflow, keras',
)
