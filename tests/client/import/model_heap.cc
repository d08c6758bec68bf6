#include "tests/client/import/model_heap.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace heapd::importer {
namespace {

std::string NameOf(const ObjectType& type, size_t slot) {
  return slot < type.slot_names.size() ? type.slot_names[slot] : "";
}

// References by slot name, in the order of the slots.
using Links = std::map<std::string, std::vector<std::pair<uint64_t, bool>>>;

}  // namespace

ModelHeap::Object& ModelHeap::At(uint64_t ref) {
  const auto it = objects_.find(ref);
  if (it != objects_.end()) return it->second;
  used_dead_object_ = true;
  dead_ = Object();
  return dead_;
}

void ModelHeap::Apply(const GraphChanges& changes) {
  const ObjectGraph& graph = changes.result;
  std::vector<uint64_t> refs(graph.object_count());
  for (uint32_t i = 0; i < refs.size(); ++i) {
    const uint32_t origin = changes.origins[i];
    if (origin != kNoObject) refs[i] = refs_[origin];
  }
  refs_ = std::move(refs);

  for (uint32_t i = 0; i < refs_.size(); ++i) {
    if (changes.origins[i] != kNoObject) continue;
    Object object{graph.types[i], graph.payload_sizes[i], {}, {}};
    if (graph.text(i).has_value()) object.text = std::string(*graph.text(i));
    object.slots.resize(graph.slots_of(i).size());
    refs_[i] = ++last_ref_;
    objects_[refs_[i]] = std::move(object);
    holds_.insert(refs_[i]);
  }
  for (const uint32_t object : changes.holds) {
    At(refs_[object]);
    holds_.insert(refs_[object]);
  }
  for (const SlotGrowth& growth : changes.growths) {
    std::vector<Slot>& slots = At(refs_[growth.object]).slots;
    slots.resize(slots.size() + growth.count);
  }
  for (const SlotChange& link : changes.links) {
    Slot slot;
    if (!link.value.is_null()) {
      slot = {refs_[link.value.target], link.value.weak != 0};
      At(slot.ref);
    }
    std::vector<Slot>& slots = At(refs_[link.object]).slots;
    if (link.slot >= slots.size()) slots.resize(link.slot + 1);
    slots[link.slot] = slot;
    Collect();
  }
  for (const RootChange& root : changes.roots) {
    if (root.object == kNoObject) {
      roots_.erase(root.name);
    } else {
      At(refs_[root.object]);
      roots_[root.name] = refs_[root.object];
    }
    Collect();
  }
  holds_.clear();
  Collect();
}

void ModelHeap::Collect() {
  std::set<uint64_t> reached;
  std::vector<uint64_t> pending;
  const auto reach = [&](uint64_t ref) {
    if (ref != 0 && reached.insert(ref).second) pending.push_back(ref);
  };
  for (const uint64_t ref : holds_) reach(ref);
  for (const auto& [name, ref] : roots_) reach(ref);
  while (!pending.empty()) {
    const auto it = objects_.find(pending.back());
    pending.pop_back();
    if (it == objects_.end()) continue;
    for (const Slot& slot : it->second.slots) {
      if (!slot.weak) reach(slot.ref);
    }
  }
  std::erase_if(objects_, [&](const auto& entry) {
    return !reached.contains(entry.first);
  });
  for (auto& [ref, object] : objects_) {
    for (Slot& slot : object.slots) {
      if (!reached.contains(slot.ref)) slot = Slot();
    }
  }
}

std::string ModelHeap::Compare(const ObjectGraph& graph) const {
  if (graph.object_count() != objects_.size()) {
    return absl::StrCat(objects_.size(), " objects, expected ",
                        graph.object_count());
  }
  for (uint32_t i = 0; i < graph.object_count(); ++i) {
    std::string difference = CompareObject(graph, i);
    if (!difference.empty()) {
      return absl::StrCat("object ", graph.ids[i], ": ", difference);
    }
  }
  std::map<std::string, uint64_t> roots;
  for (const GraphRoot& root : graph.roots) {
    roots[root.name] = refs_[root.object];
  }
  return roots == roots_ ? "" : "other roots";
}

std::string ModelHeap::CompareObject(const ObjectGraph& graph,
                                     uint32_t number) const {
  const auto it = objects_.find(refs_[number]);
  if (it == objects_.end()) return "it is not there";
  const Object& object = it->second;
  const ObjectType& has = types_.type(object.type);
  const ObjectType& wanted = types_.type(graph.types[number]);
  if (has.name != wanted.name || has.is_string != wanted.is_string) {
    return "another type";
  }
  if (object.payload_size != graph.payload_sizes[number] ||
      object.text != graph.text(number)) {
    return "another payload";
  }
  Links links;
  for (size_t i = 0; i < object.slots.size(); ++i) {
    const Slot& slot = object.slots[i];
    if (slot.ref != 0) {
      links[NameOf(has, i)].emplace_back(slot.ref, slot.weak);
    }
  }
  Links wanted_links;
  const auto slots = graph.slots_of(number);
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].is_null()) continue;
    wanted_links[NameOf(wanted, i)].emplace_back(refs_[slots[i].target],
                                                 slots[i].weak != 0);
  }
  return links == wanted_links ? "" : "other references";
}

}  // namespace heapd::importer
