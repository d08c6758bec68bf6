"""How long marking took, from the logs of collectors.

Each function returns the milliseconds of all full collections (of Java, those
that the program asked for; Node does not say which) in their order. A log that
does not say how long is an error, not a zero.
"""

import re

_PAUSE = re.compile(r"GC\((\d+)\) Pause Full \(System\.gc\(\)\) .*ms$")
_G1_MARK = re.compile(r"GC\((\d+)\) Phase 1: Mark live objects ([\d.]+)ms$")
# Not "Par Mark", which is a part of it: references follow.
_PARALLEL_MARK = re.compile(r"GC\((\d+)\) Marking Phase ([\d.]+)ms$")
_NODE_FIELD = re.compile(r"(\S+)=(\S+)")


class LogError(Exception):
    """A log that is cut short, or of another version than expected."""


def g1_marks(log):
    """OpenJDK 17's -XX:+UseG1GC with -Xlog:gc*."""
    return _java_marks(log, _G1_MARK)


def parallel_marks(log):
    """OpenJDK 17's -XX:+UseParallelGC with -Xlog:gc*."""
    return _java_marks(log, _PARALLEL_MARK)


def _java_marks(log, mark_pattern):
    marks = {}
    asked_for = []
    for line in log.splitlines():
        if mark := mark_pattern.search(line):
            marks[mark[1]] = float(mark[2])
        elif pause := _PAUSE.search(line):
            asked_for.append(pause[1])
    # A collection that was not asked for (memory is short) marks, too.
    without = [gc for gc in asked_for if gc not in marks]
    if without or not asked_for:
        raise LogError(f"collections without a mark phase: {without or 'all'}")
    return [marks[gc] for gc in asked_for]


def node_marks(log):
    """Node 20's --trace-gc-nvp: of each full collection, `mark` (marking in the
    pause, on all threads) and `incremental_walltime_duration` (from the start
    of marking before the pause, which a collection that is asked for while
    nothing else happens does not have).
    """
    marks = []
    for line in log.splitlines():
        fields = dict(_NODE_FIELD.findall(line))
        if fields.get("gc") != "mc":
            continue
        try:
            marks.append(float(fields["mark"]) +
                         float(fields["incremental_walltime_duration"]))
        except KeyError as name:
            raise LogError(f"a trace line without {name}") from None
    if not marks:
        raise LogError("no trace line of a full collection")
    return marks


MARKS_OF = {"node": node_marks, "g1": g1_marks, "parallel": parallel_marks}
