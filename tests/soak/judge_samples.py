"""Judges what tests/soak.sh sampled of a daemon; see judge()."""

import csv
import json
import math
import sys

# Memory may grow over the second half by this part of its mean, and by so much.
GROWTH = 0.02
GROWTH_BYTES = 4 << 20
# How many standard errors a slope must be above zero to count.
SIGNIFICANT = 3
# Threads and descriptors more in the second half's median than in the first's.
MORE_ALLOWED = 2


def slope_of(times, values):
    """A least-squares line: its slope and the slope's standard error."""
    count = len(times)
    mean_time = sum(times) / count
    mean_value = sum(values) / count
    spread = sum((t - mean_time) ** 2 for t in times)
    slope = sum((t - mean_time) * (v - mean_value)
                for t, v in zip(times, values)) / spread
    rest = sum((v - mean_value - slope * (t - mean_time)) ** 2
               for t, v in zip(times, values))
    return slope, math.sqrt(rest / max(1, count - 2) / spread)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def judge_memory(samples):
    """Resident memory at rest: no significant growth over the second half."""
    half = samples[len(samples) // 2:]
    if len(half) < 3:
        return False, "too few samples"
    times = [s["seconds"] for s in half]
    values = [s["resident_bytes"] for s in half]
    slope, error = slope_of(times, values)
    grown = slope * (times[-1] - times[0])
    allowed = max(GROWTH * sum(values) / len(values), GROWTH_BYTES)
    grows = grown > allowed and slope > SIGNIFICANT * error
    return not grows, (
        f"grew by {grown / 2**20:.1f} MiB over the second half (mean "
        f"{sum(values) / len(values) / 2**20:.1f} MiB); {allowed / 2**20:.1f} "
        f"MiB are allowed, or a slope within {SIGNIFICANT} standard errors")


def judge_count(samples, what):
    """A count at rest: the second half's median against the first's."""
    # The first sample is of a daemon that has not been used.
    values = [s[what] for s in samples[1:]]
    middle = len(values) // 2
    if middle == 0:
        return False, "too few samples"
    first, second = median(values[:middle]), median(values[middle:])
    return second <= first + MORE_ALLOWED, (
        f"{second:g} in the second half, {first:g} in the first")


def judge(samples):
    """[(what, passed, why)] for samples taken when nothing was running."""
    rest = [s for s in samples if s["state"] == "rest"]
    results = [("memory", *judge_memory(rest))]
    for what in ("threads", "descriptors", "objects"):
        results.append((what, *judge_count(rest, what)))
    return results


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [{key: value if key == "state" else float(value)
                 for key, value in row.items()}
                for row in csv.DictReader(file)]


def main():
    results = judge(read(sys.argv[1]))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump([{"what": what, "passed": passed, "why": why}
                   for what, passed, why in results], file, indent=1)
    for what, passed, why in results:
        print(f"{'ok  ' if passed else 'FAIL'} {what}: {why}")
    return 0 if all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
