"""Makes the notebooks of colab/ from the Python sources beside them.

    python -m mi_tf_test.docs.notebooks              # Lists outdated ones.
    python -m mi_tf_test.docs.notebooks NAME ...     # Makes and runs these.
    python -m mi_tf_test.docs.notebooks --all        # Makes and runs all.
    python -m mi_tf_test.docs.notebooks --text NAME  # New text, same outputs.
    python -m mi_tf_test.docs.notebooks --quick NAME # Runs, writes nothing.

Edit `colab/NAME.py` (py:percent: `# %%` starts a cell), never the notebook: it
has the cells of its source, and their outputs at full size, run from the first
to the last. That takes some minutes for each.
"""

import argparse
import asyncio
import base64
import io
import os
import re
import sys
import tempfile
import time

from mi_tf_test import source_tree

FOLDER = source_tree.ROOT / 'colab'
MAX_BYTES = 1_000_000

# The form field that decides on sizes, and the time limit of a cell.
_FIELD = 'quick = False  # @param'
_OPTIONS = {'timeout': 1800, 'record_timing': False}

_COLAB = 'https://colab.research.google.com/'
_KERNEL = {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'}


def names():
  """Returns the names of the sources, sorted."""
  return sorted(path.stem for path in FOLDER.glob('*.py'))


def badge(name):
  """Returns the badge that opens a notebook in Colab.

  Without a `_URL` in setup.py, it opens Colab's page of uploads.
  """
  place = _address()
  if place is None:
    link = '#upload=true'
  else:
    link = f'github/{place}/blob/main/colab/{name}.ipynb'
  return f'[![Open in Colab]({_COLAB}assets/colab-badge.svg)]({_COLAB}{link})'


def package():
  """Returns the form field with the package that pip installs.

  Without a `_URL` in setup.py, it is the checkout around the notebook.
  """
  place = _address()
  what = '..' if place is None else f'git+https://github.com/{place}'
  return f'package = \'{what}\'  # @param {{type:"string"}}'


def _address():
  """Returns the `owner/name` on GitHub of `_URL` in setup.py, or `None`."""
  text = (source_tree.ROOT / 'setup.py').read_text(encoding='utf-8')
  found = re.search(r"\n_URL = 'https://github\.com/([^']+?)/?'", text)
  return found and found.group(1)


def from_source(name):
  """Returns the notebook of a source, without outputs."""
  notebook = _notebook((FOLDER / f'{name}.py').read_text(encoding='utf-8'))
  for i, cell in enumerate(notebook.cells):
    cell['id'] = f'cell-{i}'
  notebook.metadata = type(notebook.metadata)(
    kernelspec=_KERNEL,
    language_info={'name': 'python'},
    accelerator='GPU',
    colab={'name': f'{name}.ipynb', 'provenance': []},
  )
  return notebook


def read(name):
  """Returns the notebook as it is in colab/."""
  import jupytext

  return jupytext.read(FOLDER / f'{name}.ipynb')


class Kernel:
  """A context whose kernel runs notebooks one after another.

  Names of the notebook before are removed; imported libraries stay.
  """

  def __enter__(self):
    import nbclient

    client = nbclient.NotebookClient(_notebook(''))
    self.manager = client.create_kernel_manager()
    return self

  def __exit__(self, *_):
    if self.manager.has_kernel:
      asyncio.run(self.manager.shutdown_kernel(now=True))

  def make_ready(self, folder):
    """Forgets all names and figures, and goes to a folder."""
    if self.manager.has_kernel:  # Or else it starts there.
      code = (
        f'import os\nos.chdir({folder!r})\nimport matplotlib.pyplot\n'
        "matplotlib.pyplot.close('all')\n%reset -f"
      )
      self.run(_notebook(code))

  def run(self, notebook, **kwargs):
    """Runs all cells of a notebook."""
    import nbclient

    client = nbclient.NotebookClient(notebook, km=self.manager, **_OPTIONS)
    try:
      client.execute(**kwargs)
    finally:
      client.kc.stop_channels()  # The kernel goes on.


def _notebook(text):
  """Returns a notebook of some text in py:percent."""
  import jupytext

  return jupytext.reads(text, fmt='py:percent')


def sets_up_devices(name):
  """Returns whether a source must be the first to use TensorFlow."""
  text = (FOLDER / f'{name}.py').read_text(encoding='utf-8')
  return 'set_logical_device_configuration' in text


def execute(notebook, quick=False, kernel=None):
  """Runs all cells in a folder of its own; the outputs go into `notebook`.

  Args:
    notebook: as from `from_source`.
    quick: `bool`, whether the form field `quick` is to be ticked.
    kernel: `Kernel` to run in. Default value: `None`, a new one.

  Raises:
    nbclient.exceptions.CellExecutionError: if a cell fails.
  """
  import nbclient

  cells = [c for c in notebook.cells if c.cell_type == 'code']
  forms = [c for c in cells if _FIELD in c.source]
  if len(forms) != 1:
    raise ValueError(f'A notebook needs one line `{_FIELD}`.')
  form, source = forms[0], forms[0].source
  if quick:
    form.source = source.replace(_FIELD, _FIELD.replace('False', 'True'))
  path = [str(source_tree.ROOT), os.environ.get('PYTHONPATH', '')]
  environment = {
    **os.environ,
    'CUDA_VISIBLE_DEVICES': '-1',
    'MPLBACKEND': 'module://matplotlib_inline.backend_inline',
    'PYTHONPATH': os.pathsep.join(p for p in path if p),
    'TF_CPP_MIN_LOG_LEVEL': '3',
  }
  try:
    with tempfile.TemporaryDirectory() as folder:
      if kernel is None:
        nbclient.NotebookClient(notebook, **_OPTIONS).execute(
          cwd=folder, env=environment
        )
      else:
        kernel.make_ready(folder)
        kernel.run(notebook, cwd=folder, env=environment)
  finally:
    form.source = source
  _tidy(notebook)


def _tidy(notebook):
  """Removes the logs of libraries, which are printed, and shrinks figures."""
  for cell in notebook.cells:
    if cell.cell_type != 'code':
      continue
    kept = []
    for output in cell.outputs:
      if output.get('name') == 'stderr':
        print(output.text, file=sys.stderr)
        continue
      data = output.get('data', {})
      if 'image/png' in data:
        data['image/png'] = _smaller(data['image/png'])
      kept.append(output)
    cell.outputs = kept


def _smaller(png):
  """Returns the picture in 256 colors, for a third of the bytes, as base64."""
  from PIL import Image

  picture = Image.open(io.BytesIO(base64.b64decode(png))).convert('RGB')
  smaller = io.BytesIO()
  picture.quantize(256, dither=Image.Dither.NONE).save(
    smaller, 'png', optimize=True
  )
  return base64.b64encode(smaller.getvalue()).decode()


def make(name):
  """Makes a notebook: the cells of its source, run."""
  import jupytext

  notebook = from_source(name)
  execute(notebook)
  jupytext.write(notebook, FOLDER / f'{name}.ipynb')


def take_text(name):
  """Makes a notebook from the text of its source and its present outputs.

  Args:
    name: `str`.

  Raises:
    ValueError: if the code has changed, so that it must be run.
  """
  import jupytext

  notebook = from_source(name)
  new, old = (
    [c for c in cells if c.cell_type == 'code']
    for cells in (notebook.cells, read(name).cells)
  )
  if [c.source for c in new] != [c.source for c in old]:
    raise ValueError(f'The code of {name}.py has changed: run it.')
  for cell, run in zip(new, old, strict=True):
    cell.outputs, cell.execution_count = run.outputs, run.execution_count
  jupytext.write(notebook, FOLDER / f'{name}.ipynb')


def problems(name):
  """Returns a line for each thing that is wrong with a notebook."""
  path = FOLDER / f'{name}.ipynb'
  if not path.exists():
    return [f'{path.name} is missing.']
  found, expected = read(name).cells, from_source(name).cells
  lines = []
  if [(c.cell_type, c.source) for c in found] != [
    (c.cell_type, c.source) for c in expected
  ]:
    lines.append(f'{path.name} has other cells than {name}.py.')
  if badge(name) not in expected[0].source:
    lines.append(f'{name}.py needs in its first cell: {badge(name)}')
  if package() not in expected[1].source:
    lines.append(f'{name}.py needs in its second cell: {package()}')
  if 'Runtime: ' not in expected[0].source:
    lines.append(f'{name}.py needs in its first cell: Runtime: ...')
  code = [c for c in found if c.cell_type == 'code']
  if [c.execution_count for c in code] != list(range(1, len(code) + 1)):
    lines.append(f'{path.name} was not run from the first cell to the last.')
  outputs = [output for c in code for output in c.outputs]
  if any(output.output_type == 'error' for output in outputs):
    lines.append(f'{path.name} has a cell that failed.')
  if not any('image/png' in output.get('data', {}) for output in outputs):
    lines.append(f'{path.name} has no figure.')
  if path.stat().st_size > MAX_BYTES:
    lines.append(f'{path.name} has more than {MAX_BYTES} bytes.')
  return lines


def main():
  """Checks the notebooks, or makes them."""
  parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
  parser.add_argument('names', nargs='*', help='the notebooks to make')
  parser.add_argument('--all', action='store_true', help='make all of them')
  parser.add_argument('--text', action='store_true', help='only take the text')
  parser.add_argument('--quick', action='store_true', help='only run them')
  args = parser.parse_args()
  for name in names() if args.all else args.names:
    start = time.monotonic()
    if args.text:
      take_text(name)
    elif args.quick:
      execute(from_source(name), quick=True)
    else:
      make(name)
    print(f'{name} took {time.monotonic() - start:.0f} s.', flush=True)
  found = [line for name in names() for line in problems(name)]
  for line in found:
    print(line)
  if found:
    print('Run `python -m mi_tf_test.docs.notebooks NAME`.')
  return len(found) > 0


if __name__ == '__main__':
  sys.exit(main())
