#ifndef HEAPD_HEAP_SNAPSHOT_CAPTURED_HOLDS_H_
#define HEAPD_HEAP_SNAPSHOT_CAPTURED_HOLDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "heap/gc/heap_parts.h"
#include "heap/object/ref.h"

namespace heapd {

// What holds objects at one instant: roots in byte order of their names, and
// sessions. A value.
struct CapturedHolds {
  struct Root {
    std::string name;
    Index object;
  };
  struct HoldingSession {
    uint32_t snapshot_id;
    std::string label;
    size_t first_hold;  // of `holds`
    size_t hold_count;
  };

  std::vector<Root> roots;
  std::vector<HoldingSession> sessions;
  std::vector<Index> holds;

  // What it takes to copy those of `parts`, in bytes, about.
  static uint64_t BytesFor(const HeapParts& parts);
  // Copies them, with the mutators' thread: 4 bytes for a hold, and a string
  // each for sessions and roots. A session that no snapshot has seen gets its
  // id from `parts`.
  static CapturedHolds Of(HeapParts* parts);
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_CAPTURED_HOLDS_H_
