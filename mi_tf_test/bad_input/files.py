"""Files that users pass by mistake or with bad intent."""

import io
import pickle
import struct
import zipfile

import numpy as np

ROWS = 64


class _Trap:
  """An object whose pickle writes a file when it is read."""

  def __reduce__(self):
    return (open, ('trap', 'w'))


def _columns():
  x = np.random.default_rng(7).normal(size=ROWS)
  return x, x + np.random.default_rng(8).normal(size=ROWS)


def _npz(**arrays):
  file = io.BytesIO()
  np.savez(file, **arrays)
  return file.getvalue()


def _npy(array, **kwargs):
  file = io.BytesIO()
  np.save(file, array, **kwargs)
  return file.getvalue()


def _zip(members, compression=zipfile.ZIP_STORED):
  file = io.BytesIO()
  with zipfile.ZipFile(file, 'w', compression) as archive:
    for name, content in members.items():
      archive.writestr(name, content)
  return file.getvalue()


def _csv(rows, header='x,y', encoding='utf-8'):
  return '\n'.join([header, *rows]).encode(encoding)


def _npy_head(count):
  """Returns the head of an .npy file of `count` numbers."""
  text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({count},), }}"
  head = b'\x93NUMPY\x01\x00' + struct.pack('<H', 118)
  return head + (text.ljust(117) + '\n').encode()


def _bomb():
  """Returns a zip file of 200 bytes that says it holds an array of 2 TiB."""
  count = 2**38
  content = bytearray(_zip({'x.npy': _npy_head(count), 'y.npy': b''}))
  # The size without compression, in the directory at the end.
  place = content.index(b'PK\x01\x02') + 24
  content[place : place + 4] = b'\xfe\xff\xff\xff'
  return bytes(content)


