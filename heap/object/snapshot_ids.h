#ifndef HEAPD_HEAP_OBJECT_SNAPSHOT_IDS_H_
#define HEAPD_HEAP_OBJECT_SNAPSHOT_IDS_H_

#include <cstdint>
#include <memory>

#include "heap/base/memory_budget.h"
#include "heap/base/reservation.h"
#include "heap/object/ref.h"

namespace heapd {

// The numbers by which snapshots tell objects apart: 32 bits, odd, given when a
// snapshot first sees an object and kept while it lives, never given twice. A
// heap of which no snapshot was taken pays nothing. Thread-compatible.
class SnapshotIds {
 public:
  // Odd ids below are for what gives a file its structure.
  static constexpr uint32_t kFirstId = 101;

  // REQUIRES: `account` outlives this.
  explicit SnapshotIds(MemoryAccount* account) : account_(account) {}
  ~SnapshotIds() { account_->Give(account_bytes_); }
  SnapshotIds(const SnapshotIds&) = delete;
  SnapshotIds& operator=(const SnapshotIds&) = delete;

  // Makes room for indices below `end`; false when there is no memory, or when
  // `wanted` new ids would pass 32 bits. What the account has no room for comes
  // out of `reserve`, unless that is null, and stays there as long as this.
  // REQUIRES: it is the same every time and outlives this.
  bool Prepare(Index end, uint64_t wanted, MemoryBudget* reserve = nullptr);
  // REQUIRES: Prepare() said yes for the index.
  uint32_t IdOf(Index index) {
    if (ids_[index] == 0) ids_[index] = TakeId();
    return ids_[index];
  }
  // An id for something that is no object, such as a session.
  uint32_t TakeId() {
    const uint32_t id = next_id_;
    next_id_ += 2;
    return id;
  }
  // The object died: its index's next object gets an id of its own.
  void Forget(Index index) {
    if (index < end_) ids_[index] = 0;
  }

 private:
  // Takes it for good; false when there is none.
  bool Take(uint64_t bytes, MemoryBudget* reserve);

  MemoryAccount* const account_;
  std::unique_ptr<MemoryAccount> reserved_;  // null until it is needed
  Reservation reservation_;
  uint32_t* ids_ = nullptr;
  Index end_ = 0;
  uint64_t taken_bytes_ = 0;
  uint64_t account_bytes_ = 0;  // of those, what is the account's
  uint32_t next_id_ = kFirstId;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_SNAPSHOT_IDS_H_
