#ifndef HEAPD_TESTS_BENCH_HEAP_POPULATION_H_
#define HEAPD_TESTS_BENCH_HEAP_POPULATION_H_

#include <cstdint>
#include <vector>

#include "heap/base/limits.h"
#include "heap/object/ref.h"
#include "tests/bench/heap/bench_heap.h"

namespace heapd::heap_bench {

// A heap with a number of places, each a slot of a rooted array, that hold an
// object each or are null. Single-threaded.
class Population {
 public:
  explicit Population(uint32_t places, const StressOptions& stress = {});

  uint32_t places() const { return places_; }
  BenchHeap& heap() { return heap_; }

  // The array and the slot that a place is.
  Ref ArrayOf(uint32_t place) const { return arrays_[place / kMaxSlots]; }
  static uint32_t SlotOf(uint32_t place) { return place % kMaxSlots; }

  // New objects in these places, in batches of 1,024.
  void Fill(const std::vector<uint32_t>& chosen);
  void FillAll();
  // These places null.
  void Empty(const std::vector<uint32_t>& chosen);
  void EmptyAll();

  // Refs of the objects in all places, none of which is null.
  std::vector<Ref> Refs();

 private:
  std::vector<uint32_t> AllPlaces() const;

  const uint32_t places_;
  BenchHeap heap_;
  std::vector<Ref> arrays_;
};

}  // namespace heapd::heap_bench

#endif  // HEAPD_TESTS_BENCH_HEAP_POPULATION_H_
