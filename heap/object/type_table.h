#ifndef HEAPD_HEAP_OBJECT_TYPE_TABLE_H_
#define HEAPD_HEAP_OBJECT_TYPE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/base/memory_budget.h"
#include "heap/object/type.h"

namespace heapd {

// The types of a heap, and their tags (type_tags.cc). Names are stored once,
// however many types use them. Types are never removed. Thread-compatible.
class TypeTable {
 public:
  // Defines the type of interned strings as id kInternedStringType.
  // REQUIRES: `account` outlives the table and has room for that.
  explicit TypeTable(MemoryAccount* account);
  ~TypeTable();
  TypeTable(const TypeTable&) = delete;
  TypeTable& operator=(const TypeTable&) = delete;

  // The type with exactly this name, kind and slot names, and without a tag.
  // INVALID_ARGUMENT (INVALID_FIELD): a name that is empty, too long or no
  // UTF-8, too many slot names. RESOURCE_EXHAUSTED (TYPE_COUNT, HEAP_LIMIT).
  absl::StatusOr<TypeId> Define(absl::string_view name, TypeKind kind,
                                absl::Span<const absl::string_view> slot_names);

  // The tag with this text; 0 for an empty one. Over kMaxTags of them it is the
  // tag "(other)". INVALID_ARGUMENT (INVALID_FIELD): too long or no UTF-8.
  // RESOURCE_EXHAUSTED (HEAP_LIMIT).
  absl::StatusOr<TagId> DefineTag(absl::string_view tag);
  // The text of one that DefineTag() gave; empty for 0.
  absl::string_view TagText(TagId tag) const {
    return tag == 0 ? absl::string_view() : tags_[tag - 1];
  }
  // The same type with a tag; itself for tag 0, and if it has a tag already.
  // RESOURCE_EXHAUSTED as Define(). REQUIRES: Has(type); DefineTag() gave
  // `tag`.
  absl::StatusOr<TypeId> DefineTagged(TypeId type, TagId tag);
  // What an object is allocated with: DefineTagged(), or the type itself where
  // that has no room, for a tag refuses no object. Same REQUIRES.
  TypeId WithTag(TypeId type, TagId tag) {
    if (tag == 0) return type;
    if (type == last_.type && tag == last_.tag) return last_.tagged;
    const absl::StatusOr<TypeId> tagged = DefineTagged(type, tag);
    if (!tagged.ok()) return type;  // not for ever: memory comes back
    last_ = {type, tag, *tagged};
    return last_.tagged;
  }

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
  struct Tagged {
    TypeId type = 0;
    TagId tag = 0;
    TypeId tagged = 0;
  };

  static absl::Status TooManyTypes();
  // What a type costs beside its names, roughly: hash table slots, vectors.
  static uint64_t TypeBytes(size_t slot_name_count) {
    return 128 + sizeof(absl::string_view) * slot_name_count;
  }
  absl::string_view Intern(absl::string_view name);
  // What a name costs that is not there yet.
  uint64_t CostOf(absl::string_view name) const;
  bool Take(uint64_t bytes);
  // Gives it the next id. REQUIRES: its cost is taken; size() < kMaxTypes.
  TypeId Add(Type type);
  absl::StatusOr<TagId> AddTag(absl::string_view tag);

  MemoryAccount* const account_;
  uint64_t taken_bytes_ = 0;
  const uint64_t seed_;  // so that hostile names cannot collide on purpose
  const std::shared_ptr<Definitions> definitions_ =
      std::make_shared<Definitions>();
  uint32_t size_ = 0;  // of definitions_->types, near at hand
  // From a seeded hash of the definition to the types that have it.
  absl::flat_hash_map<uint64_t, std::vector<TypeId>> by_hash_;
  std::vector<absl::string_view> tags_;  // by id - 1
  absl::flat_hash_map<absl::string_view, TagId> tag_ids_;
  absl::flat_hash_map<std::pair<TypeId, TagId>, TypeId> tagged_;
  Tagged last_;  // objects of one call site follow each other
};

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_TYPE_TABLE_H_
