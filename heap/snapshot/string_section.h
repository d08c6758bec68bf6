#ifndef HEAPD_HEAP_SNAPSHOT_STRING_SECTION_H_
#define HEAPD_HEAP_SNAPSHOT_STRING_SECTION_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "heap/object/type.h"

namespace heapd {

// The strings of a snapshot, each once, numbered in the order of first use.
// Single-threaded.
class StringSection {
 public:
  // V8 puts this at number 0, which no reader looks at.
  StringSection() { NumberOf("<dummy>"); }

  uint32_t NumberOf(absl::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    const uint32_t number = static_cast<uint32_t>(strings_.size());
    strings_.emplace_back(text);
    numbers_.emplace(strings_.back(), number);
    return number;
  }

  // What an edge from this slot is called: its name, or its number in decimal.
  uint32_t NumberOfSlot(const Type& type, uint32_t slot) {
    const absl::string_view name = type.SlotName(slot);
    if (name.empty()) return NumberOf(absl::StrCat(slot));
    if (by_type_.size() <= type.id) by_type_.resize(type.id + 1);
    std::vector<uint32_t>& of_type = by_type_[type.id];
    if (of_type.empty()) of_type.resize(type.slot_names.size());
    if (of_type[slot] == 0) of_type[slot] = NumberOf(name);
    return of_type[slot];
  }

  const std::deque<std::string>& strings() const { return strings_; }

 private:
  std::deque<std::string> strings_;  // addresses stay
  absl::flat_hash_map<absl::string_view, uint32_t> numbers_;
  // By type id and slot; 0 = not asked for yet.
  std::vector<std::vector<uint32_t>> by_type_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_STRING_SECTION_H_
