"""Rules that all bounds, layers and models keep, and how to add one of them.

The tables of `mi_tf_test/conformance/cases.py` list all public names. Each test
here runs for each entry, and `completeness_test` fails if a name is missing.

To add a bound, `lower_bound_new`:

1. File: write the function in `mi_tf/bounds/`, with the signature and the
   sections of the docstring of `mi_tf/bounds/nwj.py`. The prefix of its name is
   its guarantee. Relatives share a module: a folder has at most 14 of them.
2. Facts: declare side, cap and the other facts of `mi_tf/bounds/facts.py` by
   `@facts.declare` above it. `mi_tf_test/bounds/facts_test.py` lists the bounds
   that rest on a mean of `exp(f)`.
3. Tables: export it in `mi_tf/bounds/__init__.py` and `mi_tf/__init__.py`; add
   it to `BOUNDS` of `mi_tf_test/conformance/cases.py` and to the table of
   bounds in `README.md`. If it takes no `StreamedScores`, name it in the
   docstring of `mi_tf/bounds/__init__.py`.
4. Test: write its value as a loop in `mi_tf_test/bounds/oracle.py`, and its
   weighted value in `mi_tf_test/bounds/weighted_oracle.py`. Write a test file
   with a `BoundContract` and tests of its guarantee, such as
   `mi_tf_test/bounds/nwj_test.py`. Then run `mi_tf_test/bounds/`, and the tests
   for all, below.

To add a critic, `NewCritic`:

1. File: subclass `DotProductCritic` or `Critic` in `mi_tf/critics/`, as
   `mi_tf/critics/inner_product.py` does: `build_critic`, the scores, and
   `get_config` with every argument.
2. Facts: set the attributes of `mi_tf/critics/critic.py`, such as
   `is_log_density`.
3. Tables: export it in `mi_tf/critics/__init__.py` and `mi_tf/__init__.py`; add
   its name to `CRITICS` of `mi_tf/critics/registry.py` and to the docstring of
   `get_critic`, and arguments that are not the defaults to `CRITICS` of
   `mi_tf_test/conformance/cases.py`.
4. Test: compare its scores with a loop over pairs, such as
   `mi_tf_test/critics/inner_product_test.py`. Then run `mi_tf_test/critics/`,
   where messages list all names, and the tests for all.

To add an objective, `'new'`:

1. File: subclass `Objective` in `mi_tf/objectives/`: `value` is the reported
   number, `pointwise` its value for each row. `loss` is minimized; define it
   unless it is minus the value.
2. Facts: set `facts` to `facts.of(bound)` of the bound that is reported, or to
   `facts.Facts(...)`.
3. Tables: add its name to `OBJECTIVES` of `mi_tf/objectives/` and to the
   docstring of `get_objective`, and its arguments to `OBJECTIVES` of
   `mi_tf_test/conformance/cases.py`.
4. Test: compare loss, value and facts with the bounds, in the test file that
   mirrors its module in `mi_tf_test/objectives/`. Then run that folder, and the
   tests for all.

To add a method of `estimate_mi`, `'new'`:

1. File: write `NAME`, `applies(pair)` and `fit(pair)` in
   `mi_tf/estimation/methods/`, as `mi_tf/estimation/methods/independence.py`
   does.
2. Facts: `applies` tells whether it suits the variables. `log_ratio` of the
   `Fit` (`mi_tf/estimation/methods/method.py`) returns nats of held-out pairs,
   and methods are compared by these alone.
3. Tables: add it to `mi_tf/estimation/choice.py`, in its place between the
   simplest and the dearest method, to the docstring of `estimate_mi`, and to
   the table of methods in `README.md`.
4. Test: read known distributions, such as
   `mi_tf_test/estimation/methods/neighbors_test.py`. Then run
   `mi_tf_test/estimation/`, and the tests for all.

The tests for all are `mi_tf_test/conformance/`, `mi_tf_test/repository/`,
`mi_tf_test/docs/` and `mi_tf_test/api_test.py`. They name the commands that
write the BUILD files and the frozen API anew, and ask for a line in the change
log.
"""
