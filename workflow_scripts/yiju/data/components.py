"""Connected components of sentences: what shares a sentence, directly or through others, hangs together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def connected_groups(q: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Number the connected components of sentences, in order of appearance.

    q, t: [n] numbers of the sentences of each pair. Returns [n] int64: the component of each pair.
    """
    used = np.zeros(max(q.max(), t.max()) + 1, dtype=bool)
    used[q] = used[t] = True
    node = np.cumsum(used, dtype=np.int32) - 1
    edges = (np.ones(len(q), dtype=bool), (node[q], node[t]))
    _, component = connected_components(coo_array(edges, shape=(node[-1] + 1, node[-1] + 1)), directed=False)
    group = component[node[q]]
    # Written backwards: what stays is the first pair of each component.
    first = np.empty(component.max() + 1, dtype=np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    appearance = np.empty(len(first), dtype=np.int64)
    appearance[np.argsort(first)] = np.arange(len(first))
    return appearance[group]
