#include "client/import/graph_diff.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/import/slot_placement.h"
#include "client/import/v8_mapping.h"

namespace heapd::importer {
namespace {

class Differ {
 public:
  Differ(const ObjectGraph& from, ObjectGraph to, const TypeTable& types)
      : from_(from),
        to_(std::move(to)),
        types_(types),
        kept_as_(from.object_count(), kNoObject) {}

  GraphChanges Diff() {
    MatchObjects();
    BuildResult();
    for (uint32_t object = 0; object < result().object_count(); ++object) {
      CompareSlots(object);
    }
    CompareRoots();
    HoldUsesOfRemoved();
    ListHolds();
    return std::move(changes_);
  }

 private:
  ObjectGraph& result() { return changes_.result; }

  // Decides which objects stay what they are, and where their slots go.
  void MatchObjects() {
    absl::flat_hash_map<uint64_t, uint32_t> old_by_id;
    old_by_id.reserve(from_.object_count());
    for (uint32_t old = 0; old < from_.object_count(); ++old) {
      old_by_id.emplace(from_.ids[old], old);
    }
    changes_.origins.assign(to_.object_count(), kNoObject);
    for (uint32_t object = 0; object < to_.object_count(); ++object) {
      const auto it = old_by_id.find(to_.ids[object]);
      if (it == old_by_id.end()) {
        ++changes_.added_count;
      } else if (CanKeep(it->second, object)) {
        ++changes_.kept_count;
        changes_.origins[object] = it->second;
        kept_as_[it->second] = object;
      } else {
        ++changes_.added_count;
        ++changes_.replaced_count;
      }
    }
    changes_.removed_count = from_.object_count() - changes_.kept_count;
  }

  bool CanKeep(uint32_t old, uint32_t object) {
    if (from_.payload_sizes[old] != to_.payload_sizes[object] ||
        from_.text(old) != to_.text(object)) {
      return false;
    }
    if (from_.types[old] == to_.types[object]) return true;
    const ObjectType& has = types_.type(from_.types[old]);
    const ObjectType& wants = types_.type(to_.types[object]);
    if (has.name != wants.name || has.is_string != wants.is_string) {
      return false;
    }
    std::optional<std::vector<uint32_t>> places = PlaceSlots(
        has, wants, static_cast<uint32_t>(to_.slots_of(object).size()),
        kMaxSlots);
    if (!places.has_value()) return false;
    moved_slots_.emplace(object, *std::move(places));
    return true;
  }

  void BuildResult() {
    result().ids = std::move(to_.ids);
    result().types = std::move(to_.types);
    result().payload_sizes = std::move(to_.payload_sizes);
    result().texts = std::move(to_.texts);
    result().strings = std::move(to_.strings);
    result().roots = std::move(to_.roots);
    for (uint32_t object = 0; object < result().object_count(); ++object) {
      const uint32_t old = changes_.origins[object];
      if (old != kNoObject) result().types[object] = from_.types[old];
      AppendSlots(object, old);
    }
    to_.slots = {};
  }

  // The slots that the object had, where it was kept, with their new values.
  void AppendSlots(uint32_t object, uint32_t old) {
    std::vector<GraphSlot>& slots = result().slots;
    const size_t begin = slots.size();
    const absl::Span<const GraphSlot> wanted = to_.slots_of(object);
    const size_t had = old == kNoObject ? 0 : from_.slots_of(old).size();
    slots.resize(begin + std::max(had, wanted.size()));
    const auto moved = moved_slots_.find(object);
    if (moved == moved_slots_.end()) {
      std::copy(wanted.begin(), wanted.end(), slots.begin() + begin);
    } else {
      for (size_t i = 0; i < wanted.size(); ++i) {
        const size_t place = begin + moved->second[i];
        if (place >= slots.size()) slots.resize(place + 1);
        slots[place] = wanted[i];
      }
    }
    result().slot_begins.push_back(slots.size());
  }

  void CompareSlots(uint32_t object) {
    const uint32_t old = changes_.origins[object];
    const absl::Span<const GraphSlot> now = result().slots_of(object);
    absl::Span<const GraphSlot> before;
    if (old != kNoObject) {
      before = from_.slots_of(old);
      if (now.size() > before.size()) {
        changes_.growths.push_back(
            {object, static_cast<uint32_t>(now.size() - before.size())});
      }
    }
    for (size_t i = 0; i < now.size(); ++i) {
      const GraphSlot had = i < before.size() ? before[i] : GraphSlot();
      if (Unchanged(had, now[i])) continue;
      changes_.links.push_back({object, static_cast<uint32_t>(i), now[i]});
      if (!had.weak) Hold(had.target);
    }
  }

  bool Unchanged(GraphSlot had, GraphSlot now) const {
    if (had.is_null() || now.is_null()) return had.is_null() && now.is_null();
    return had.weak == now.weak && kept_as_[had.target] == now.target;
  }

  void CompareRoots() {
    absl::flat_hash_map<absl::string_view, uint32_t> old_roots;
    for (const GraphRoot& root : from_.roots) {
      old_roots.emplace(root.name, root.object);
    }
    for (const GraphRoot& root : result().roots) {
      const auto it = old_roots.find(root.name);
      if (it != old_roots.end()) {
        const uint32_t old = it->second;
        old_roots.erase(it);
        if (kept_as_[old] == root.object) continue;
        Hold(old);
      }
      changes_.roots.push_back({root.name, root.object});
    }
    // In the old graph's order, so that the same input makes the same changes.
    for (const GraphRoot& root : from_.roots) {
      if (!old_roots.contains(root.name)) continue;
      Hold(root.object);
      changes_.roots.push_back({root.name, kNoObject});
    }
  }

  // An object that is kept is reachable in the old graph over some path. If the
  // path breaks, then at a changed slot or root, or because it leads through an
  // object that goes. What comes after the last such place on the path is held;
  // the rest of the path stays.
  void HoldUsesOfRemoved() {
    for (uint32_t old = 0; old < from_.object_count(); ++old) {
      if (kept_as_[old] != kNoObject) continue;
      for (const GraphSlot slot : from_.slots_of(old)) {
        if (!slot.weak) Hold(slot.target);
      }
    }
  }

  // Notes that an object of the old graph, or none, needs a hold.
  void Hold(uint32_t old) {
    if (old == kNoObject || kept_as_[old] == kNoObject) return;
    if (held_.empty()) held_.resize(result().object_count());
    held_[kept_as_[old]] = true;
  }

  void ListHolds() {
    for (uint32_t object = 0; object < held_.size(); ++object) {
      if (held_[object]) changes_.holds.push_back(object);
    }
  }

  const ObjectGraph& from_;
  ObjectGraph to_;
  const TypeTable& types_;
  std::vector<uint32_t> kept_as_;  // by old object: its new number
  // Kept objects whose slots are not simply where the new graph has them.
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> moved_slots_;
  std::vector<bool> held_;  // by new object
  GraphChanges changes_;
};

}  // namespace

GraphChanges DiffGraphs(const ObjectGraph& from, ObjectGraph to,
                        const TypeTable& types) {
  return Differ(from, std::move(to), types).Diff();
}

}  // namespace heapd::importer
