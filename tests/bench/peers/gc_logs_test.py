"""The parsers, over lines that the collectors of OpenJDK 17.0.15 and Node
20.20.2 wrote (shortened); neither is needed here.
"""

import unittest

import gc_logs

G1 = """\
[2714369ns][gc] Using G1
[57948316ns][gc,start    ] GC(4) Pause Full (System.gc())
[58042956ns][gc,phases,start] GC(4) Phase 1: Mark live objects
[65872631ns][gc,phases      ] GC(4) Phase 1: Mark live objects 7.830ms
[71952818ns][gc             ] GC(4) Pause Full (System.gc()) 30M->29M(64M) 14.002ms
[107360337ns][gc             ] GC(7) Concurrent Mark Cycle
[153231171ns][gc,marking     ] GC(7) Concurrent Mark From Roots 43.596ms
[75365926ns][gc,phases,start] GC(8) Phase 1: Mark live objects
[84202886ns][gc,phases      ] GC(8) Phase 1: Mark live objects 8.837ms
[87889279ns][gc             ] GC(8) Pause Full (System.gc()) 29M->27M(64M) 12.604ms
"""
G1_OUT_OF_MEMORY = """\
[182883510ns][gc,start       ] GC(16) Pause Full (G1 Compaction Pause)
[182969408ns][gc,phases,start] GC(16) Phase 1: Mark live objects
[190138306ns][gc,phases      ] GC(16) Phase 1: Mark live objects 7.169ms
[195715457ns][gc             ] GC(16) Pause Full (G1 Compaction Pause) 17M->15M(20M) 12.830ms
"""
PARALLEL = """\
[102122384ns][gc             ] GC(3) Pause Young (System.gc()) 57M->57M(981M) 0.501ms
[107337458ns][gc,start       ] GC(4) Pause Full (System.gc())
[107342836ns][gc,phases,start] GC(4) Marking Phase
[122784873ns][gc,phases      ] GC(4) Par Mark 15.421ms
[123239578ns][gc,phases      ] GC(4) Marking Phase 15.896ms
[130099072ns][gc             ] GC(4) Pause Full (System.gc()) 29M->27M(61M) 22.759ms
"""
NODE = """\
[19944:0x2000d0a0]       30 ms: pause=4.3 mutator=23.9 gc=s reduce_memory=0 \
mark=9.0
[19944:0x2000d0a0]       97 ms: pause=4.5 mutator=21.8 gc=mc reduce_memory=0 \
mark=0.2 mark.finish_incremental=0.0 mark.roots=0.1 \
incremental_steps_count=205 incremental_walltime_duration=26 background.mark=21.3
[19944:0x2000d0a0]      529 ms: pause=102.3 mutator=120.1 gc=mc \
reduce_memory=0 mark=101.5 mark.finish_incremental=0.0 mark.roots=0.2 \
incremental_steps_count=0 incremental_walltime_duration=0 background.mark=101.2
{"objects":1000000,"collections":1,"cases":["graph"]}
"""


class GcLogsTest(unittest.TestCase):
    def test_g1_marks_of_full_collections(self):
        self.assertEqual(gc_logs.g1_marks(G1), [7.830, 8.837])

    def test_a_collection_that_nobody_asked_for_does_not_count(self):
        self.assertEqual(gc_logs.g1_marks(G1 + G1_OUT_OF_MEMORY),
                         [7.830, 8.837])

    def test_parallel_marks_are_whole_phases(self):
        self.assertEqual(gc_logs.parallel_marks(PARALLEL), [15.896])

    def test_node_marks_include_what_was_marked_before_the_pause(self):
        marks = gc_logs.node_marks(NODE)
        self.assertEqual(len(marks), 2)
        self.assertAlmostEqual(marks[0], 26.2)
        self.assertAlmostEqual(marks[1], 101.5)

    def test_a_collection_without_a_mark_phase_is_an_error(self):
        with self.assertRaises(gc_logs.LogError):
            gc_logs.parallel_marks(G1)

    def test_an_empty_log_is_an_error(self):
        for parse in gc_logs.MARKS_OF.values():
            with self.assertRaises(gc_logs.LogError):
                parse("")

    def test_a_trace_line_of_another_version_is_an_error(self):
        with self.assertRaises(gc_logs.LogError):
            gc_logs.node_marks("[1:0x1] 1 ms: gc=mc mark=1.0\n")


if __name__ == "__main__":
    unittest.main()
