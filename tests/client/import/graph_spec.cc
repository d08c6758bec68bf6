#include "tests/client/import/graph_spec.h"

#include <set>
#include <string_view>

namespace heapd::importer {
namespace {

std::set<uint64_t> Reachable(const GraphSpec& spec) {
  std::set<uint64_t> reached;
  std::vector<uint64_t> pending;
  const auto reach = [&](uint64_t id) {
    if (spec.objects.contains(id) && reached.insert(id).second) {
      pending.push_back(id);
    }
  };
  for (const auto& [name, id] : spec.roots) reach(id);
  while (!pending.empty()) {
    const GraphSpec::Object& object = spec.objects.at(pending.back());
    pending.pop_back();
    for (const GraphSpec::Slot& slot : object.slots) {
      if (!slot.weak) reach(slot.target);
    }
  }
  return reached;
}

std::string RandomName(std::mt19937& random) {
  static constexpr std::string_view kNames[] = {"", "", "", "a", "b", "c"};
  return std::string(kNames[random() % std::size(kNames)]);
}

GraphSpec::Slot RandomSlot(std::mt19937& random, uint64_t size) {
  return {RandomName(random), 1 + random() % size, random() % 5 == 0};
}

GraphSpec::Object RandomObject(std::mt19937& random, uint64_t size) {
  GraphSpec::Object object;
  object.type.assign(1, random() % 3 == 0 ? 'A' : 'B');
  object.payload_size = 8 * (random() % 2);
  if (random() % 8 == 0) {
    object.text = std::string(random() % 3, 'x');
    object.payload_size = static_cast<uint32_t>(object.text->size());
  }
  for (uint32_t i = random() % 5; i > 0; --i) {
    object.slots.push_back(RandomSlot(random, size));
  }
  return object;
}

void ChangeObject(GraphSpec::Object& object, std::mt19937& random,
                  uint64_t size) {
  if (object.slots.empty() || random() % 4 == 0) {
    object.slots.push_back(RandomSlot(random, size));
    return;
  }
  const size_t at = random() % object.slots.size();
  switch (random() % 4) {
    case 0:
      object.slots.erase(object.slots.begin() + static_cast<ptrdiff_t>(at));
      break;
    case 1:
      object.slots[at].weak = !object.slots[at].weak;
      break;
    default:
      object.slots[at].target = 1 + random() % size;
  }
}

}  // namespace

ObjectGraph MakeGraph(const GraphSpec& spec, TypeTable& types) {
  const std::set<uint64_t> reachable = Reachable(spec);
  std::map<uint64_t, uint32_t> numbers;
  for (const uint64_t id : reachable) {
    numbers.emplace(id, static_cast<uint32_t>(numbers.size()));
  }
  ObjectGraph graph;
  for (const uint64_t id : reachable) {
    const GraphSpec::Object& object = spec.objects.at(id);
    ObjectType type{object.type, object.text.has_value(), {}};
    for (const GraphSpec::Slot& slot : object.slots) {
      if (!numbers.contains(slot.target)) continue;
      type.slot_names.push_back(slot.name);
      graph.slots.push_back(
          {numbers.at(slot.target), slot.weak ? uint32_t{1} : uint32_t{0}});
    }
    graph.slot_begins.push_back(graph.slots.size());
    graph.ids.push_back(id);
    graph.types.push_back(types.Intern(type));
    graph.payload_sizes.push_back(object.payload_size);
    graph.texts.push_back(ObjectGraph::kNoText);
    if (object.text.has_value()) {
      graph.texts.back() = static_cast<uint32_t>(graph.strings.size());
      graph.strings.push_back(*object.text);
    }
  }
  for (const auto& [name, id] : spec.roots) {
    if (numbers.contains(id)) graph.roots.push_back({name, numbers.at(id)});
  }
  return graph;
}

GraphSpec RandomSpec(std::mt19937& random, uint64_t size) {
  GraphSpec spec;
  for (uint64_t id = 1; id <= size; ++id) {
    if (random() % 4 != 0) spec.objects[id] = RandomObject(random, size);
  }
  for (const char* name : {"r", "s", "t"}) {
    if (random() % 4 != 0) spec.roots[name] = 1 + random() % size;
  }
  return spec;
}

GraphSpec ChangeSpec(GraphSpec spec, std::mt19937& random, uint64_t size) {
  for (uint64_t changes = random() % size; changes > 0; --changes) {
    const uint64_t id = 1 + random() % size;
    switch (random() % 6) {
      case 0:
        spec.objects.erase(id);
        break;
      case 1:
        spec.objects[id] = RandomObject(random, size);
        break;
      case 2:
        spec.roots[std::string(1, static_cast<char>('r' + random() % 4))] = id;
        break;
      default:
        if (spec.objects.contains(id)) {
          ChangeObject(spec.objects[id], random, size);
        }
    }
  }
  if (random() % 3 == 0 && !spec.roots.empty()) {
    spec.roots.erase(spec.roots.begin());
  }
  return spec;
}

}  // namespace heapd::importer
