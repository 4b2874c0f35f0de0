"""Types of arguments that many public functions take."""

from collections.abc import Callable
from typing import Any
from typing import TypeAlias

import tensorflow as tf

# Arguments of `tf.convert_to_tensor`: tensors, variables, arrays, numbers.
TensorLike: TypeAlias = tf.types.experimental.TensorLike
# Tensors in dicts, lists and tuples, as `tf.nest` and `keras.tree` have them.
Structure: TypeAlias = Any
# Rows as people hold them: an array, a tensor, a pandas column or table, a
# polars one, or nested lists.
Rows: TypeAlias = Any
# A critic: a name, a layer, or a function (x, y) -> scores.
Function: TypeAlias = Callable[..., Any]
# One shape, such as `(None, 3)`.
Shape: TypeAlias = tuple[Any, ...]
# A shape, or shapes in dicts, lists and tuples.
Shapes: TypeAlias = Any
