#include "client/import/v8_roots.h"

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace heapd::importer {
namespace {

// Leaves room for a number in the 1,024 bytes that a root's name may have.
constexpr size_t kMaxRootNameBytes = 1000;

// Gives each name once.
class RootNames {
 public:
  std::string Take(std::string_view wanted) {
    const std::string base(CutText(wanted, kMaxRootNameBytes));
    std::string name;
    uint64_t& number = last_numbers_[base];
    // Ends: the number grows, and finitely many names are taken.
    do {
      ++number;
      name = number == 1 ? base : absl::StrCat(base, " ", number);
    } while (!taken_.insert(name).second);
    return name;
  }

 private:
  absl::flat_hash_map<std::string, uint64_t> last_numbers_;
  absl::flat_hash_set<std::string> taken_;
};

std::string_view NameOf(const V8Snapshot& snapshot, uint32_t edge) {
  const std::string& node_name = snapshot.name(snapshot.edge_targets[edge]);
  if (!node_name.empty()) return node_name;
  if (HasName(snapshot.edge_types[edge])) {
    const std::string& edge_name = snapshot.strings[snapshot.edge_names[edge]];
    if (!edge_name.empty()) return edge_name;
  }
  return "root";
}

}  // namespace

V8RootGroups FindRootGroups(const V8Snapshot& snapshot) {
  const uint32_t root = snapshot.root;
  for (uint32_t edge = snapshot.edge_begins[root];
       edge < snapshot.edge_begins[root + 1]; ++edge) {
    const uint32_t node = snapshot.edge_targets[edge];
    if (snapshot.type(node) == V8NodeType::kSynthetic &&
        snapshot.name(node) == "(GC roots)") {
      return {root, node};
    }
  }
  return {root, root};
}

std::vector<V8Root> FindRoots(const V8Snapshot& snapshot,
                              const V8RootGroups& groups) {
  std::vector<V8Root> roots;
  RootNames names;
  absl::flat_hash_set<uint32_t> found;
  const auto add_children = [&](uint32_t group) {
    for (uint32_t edge = snapshot.edge_begins[group];
         edge < snapshot.edge_begins[group + 1]; ++edge) {
      const uint32_t node = snapshot.edge_targets[edge];
      if (snapshot.edge_types[edge] == V8EdgeType::kWeak ||
          groups.contains(node) || !found.insert(node).second) {
        continue;
      }
      roots.push_back({node, names.Take(NameOf(snapshot, edge))});
    }
  };
  add_children(groups.root);
  if (groups.gc_roots != groups.root) add_children(groups.gc_roots);
  return roots;
}

std::vector<bool> FindReachable(const V8Snapshot& snapshot,
                                const V8RootGroups& groups,
                                const std::vector<V8Root>& roots) {
  std::vector<bool> reached(snapshot.node_count());
  std::vector<uint32_t> pending;
  const auto reach = [&](uint32_t node) {
    if (reached[node] || groups.contains(node)) return;
    reached[node] = true;
    pending.push_back(node);
  };
  for (const V8Root& root : roots) reach(root.node);
  while (!pending.empty()) {
    const uint32_t node = pending.back();
    pending.pop_back();
    for (uint32_t edge = snapshot.edge_begins[node];
         edge < snapshot.edge_begins[node + 1]; ++edge) {
      if (snapshot.edge_types[edge] != V8EdgeType::kWeak) {
        reach(snapshot.edge_targets[edge]);
      }
    }
  }
  return reached;
}

std::string_view CutText(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  // Continuation bytes belong to the character before them.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace heapd::importer
