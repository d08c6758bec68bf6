#include "client/import/slot_placement.h"

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace heapd::importer {
namespace {

// Gives away the slots of a type, the first of a name first. Unnamed slots
// never run out: those beyond the names are unnamed too.
class FreeSlots {
 public:
  explicit FreeSlots(const ObjectType& type) : type_(type) {
    // From the end, so that the first of a name is the last of its list.
    for (size_t i = type.slot_names.size(); i > 0; --i) {
      const std::string& name = type.slot_names[i - 1];
      if (!name.empty()) named_[name].push_back(static_cast<uint32_t>(i - 1));
    }
  }

  std::optional<uint32_t> Take(absl::string_view name) {
    if (name.empty()) return TakeUnnamed();
    const auto it = named_.find(name);
    if (it == named_.end() || it->second.empty()) return std::nullopt;
    const uint32_t slot = it->second.back();
    it->second.pop_back();
    return slot;
  }

 private:
  uint32_t TakeUnnamed() {
    while (next_unnamed_ < type_.slot_names.size() &&
           !type_.slot_names[next_unnamed_].empty()) {
      ++next_unnamed_;
    }
    return next_unnamed_++;
  }

  const ObjectType& type_;
  absl::flat_hash_map<absl::string_view, std::vector<uint32_t>> named_;
  uint32_t next_unnamed_ = 0;
};

}  // namespace

std::optional<std::vector<uint32_t>> PlaceSlots(const ObjectType& has,
                                                const ObjectType& wants,
                                                uint32_t count,
                                                uint64_t max_slots) {
  std::vector<uint32_t> places;
  places.reserve(count);
  FreeSlots free(has);
  for (uint32_t i = 0; i < count; ++i) {
    const absl::string_view name = i < wants.slot_names.size()
                                       ? absl::string_view(wants.slot_names[i])
                                       : absl::string_view();
    const std::optional<uint32_t> slot = free.Take(name);
    if (!slot.has_value() || *slot >= max_slots) return std::nullopt;
    places.push_back(*slot);
  }
  return places;
}

}  // namespace heapd::importer