def files():
  """Returns a dict, case -> (name of the file, function that returns bytes)."""
  x, y = _columns()
  numbers = [f'{a},{b}' for a, b in zip(x, y, strict=True)]
  good = _npz(x=x, y=y)
  changed = bytearray(good)
  changed[len(good) // 2] ^= 0xFF
  return {
    # .npz
    'good': ('a.npz', lambda: good),
    'truncated': ('a.npz', lambda: good[: len(good) // 2]),
    'a bit is wrong': ('a.npz', lambda: bytes(changed)),
    'empty': ('a.npz', lambda: b''),
    'text': ('a.npz', lambda: b'not an archive'),
    'pickle': ('a.npz', lambda: pickle.dumps({'x': x})),
    'pickle that opens a file': ('a.npz', lambda: pickle.dumps(_Trap())),
    'array of objects': (
      'a.npz',
      lambda: _npz(x=np.array([_Trap()] * ROWS, dtype=object), y=y),
    ),
    'zip of pickles': (
      'a.npz',
      lambda: _zip({'x.npy': pickle.dumps(_Trap()), 'y.npy': b''}),
    ),
    'zip of text': ('a.npz', lambda: _zip({'x': 'text', 'y': 'text'})),
    'zip of nothing': ('a.npz', lambda: _zip({})),
    'path that leads out': ('a.npz', lambda: _zip({'../x.npy': _npy(x)})),
    'sizes that lie': (
      'a.npz',
      lambda: _zip({'x.npy': _npy_head(2**50), 'y.npy': _npy(y)}),
    ),
    'zip bomb': ('a.npz', _bomb),
    'npy that lies': ('a.npy', lambda: _npy_head(2**50)),
    'no y': ('a.npz', lambda: _npz(x=x)),
    'no names': ('a.npz', lambda: _npz(a=x, b=y)),
    'unequal lengths': ('a.npz', lambda: _npz(x=x, y=y[:-1])),
    'few rows': ('a.npz', lambda: _npz(x=x[:5], y=y[:5])),
    'no rows': ('a.npz', lambda: _npz(x=x[:0], y=y[:0])),
    'no columns': ('a.npz', lambda: _npz(x=np.zeros((ROWS, 0)), y=y)),
    'single values': ('a.npz', lambda: _npz(x=1.0, y=2.0)),
    'nan': ('a.npz', lambda: _npz(x=np.where(x > 1.0, np.nan, x), y=y)),
    'inf': ('a.npz', lambda: _npz(x=np.where(x > 1.0, np.inf, x), y=y)),
    'constant': ('a.npz', lambda: _npz(x=np.ones(ROWS), y=y)),
    'complex': ('a.npz', lambda: _npz(x=x + 1j, y=y)),
    'dates': (
      'a.npz',
      lambda: _npz(x=np.arange(ROWS).astype('datetime64[D]'), y=y),
    ),
    'records': ('a.npz', lambda: _npz(x=np.zeros(ROWS, [('a', 'f8')]), y=y)),
    'columns of strings': (
      'a.npz',
      lambda: _npz(x=np.array([['a', 'b']] * ROWS), y=y),
    ),
    'five dimensions': (
      'a.npz',
      lambda: _npz(x=x.reshape(-1, 1, 1, 1, 1), y=y),
    ),
    'of the type .npy': ('a.npz', lambda: _npy(x)),
    # .npy
    'one .npy': ('a.npy', lambda: _npy(x)),
    # .csv
    'good csv': ('a.csv', lambda: _csv(numbers)),
    'spaces around cells': (
      'a.csv',
      lambda: _csv([row.replace(',', ' , ') for row in numbers], ' x , y '),
    ),
    'blank lines': ('a.csv', lambda: _csv(numbers) + b'\n\n\n'),
    'line ends of Windows': (
      'a.csv',
      lambda: _csv(numbers).replace(b'\n', b'\r\n'),
    ),
    'mark of the byte order': ('a.csv', lambda: _csv(numbers, '\ufeffx,y')),
    'utf-16': ('a.csv', lambda: _csv(numbers, encoding='utf-16')),
    'latin-1': ('a.csv', lambda: _csv(['\xe9,1'] * ROWS, encoding='latin-1')),
    'null characters': ('a.csv', lambda: _csv(['\0,1'] * ROWS)),
    'binary': ('a.csv', lambda: good),
    'empty csv': ('a.csv', lambda: b''),
    'header alone': ('a.csv', lambda: b'x,y'),
    'no header': ('a.csv', lambda: _csv(numbers[1:], numbers[0])),
    'twice the same header': ('a.csv', lambda: _csv(numbers, 'x,x')),
    'other names': ('a.csv', lambda: _csv(numbers, 'a,b')),
    'semicolons': (
      'a.csv',
      lambda: _csv([row.replace(',', ';') for row in numbers], 'x;y'),
    ),
    'decimal commas': (
      'a.csv',
      lambda: _csv([row.replace('.', ',') for row in numbers]),
    ),
    'formulas': (
      'a.csv',
      lambda: _csv([f'=CMD|calc!A{i},{i}' for i in range(ROWS)]),
    ),
    'a formula among numbers': ('a.csv', lambda: _csv(['=1+1,2', *numbers])),
    'missing cells': ('a.csv', lambda: _csv([',1', *numbers])),
    'NaN in words': ('a.csv', lambda: _csv(['nan,1', *numbers])),
    'NA in words': ('a.csv', lambda: _csv(['NA,1', *numbers])),
    'infinity in words': ('a.csv', lambda: _csv(['-Infinity,1', *numbers])),
    '1e999': ('a.csv', lambda: _csv(['1e999,1', *numbers])),
    'thousands with underscores': (
      'a.csv',
      lambda: _csv(['1_000,1', *numbers]),
    ),
    'huge integers': (
      'a.csv',
      lambda: _csv([f'{10**30 + i},{i}' for i in range(ROWS)]),
    ),
    'digits of other scripts': ('a.csv', lambda: _csv(['\u0663,1', *numbers])),
    'superscripts': ('a.csv', lambda: _csv(['\u00b2,1', *numbers])),
    'quotes that do not end': ('a.csv', lambda: _csv(['"1,2', *numbers])),
    'a cell too many': ('a.csv', lambda: _csv(['1,2,3', *numbers])),
    'a cell too few': ('a.csv', lambda: _csv(['1', *numbers])),
    'a very long cell': ('a.csv', lambda: _csv(['1' * 200_000 + ',2'])),
    'strings that all differ': (
      'a.csv',
      lambda: _csv([f'id{i},{i % 7}' for i in range(ROWS)]),
    ),
    'constant column': ('a.csv', lambda: _csv([f'1,{b}' for b in y])),
    'few lines': ('a.csv', lambda: _csv(numbers[:5])),
    # Others.
    'other extension': ('a.txt', lambda: b'x,y'),
    'no extension': ('a', lambda: b'x,y'),
    'parquet': ('a.parquet', lambda: b'PAR1'),
    'folder': ('a.csv', None),
    'nothing there': ('b.csv', None),
  }
