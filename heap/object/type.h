#ifndef HEAPD_HEAP_OBJECT_TYPE_H_
#define HEAPD_HEAP_OBJECT_TYPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace heapd {

// Names a type within its heap; 0 is none.
using TypeId = uint32_t;

// Names a tag within its heap; 0 is none.
using TagId = uint32_t;

// The type of interned strings, there from the start.
inline constexpr TypeId kInternedStringType = 1;

enum class TypeKind : uint8_t {
  kObject,  // opaque payload
  kString,  // the payload is text; snapshots show a string node
};

// A name and names of slots that objects share, and a tag: where in a client's
// program they were allocated. Since it is a part of the type, an object's tag
// costs no memory. The views point into the heap's name table and live as long
// as the type.
struct Type {
  TypeId id = 0;
  TypeKind kind = TypeKind::kObject;
  absl::string_view name;
  // Names of the first slots; an empty one leaves its slot without a name. An
  // object can have fewer or more slots.
  std::vector<absl::string_view> slot_names;
  absl::string_view tag;  // empty for none
  // The type that is the same without the tag; itself if it has none.
  TypeId untagged = 0;

  // Empty when the slot has no name.
  absl::string_view SlotName(uint32_t slot) const {
    return slot < slot_names.size() ? slot_names[slot] : absl::string_view();
  }
};

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_TYPE_H_
