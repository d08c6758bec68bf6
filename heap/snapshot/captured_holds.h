#ifndef HEAPD_HEAP_SNAPSHOT_CAPTURED_HOLDS_H_
#define HEAPD_HEAP_SNAPSHOT_CAPTURED_HOLDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "heap/gc/heap_parts.h"
#include "heap/hold/session.h"
#include "heap/hold/session_lister.h"
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
};

// Copies what holds objects: roots at once, a string each, and sessions some at
// a time, since there can be a hundred thousand; one that changes before its
// turn is copied before that. A session that no snapshot has seen gets its id.
// The mutators' thread calls everything.
class HoldsCapture final : public Session::Observer {
 public:
  // What it takes, in bytes, about.
  static uint64_t BytesFor(const HeapParts& parts);

  // REQUIRES: `parts` outlives this, or is not used any more.
  explicit HoldsCapture(HeapParts* parts);
  HoldsCapture(const HoldsCapture&) = delete;
  HoldsCapture& operator=(const HoldsCapture&) = delete;

  // The instant. REQUIRES: nothing is young.
  void Start();
  // Goes on with about `count` holds or sessions. Whether none is left.
  bool CaptureSome(size_t count);
  void BeforeChange(Session* session) override;

  const CapturedHolds& holds() const { return holds_; }

 private:
  HeapParts& parts_;
  SessionLister sessions_;
  CapturedHolds holds_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_CAPTURED_HOLDS_H_
