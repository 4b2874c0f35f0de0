"""The rivals of mi_tf in benchmarks: how to install them, and which can't run.

`cca`, `gcmi`, `ksg` and `sklearn_knn` run beside mi_tf. Other packages never
become dependencies of mi_tf. They get an environment of their own, with Python
3.11:

  python3.11 -m venv rivals
  rivals/bin/pip install -r mi_tf/benchmarks/rivals/requirements.txt

Benchmarks start a process there if this variable names the interpreter:

  export MI_TF_RIVALS_PYTHON=$PWD/rivals/bin/python
  python -m mi_tf.benchmarks.accuracy --n=1000 \
    --estimators=mi_tf,gcmi,ksg,sklearn_knn,ennemi,gmm_mi,torch_mist,latentmi
  python -m mi_tf.benchmarks.everyday --group=counts \
    --estimators=infomeasure_plug_in,infomeasure_miller_madow

Without the variable, packages are looked for in mi_tf's own environment. A
package that is not installed is left out, with a line in the log. An estimate
that takes more than an hour is an error.

Each rival has its defaults, or the options of the first example in its README.
These are CPU seconds of an estimate of Gaussians, on one thread:

| | columns | n = 1,000 | n = 10,000 |
|---|---|---|---|
| `cca`, `gcmi` | 20 and 20 | .00 | .04 |
| `ksg` | 3 and 3 | .02 | .4 |
| `sklearn_knn`, `ennemi` | 1 and 1 | .01 | .04 |
| `gmm_mi` | 1 and 1 | 1.5 | 1.5 |
| `torch_mist` | 3 and 3 | 2 | 3 |
| `torch_mist` | 20 and 20 | 2 | 3 |
| `latentmi` | 1 and 1 to 5 and 5 | 20 to 70 | |
| `latentmi` | 3 and 3, 20 and 20 | | 2.3 an epoch, 300 at most |
| `infomeasure_*` | two classes | .00 | .01 |

Modules are imported before the clock starts. `cca`, `torch_mist` and
`latentmi` take numbers with any number of columns, and `latentmi` takes
images. `gcmi` also takes classes on one side. `ksg` takes 8 columns a side,
and codes of classes as if they were numbers. `sklearn_knn` and `ennemi` take a
column a side, of numbers or classes, and `gmm_mi` one of numbers.
`infomeasure_*` take classes on both sides.

These can't run, or are left out:

- mist-statinf 0.1.1: the weights of MIST are in neither of its distributions;
  without a file of weights, it evaluates random ones. It needs TensorFlow
  Probability 0.20 and JAX 0.4.26, so it can't share mi_tf's environment.
- minepy 1.2.6: its build needs `pkg_resources`, which setuptools no longer has.
- NPEET: it is not in Python's package index. Its method is the one of `ksg`.
- infomeasure 0.6.3: `nsb` is NaN for 300 rows and more, with 2 to 20 classes a
  side. `ansb` is for samples with hardly any repeated value. `ksg` is the
  method of our `ksg`, with 4 neighbors and without scaling.
- gmm-mi 0.8.2: its form for classes takes them to be equally frequent.

Why not one environment: latentmi and torch-mist need NumPy 1, and gmm-mi fails
with scikit-learn 1.6 and newer. Why not one process: it crashes if PyTorch 2.14
imports its compiler after TensorFlow 2.21 was imported.
"""
