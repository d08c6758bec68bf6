#ifndef HEAPD_HEAP_OBJECT_TYPE_TABLE_H_
#define HEAPD_HEAP_OBJECT_TYPE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/base/memory_budget.h"
#include "heap/object/type.h"

namespace heapd {

// The types of a heap. Names are stored once, however many types use them.
// Types are never removed. Thread-compatible.
class TypeTable {
 public:
  // Defines the type of interned strings as id kInternedStringType.
  // REQUIRES: `account` outlives the table and has room for that.
  explicit TypeTable(MemoryAccount* account);
  ~TypeTable();
  TypeTable(const TypeTable&) = delete;
  TypeTable& operator=(const TypeTable&) = delete;

  // The type with exactly this name, kind and slot names.
  // INVALID_ARGUMENT (INVALID_FIELD): a name that is empty, too long or no
  // UTF-8, too many slot names. RESOURCE_EXHAUSTED (TYPE_COUNT, HEAP_LIMIT).
  absl::StatusOr<TypeId> Define(absl::string_view name, TypeKind kind,
                                absl::Span<const absl::string_view> slot_names);

  // Null when there is none.
  const Type* Find(TypeId id) const {
    return Has(id) ? &definitions_->types[id - 1] : nullptr;
  }
  bool Has(TypeId id) const { return id != 0 && id <= size_; }
  uint32_t size() const { return size_; }

  // The types that there are now, by id - 1, for one who reads them on another
  // thread or when the heap is gone. A value.
  struct Copy {
    std::vector<const Type*> types;
    std::shared_ptr<const void> owner;

    // REQUIRES: there was one with that id.
    const Type& Find(TypeId id) const { return *types[id - 1]; }
  };
  Copy All() const;

 private:
  struct Definitions {
    absl::node_hash_set<std::string> names;
    std::deque<Type> types;  // addresses stay
  };

  absl::string_view Intern(absl::string_view name);

  MemoryAccount* const account_;
  uint64_t taken_bytes_ = 0;
  const uint64_t seed_;  // so that hostile names cannot collide on purpose
  const std::shared_ptr<Definitions> definitions_ =
      std::make_shared<Definitions>();
  uint32_t size_ = 0;  // of definitions_->types, near at hand
  // From a seeded hash of the definition to the types that have it.
  absl::flat_hash_map<uint64_t, std::vector<TypeId>> by_hash_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_TYPE_TABLE_H_
