"""What the rules of a soak find, and what they leave alone."""

import unittest

import judge_samples


def samples(count=13, **changes):
    """A daemon at rest after each round; a change is a function of the round."""
    made = []
    for i in range(count):
        sample = {"state": "rest", "seconds": 100.0 * i, "threads": 40,
                  "descriptors": 30, "objects": 50051,
                  "resident_bytes": 200 * 2**20 + (i % 3) * 2**20}
        for what, change in changes.items():
            sample[what] += change(i)
        made.append(sample)
        made.append(dict(sample, state="load", resident_bytes=400 * 2**20,
                         threads=90))
    return made


def verdict(what, judged):
    return dict((name, passed) for name, passed, _ in judged)[what]


class JudgeSamplesTest(unittest.TestCase):
    def test_a_daemon_that_stays_as_it_is_passes(self):
        self.assertTrue(all(passed for _, passed, _ in
                            judge_samples.judge(samples())))

    def test_what_warms_up_in_the_first_half_passes(self):
        judged = judge_samples.judge(samples(
            resident_bytes=lambda i: min(i, 5) * 20 * 2**20,
            threads=lambda i: min(i, 1) * 12))
        self.assertTrue(all(passed for _, passed, _ in judged))

    def test_memory_that_grows_each_round_fails(self):
        judged = judge_samples.judge(samples(
            resident_bytes=lambda i: i * 2 * 2**20))
        self.assertFalse(verdict("memory", judged))
        self.assertTrue(verdict("threads", judged))

    def test_one_high_sample_is_no_growth(self):
        judged = judge_samples.judge(samples(
            resident_bytes=lambda i: 30 * 2**20 if i == 9 else 0))
        self.assertTrue(verdict("memory", judged))

    def test_a_thread_a_descriptor_or_objects_each_round_fail(self):
        for what in ("threads", "descriptors", "objects"):
            judged = judge_samples.judge(samples(**{what: lambda i: i}))
            self.assertFalse(verdict(what, judged), what)

    def test_too_few_samples_are_no_pass(self):
        judged = judge_samples.judge(samples(count=2))
        self.assertFalse(verdict("memory", judged))


if __name__ == "__main__":
    unittest.main()
