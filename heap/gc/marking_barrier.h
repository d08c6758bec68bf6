#ifndef HEAPD_HEAP_GC_MARKING_BARRIER_H_
#define HEAPD_HEAP_GC_MARKING_BARRIER_H_

#include <array>
#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "heap/gc/mark_bitmap.h"
#include "heap/object/object_table.h"
#include "heap/object/ref.h"

namespace heapd {

// How mutators keep a concurrent marker from missing what lives: they shade,
// that is hand to the marker,
//
//   - what a slot held before it is overwritten (Yuasa's deletion barrier: the
//     marker sees every object that was reachable when marking began, "Real-
//     time garbage collection on general-purpose machines", 1990), and
//   - every object that a client names by ref or finds as an interned string:
//     it may have been unreachable then, and gets reachable now.
//
// Objects born since marking began are never shaded: they are in open chunks of
// the table, and live.
//
// Shaded objects gather in a buffer of the mutator, which goes to the marker
// when it is full and comes back later: neither allocates memory for the other
// to free. Whether the objects are marked already is for the marker to find
// out: its thread has just written those words, and a mutator that reads them
// waits for each. Only when the marker does not come to take them does the
// mutator look.
//
// Mutators are one thread at a time: Start(), Shade(), Flush(), DropMarked()
// and Stop() are theirs; Take() is the marker's.
class MarkingBarrier {
 public:
  // REQUIRES: both outlive the barrier.
  MarkingBarrier(const ObjectTable* table, const MarkBitmap* marks)
      : table_(table), marks_(marks) {}
  MarkingBarrier(const MarkingBarrier&) = delete;
  MarkingBarrier& operator=(const MarkingBarrier&) = delete;

  void Start();
  // REQUIRES: everything shaded has been taken.
  void Stop();
  bool is_on() const { return on_; }

  // Nothing when the barrier is off, or for index 0.
  void Shade(Index index) {
    if (on_) ShadeIfClosed(index);
  }
  // Makes what was shaded available to the marker. How much it has to take.
  size_t Flush() ABSL_LOCKS_EXCLUDED(mu_);
  // Drops what needs not be taken any more; how much is left.
  size_t DropMarked() ABSL_LOCKS_EXCLUDED(mu_);

  // A buffer of what was flushed and not taken yet; empty when nothing is left.
  // Takes one that is done with in exchange.
  std::vector<Index> Take(std::vector<Index> used = {})
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  static constexpr size_t kBuffer = 512;
  static constexpr size_t kMaxSpare = 32;
  static constexpr size_t kRecent = 256;
  // What a marker may have to take is more than what it is given in the time in
  // which it marks an eighth of the heap.
  static constexpr size_t kMinManyFlushed = size_t{64} << 10;
  static constexpr size_t kManyFlushedShare = 8;

  void ShadeIfClosed(Index index);

  const ObjectTable* const table_;
  const MarkBitmap* const marks_;
  bool on_ = false;
  std::vector<Index> buffer_;
  bool many_flushed_ = false;  // that the marker has not taken
  // By their last bits, so that an object in constant use is handed over once.
  std::array<Index, kRecent> recent_{};

  absl::Mutex mu_;  // a leaf of the lock order
  std::vector<std::vector<Index>> flushed_ ABSL_GUARDED_BY(mu_);
  size_t flushed_count_ ABSL_GUARDED_BY(mu_) = 0;  // objects in them
  std::vector<std::vector<Index>> spare_ ABSL_GUARDED_BY(mu_);  // empty ones
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MARKING_BARRIER_H_
