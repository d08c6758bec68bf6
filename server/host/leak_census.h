#ifndef HEAPD_SERVER_HOST_LEAK_CENSUS_H_
#define HEAPD_SERVER_HOST_LEAK_CENSUS_H_

#include <cstdint>
#include <vector>

#include "heap/heap.h"
#include "server/host/leak_classes.h"
#include "server/host/leak_window.h"

namespace heapd::server {

// Turns what the engine counted at a major collection, by type, into the
// largest classes and tags, by number. Single-threaded: for whoever has the
// heap's lane; takes 0.3 us with 20 types, 0.2 ms with 20,000.
class LeakCensus {
 public:
  // Classes and tags of one sample.
  static constexpr size_t kMaxClasses = 256;

  // REQUIRES: `classes` outlives this.
  explicit LeakCensus(LeakClasses* classes) : classes_(classes) {}
  LeakCensus(const LeakCensus&) = delete;
  LeakCensus& operator=(const LeakCensus&) = delete;

  // Fills in the classes of a sample.
  void Take(const Heap& heap, LeakSample* sample);

 private:
  // Numbers of pairs of class and tag by type id; -1: not asked for yet.
  static constexpr int64_t kUnknown = -1;
  static constexpr int64_t kLeftOut = -2;  // LeakClasses has no room for it

  // Negative when it has none.
  int64_t NumberOf(const Type& type);

  LeakClasses* const classes_;
  std::vector<int64_t> numbers_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_CENSUS_H_
