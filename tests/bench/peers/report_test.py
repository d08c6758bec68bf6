"""From the files that compare.sh leaves to the table."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import gc_logs_test
import report
import results


def churn(rate, places):
    return json.dumps({"objects": 10, "per_second": rate, "p50_ms": 0.1,
                       "p99_ms": 0.2, "p999_ms": 0.3, "max_ms": 4,
                       "collections": 5, "places": places})


def heapd(*rows):
    return json.dumps({"machine": {"cpu": "a cpu"}, "results": rows})


class ReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def tables(self):
        figures, complaints = results.read(self.folder)
        self.assertEqual(complaints, [])
        return report.group(figures)

    def complaints(self):
        return results.read(self.folder)[1]

    def test_marks_are_the_last_in_the_log(self):
        done = {"objects": 8837, "collections": 1, "cases": ["list"]}
        self.write("1.mark.list.8837.g1.out", json.dumps(done))
        self.write("1.mark.list.8837.g1.log", gc_logs_test.G1)
        peer = self.tables()["mark", "list", 8837]["g1"]
        self.assertEqual(peer["ms"], [8.837])
        self.assertAlmostEqual(peer["per_second"][0], 1e6)

    def test_node_has_its_log_in_what_it_prints(self):
        self.write("1.mark.graph.1000000.node.out", gc_logs_test.NODE)
        peer = self.tables()["mark", "graph", 1000000]["node"]
        self.assertEqual(peer["ms"], [101.5])

    def test_heapd_is_the_median_of_its_collections(self):
        labels = {"measure": "mark", "variant": "list in order", "objects": 10}
        self.write("1.mark.list.10.heapd.out", heapd(
            {**labels, "median_ms": 2.5},
            {**labels, "ratio_to_naive_pointers": 3, "unit": "times"},
            {**labels, "measure": "sweep, nothing dead", "median_ms": 9}))
        peer = self.tables()["mark", "list", 10]["heapd"]
        self.assertEqual(peer["ms"], [2.5])

    def test_both_kinds_of_heapd_collections_are_counted(self):
        labels = {"measure": "short-lived", "objects": 10}
        self.write("1.churn.churn.10.heapd.out", heapd(
            {**labels, "operations_per_second": 7e6},
            {**labels, "minor_collections": 3},
            {**labels, "major_collections": 2}))
        peer = self.tables()["churn", "churn", 10]["heapd"]
        self.assertEqual(peer["collections"], [5])
        self.assertEqual(peer["per_second"], [7e6])

    def test_the_table_compares_the_median_with_the_best_peer(self):
        for rate in (1, 2, 9):
            self.write(f"{rate}.churn.churn.10.g1.out", churn(rate * 1e6, 1))
            self.write(f"{rate}.churn.churn.10.zgc.out", churn(1e6, 1))
            self.write(f"{rate}.churn.churn.10.heapd.out", heapd(
                {"measure": "short-lived", "operations_per_second": 3e6}))
        (key, table), = self.tables().items()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            report.print_table(key, table)
        lines = printed.getvalue().splitlines()
        self.assertIn("| OpenJDK 17 G1 | 2 (1 - 9) |", "\n".join(lines))
        self.assertIn("| **heapd / best peer** (OpenJDK 17 G1) |"
                      " | | | | | | **1.50** |", lines)
        self.assertIn("| **heapd / best with short pauses** (OpenJDK 17 ZGC) |"
                      " | | | | | | **3.00** |", lines)
        document = report.document({key: table}, {}, {}, "")
        best = [row for row in document["results"] if row["best_peer"]]
        self.assertEqual([row["peer"] for row in best], ["g1"])

    def test_a_program_that_failed_is_left_out(self):
        self.write("1.churn.churn.10.g1.out", "")
        self.assertEqual(self.tables(), {})

    def test_too_few_collections_are_complained_about(self):
        done = {"objects": 10, "collections": 3, "cases": ["list"]}
        self.write("1.mark.list.10.g1.out", json.dumps(done))
        self.write("1.mark.list.10.g1.log", gc_logs_test.G1)
        self.assertEqual(len(self.complaints()), 1)

    def test_peers_that_chose_differently_are_complained_about(self):
        self.write("1.churn.churn.10.g1.out", churn(1, places=7))
        self.write("1.churn.churn.10.node.out", churn(1, places=8))
        self.assertEqual(len(self.complaints()), 1)


if __name__ == "__main__":
    unittest.main()
