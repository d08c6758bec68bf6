#!/usr/bin/env python3
"""Prints what compare.sh measured as Markdown, and writes it as JSON.

    report.py FOLDER [--versions FILE] [--settings TEXT] [--json FILE]

FOLDER is described in results.py; each line of the file of versions is
"peer version". Figures are medians over the rounds, after them the lowest and
the highest. Fails when there is nothing to show or something was of no use.
"""

import argparse
import collections
import json
import pathlib
import sys

import results

_ALWAYS = results.HEAPD_ALWAYS_COLLECTING
_NAMES = {
    "heapd": "heapd",
    _ALWAYS: "heapd, always in a major collection",
    results.HEAPD_SCRATCH: "heapd, scratch not made",
    results.HEAPD_SCRATCH_ALWAYS: "heapd, scratch not made, always in one",
    "node": "Node 20",
    "g1": "OpenJDK 17 G1",
    "parallel": "OpenJDK 17 Parallel",
    "shenandoah": "OpenJDK 17 Shenandoah",
    "zgc": "OpenJDK 17 ZGC",
}
# What an application takes that cannot wait for long.
_SHORT_PAUSES = ["shenandoah", "zgc"]
_COLUMNS = {
    "mark": [("per_second", "M objects/s"), ("ms", "mark, ms")],
    "churn": [("per_second", "M allocations/s"), ("p50_ms", "p50, ms"),
              ("p99_ms", "p99, ms"), ("p999_ms", "p99.9, ms"),
              ("max_ms", "longest, ms"), ("collections", "collections")],
}
_TITLES = {"mark": "Marking: {case}", "churn": "Churn: live in the table"}
_NOTES = {
    "mark":
        "Times: heapd the mark phase of a collection in heap_bench, which "
        "nothing runs beside; G1 \"Phase 1: Mark live objects\" and Parallel "
        "\"Marking Phase\" of System.gc(), two threads; Node "
        "mark + incremental_walltime_duration of gc(), two threads.",
    "churn":
        "Waits are for batches of 64, by the program's own clock; longest: the "
        "median of the rounds' longest. Collections: of all kinds, in a round. "
        "heapd makes every object here, to be compared, but where the row says "
        "otherwise, which is what it does unless told.",
}


def group(figures):
    """{(kind, case, objects): {peer: {name: [value of each round]}}}"""
    tables = {}
    for figure in figures:
        table = tables.setdefault((figure.kind, figure.case, figure.objects),
                                  {})
        peer = table.setdefault(figure.peer, collections.defaultdict(list))
        peer[figure.name].append(figure.value)
    return tables


def rate(table, peer):
    return results.median(table[peer]["per_second"])


def best_peer(table, among=None):
    """The fastest that is not heapd, or None."""
    peers = [peer for peer in table if not peer.startswith("heapd") and
             (among is None or peer in among)]
    return max(peers, default=None, key=lambda peer: rate(table, peer))


def ratio(table, peer):
    """How many times as fast as a peer heapd is, or None."""
    if "heapd" not in table:
        return None
    return rate(table, "heapd") / rate(table, peer)


def print_table(key, table):
    kind, case, objects = key
    columns = _COLUMNS[kind]
    print(f"### {_TITLES[kind].format(case=case)}, {objects:,} objects\n")
    print("| |", " | ".join(title for _, title in columns),
          "| heapd is so many times as fast |")
    print("|---" * (len(columns) + 2) + "|")
    for peer in sorted(table, key=list(_NAMES).index):
        cells = [_cell(name, table[peer].get(name, [])) for name, _ in columns]
        cells.append("" if peer.startswith("heapd") else
                     _ratio_cell(ratio(table, peer)))
        print(f"| {_NAMES[peer]} |", " | ".join(cells), "|")
    filling = " |" * len(columns)
    for what, among in (("best peer", None), ("best with short pauses",
                                              _SHORT_PAUSES)):
        best = best_peer(table, among)
        if best:
            print(f"| **heapd / {what}** ({_NAMES[best]}) |{filling}",
                  f"**{_ratio_cell(ratio(table, best))}** |")
    print()
    if _ALWAYS in table and "heapd" in table:
        part = rate(table, _ALWAYS) / rate(table, "heapd")
        print(f"Always in a major collection, heapd has {part:.0%} of the rate",
              "that it has otherwise.\n")


def _cell(name, values):
    if not values:
        return "-"
    scale = 1e-6 if name == "per_second" else 1
    low, middle, high = (f"{value * scale:.4g}" for value in
                         (min(values), results.median(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({low} - {high})"


def _ratio_cell(value):
    return "-" if value is None else f"{value:.2f}"


def document(tables, machine, versions, settings):
    rows = []
    for (kind, case, objects), table in tables.items():
        for peer, values in table.items():
            rows.append({
                "measure": kind, "case": case, "objects": objects, "peer": peer,
                "medians": {name: results.median(of) for name, of in
                            values.items()},
                "rounds": values,
                "heapd_times_as_fast": ratio(table, peer),
                "best_peer": peer == best_peer(table),
            })
    return {"machine": machine, "versions": versions, "settings": settings,
            "results": rows}


def print_heading(machine, versions, settings):
    print("## heapd beside other collectors\n")
    for name, value in {**machine, **versions, "settings": settings}.items():
        print(f"- {name.replace('_', ' ')}: {value}")
    print()


def main():
    parser = argparse.ArgumentParser(description="Prints a comparison.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--versions", type=pathlib.Path)
    parser.add_argument("--settings", default="")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()

    figures, complaints = results.read(options.folder)
    tables = group(figures)
    machine = results.machine(options.folder)
    versions = {}
    if options.versions:
        versions = dict(line.split(" ", 1) for line in
                        options.versions.read_text().splitlines())
    print_heading(machine, versions, options.settings)
    for kind, note in _NOTES.items():
        mine = [key for key in tables if key[0] == kind]
        for key in mine:
            print_table(key, tables[key])
        if mine:
            print(note + "\n")
    for complaint in complaints:
        print(f"compare: {complaint}", file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps(
            document(tables, machine, versions, options.settings),
            indent=2) + "\n")
    return 1 if complaints or not tables else 0


if __name__ == "__main__":
    sys.exit(main())
