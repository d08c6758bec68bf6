#ifndef HEAPD_TESTS_CLIENT_IMPORT_GRAPH_SPEC_H_
#define HEAPD_TESTS_CLIENT_IMPORT_GRAPH_SPEC_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "client/import/object_graph.h"
#include "client/import/type_table.h"

namespace heapd::importer {

// A graph as a test writes it down, by ids.
struct GraphSpec {
  struct Slot {
    std::string name;
    uint64_t target = 0;  // 0: null
    bool weak = false;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  struct Object {
    std::string type = "A";
    uint32_t payload_size = 0;
    std::optional<std::string> text;
    std::vector<Slot> slots;
  };
  std::map<uint64_t, Object> objects;
  std::map<std::string, uint64_t> roots;
};

// The graph with those objects that are reachable; slots that refer to others
// are left out. Numbers follow the ids.
ObjectGraph MakeGraph(const GraphSpec& spec, TypeTable& types);

// A graph of up to `size` objects, and one that has much in common with it.
GraphSpec RandomSpec(std::mt19937& random, uint64_t size);
GraphSpec ChangeSpec(GraphSpec spec, std::mt19937& random, uint64_t size);

}  // namespace heapd::importer

#endif  // HEAPD_TESTS_CLIENT_IMPORT_GRAPH_SPEC_H_
