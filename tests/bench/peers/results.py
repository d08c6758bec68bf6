"""What the programs of the comparison measured, from the files they left.

compare.sh leaves them in a folder, by the round:

  1.mark.graph.10000000.g1.out    what a peer printed: a line of JSON, among
                                  trace lines where it is Node
  1.mark.graph.10000000.g1.log    the log of its collector, where it is Java
  1.mark.graph.10000000.heapd.out what heap_bench --json wrote

A file that says nothing (the program failed, and compare.sh said so) is left
out.
"""

import collections
import json

from gc_logs import MARKS_OF, LogError

# A figure of one round, and where it belongs.
Figure = collections.namedtuple("Figure", "kind case objects peer name value")

# What heap_bench calls them. It marks `collections` times and gives the median.
_HEAPD_MARK_CASES = {
    "random, in arrays": "graph",
    "list in order": "list",
    "leaves in order": "leaves in order",
    "shuffled leaves": "shuffled leaves",
}
# Peers collect when they see fit; heapd is shown with major collections all the
# time, too. What nothing reaches at the end of its batch heapd does not make;
# peers have no batches, so it is compared as if it did.
HEAPD_ALWAYS_COLLECTING = "heapd-always"
HEAPD_SCRATCH = "heapd-scratch"
HEAPD_SCRATCH_ALWAYS = "heapd-scratch-always"
_HEAPD_CHURN_PEERS = {
    "short-lived": "heapd",
    "short-lived, collecting": HEAPD_ALWAYS_COLLECTING,
    "short-lived, scratch": HEAPD_SCRATCH,
    "short-lived, scratch, collecting": HEAPD_SCRATCH_ALWAYS,
}
_HEAPD_CHURN_NAMES = {
    "operations_per_second": "per_second",
    "wait_p50_ms": "p50_ms",
    "wait_p99_ms": "p99_ms",
    "wait_p999_ms": "p999_ms",
    "longest_wait_ms": "max_ms",
    "minor_collections": "collections",
    "major_collections": "collections",
}


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return (values[middle] + values[-1 - middle]) / 2


def read(folder):
    """Returns the figures, and a line for each file that is of no use."""
    figures, complaints = [], []
    for path in sorted(folder.glob("*.*.*.*.*.out")):
        _, kind, _, objects, peer, _ = path.name.split(".")
        try:
            text = path.read_text()
            if not text.strip():
                continue
            if peer == "heapd":
                found = _heapd(kind, int(objects), json.loads(text))
            elif kind == "mark":
                log = path.with_suffix(".log")
                found = _peer_marks(
                    peer, text, log.read_text() if log.exists() else text)
            else:
                found = _peer_churn(peer, _last_json(text))
            figures.extend(found)
        except (LogError, KeyError, ValueError, OSError) as error:
            complaints.append(f"{path.name}: {error!r}")
    complaints += _different_choices(figures)
    return figures, complaints


def machine(folder):
    """What heap_bench says of the machine and its own build."""
    for path in sorted(folder.glob("*.heapd.out")):
        try:
            return json.loads(path.read_text())["machine"]
        except (KeyError, ValueError):
            continue
    return {}


def _heapd(kind, objects, document):
    # Summed, as collections of both kinds go by one name.
    churn = collections.Counter()
    for row in document["results"]:
        if kind == "mark" and row["measure"] == "mark":
            case = _HEAPD_MARK_CASES.get(row["variant"])
            if case and "median_ms" in row:
                yield from _mark(case, objects, "heapd", row["median_ms"])
        elif kind == "churn" and row["measure"] in _HEAPD_CHURN_PEERS:
            peer = _HEAPD_CHURN_PEERS[row["measure"]]
            for name in row.keys() & _HEAPD_CHURN_NAMES.keys():
                churn[peer, _HEAPD_CHURN_NAMES[name]] += row[name]
    for (peer, name), value in churn.items():
        yield Figure(kind, "churn", objects, peer, name, value)


def _peer_marks(peer, printed, log):
    done = _last_json(printed)
    marks = MARKS_OF[peer](log)
    count = done["collections"]
    cases = done["cases"]
    if len(marks) < count * len(cases):
        raise LogError(f"{len(marks)} collections in the log, too few")
    marks = marks[-count * len(cases):]
    for i, case in enumerate(cases):
        yield from _mark(case, done["objects"], peer,
                         median(marks[i * count:(i + 1) * count]))


def _mark(case, objects, peer, milliseconds):
    if milliseconds <= 0:
        raise LogError(f"{case} marked in no time")
    yield Figure("mark", case, objects, peer, "ms", milliseconds)
    yield Figure("mark", case, objects, peer, "per_second",
                 objects / milliseconds * 1e3)


def _peer_churn(peer, done):
    objects = done["objects"]
    for name, value in done.items():
        if name != "objects":
            yield Figure("churn", "churn", objects, peer, name, value)


def _different_choices(figures):
    """Peers that drew other places than the others did not do the same."""
    drawn = collections.defaultdict(dict)
    for figure in figures:
        if figure.name == "places":
            drawn[figure.objects][figure.peer] = figure.value
    return [f"different random choices: {by_peer}"
            for by_peer in drawn.values() if len(set(by_peer.values())) > 1]


def _last_json(printed):
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    if not lines:
        raise LogError("no line of JSON")
    return json.loads(lines[-1])
