#ifndef HEAPD_CLIENT_IMPORT_OBJECT_GRAPH_H_
#define HEAPD_CLIENT_IMPORT_OBJECT_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace heapd::importer {

// No object: a null slot, a name that roots nothing.
inline constexpr uint32_t kNoObject = (uint32_t{1} << 31) - 1;

// What a slot holds: null, or a strong or weak reference to an object of the
// same graph, by its number.
struct GraphSlot {
  uint32_t target : 31 = kNoObject;
  uint32_t weak : 1 = 0;

  bool is_null() const { return target == kNoObject; }
  friend bool operator==(GraphSlot a, GraphSlot b) {
    return a.target == b.target && a.weak == b.weak;
  }
};

// A name that holds an object.
struct GraphRoot {
  std::string name;
  uint32_t object;
  friend bool operator==(const GraphRoot&, const GraphRoot&) = default;
};

// The objects of a heap, what they refer to and what roots them, in columns.
// Objects are numbered from 0. `ids` are names given from outside, such as V8's
// node ids: the same object has the same in every state of a heap, and no two
// have the same.
//
// A value, thread-compatible.
struct ObjectGraph {
  // Of an object that is no string.
  static constexpr uint32_t kNoText = std::numeric_limits<uint32_t>::max();

  size_t object_count() const { return ids.size(); }
  absl::Span<const GraphSlot> slots_of(uint32_t object) const {
    return absl::MakeConstSpan(slots).subspan(
        slot_begins[object], slot_begins[object + 1] - slot_begins[object]);
  }
  // The content of a string; nothing for other objects.
  std::optional<std::string_view> text(uint32_t object) const {
    if (texts[object] == kNoText) return std::nullopt;
    return strings[texts[object]];
  }

  std::vector<uint64_t> ids;
  std::vector<uint32_t> types;          // of a TypeTable
  std::vector<uint32_t> payload_sizes;  // bytes; of a string its text's
  std::vector<uint32_t> texts;          // indexes of strings, or kNoText
  // Where an object's slots begin; one more than there are objects.
  std::vector<uint64_t> slot_begins = {0};
  std::vector<GraphSlot> slots;
  std::vector<GraphRoot> roots;  // each name once
  std::vector<std::string> strings;
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_OBJECT_GRAPH_H_
