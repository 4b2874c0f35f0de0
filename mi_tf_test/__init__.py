"""The tests of mi_tf, which mirror it file for file."""
