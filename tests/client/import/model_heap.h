#ifndef HEAPD_TESTS_CLIENT_IMPORT_MODEL_HEAP_H_
#define HEAPD_TESTS_CLIENT_IMPORT_MODEL_HEAP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/import/graph_diff.h"
#include "client/import/object_graph.h"
#include "client/import/type_table.h"

namespace heapd::importer {

// A heap in a few lines: collects after each step, so that whatever is not held
// is gone at once.
class ModelHeap {
 public:
  explicit ModelHeap(const TypeTable& types) : types_(types) {}

  // Makes the changes step by step, in the order that GraphChanges names.
  void Apply(const GraphChanges& changes);

  // Whether the heap has the objects of `graph` with the same types but for
  // slots that are null, the same references under the same names, and the same
  // roots, and nothing else. Says what differs, or nothing.
  std::string Compare(const ObjectGraph& graph) const;
  // Whether changes used an object that was gone.
  bool used_dead_object() const { return used_dead_object_; }

  // By object of the last changes' result: which one it is here.
  const std::vector<uint64_t>& refs() const { return refs_; }

 private:
  struct Slot {
    uint64_t ref = 0;  // 0: null
    bool weak = false;
  };
  struct Object {
    uint32_t type = 0;
    uint32_t payload_size = 0;
    std::optional<std::string> text;
    std::vector<Slot> slots;
  };

  // The object; when it is gone, one that does not matter.
  Object& At(uint64_t ref);
  void Collect();
  std::string CompareObject(const ObjectGraph& graph, uint32_t number) const;

  const TypeTable& types_;
  std::map<uint64_t, Object> objects_;
  std::map<std::string, uint64_t> roots_;
  std::set<uint64_t> holds_;
  std::vector<uint64_t> refs_;
  uint64_t last_ref_ = 0;
  bool used_dead_object_ = false;
  Object dead_;
};

}  // namespace heapd::importer

#endif  // HEAPD_TESTS_CLIENT_IMPORT_MODEL_HEAP_H_
