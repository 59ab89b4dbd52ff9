"""The closure in plain Python, as the rule reads: what the tests compare with."""

from collections import defaultdict
from itertools import combinations, product


def components(rows):
    """Sentences joined by positive rows, and what lies alone: component number of each (fold, sentence)."""
    parent = {}

    def root(node):
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for q, t, label, fold in rows:
        first, second = root((fold, q)), root((fold, t))
        if label == 1:
            parent[max(first, second)] = min(first, second)
    return {node: root(node) for node in parent}


def contradictory(rows, component):
    """Components with a negative row inside."""
    return {component[fold, q] for q, t, label, fold in rows if label == 0 and component[fold, q] == component[fold, t]}


def claims(rows):
    """All that follows, known or not: (low, high) -> {(fold, label)}."""
    component = components(rows)
    wrong = contradictory(rows, component)
    members = defaultdict(list)
    for (_, sentence), number in component.items():
        if number not in wrong:
            members[number].append(sentence)
    found = defaultdict(set)
    for (fold, _), sentences in members.items():
        for pair in combinations(sorted(sentences), 2):
            found[pair].add((fold, 1))
    joined = {(component[fold, q], component[fold, t]) for q, t, label, fold in rows if label == 0}
    for first, second in joined:
        if first not in wrong and second not in wrong:
            for q, t in product(members[first], members[second]):
                found[min(q, t), max(q, t)].add((first[0], 0))
    return found


def closure(rows, held_out=()):
    """New pairs {(low, high): (label, fold)} of (q, t, label, fold) rows."""
    known = {(min(q, t), max(q, t)) for q, t, *_ in rows} | {(min(pair), max(pair)) for pair in held_out}
    new = {}
    for pair, said in claims(rows).items():
        if pair not in known and len({label for _, label in said}) == 1:
            fold, label = min(said)
            new[pair] = (label, fold)
    return new
