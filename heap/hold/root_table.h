#ifndef HEAPD_HEAP_HOLD_ROOT_TABLE_H_
#define HEAPD_HEAP_HOLD_ROOT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "heap/base/memory_budget.h"
#include "heap/object/ref.h"

namespace heapd {

// Names that hold objects, in byte order. Thread-compatible.
class RootTable {
 public:
  // REQUIRES: `account` outlives the table.
  explicit RootTable(MemoryAccount* account) : account_(account) {}
  ~RootTable();
  RootTable(const RootTable&) = delete;
  RootTable& operator=(const RootTable&) = delete;

  // Lets the name hold the object; `*former` is what it held, 0 if it is new.
  // INVALID_ARGUMENT for the name; RESOURCE_EXHAUSTED (ROOT_COUNT, HEAP_LIMIT).
  absl::Status Set(absl::string_view name, Index object, Index* former);
  // What the name held; 0 when there is no such name.
  Index Remove(absl::string_view name);
  // Takes back a Remove(), whatever the account says now.
  void Restore(absl::string_view name, Index object);
  // 0 when there is no such name.
  Index Find(absl::string_view name) const;

  using Map = absl::btree_map<std::string, Index, std::less<>>;
  const Map& map() const { return roots_; }
  size_t size() const { return roots_.size(); }

 private:
  static uint64_t Cost(absl::string_view name);

  MemoryAccount* const account_;
  Map roots_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_HOLD_ROOT_TABLE_H_
