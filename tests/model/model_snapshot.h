#ifndef HEAPD_TESTS_MODEL_MODEL_SNAPSHOT_H_
#define HEAPD_TESTS_MODEL_MODEL_SNAPSHOT_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "heap/heap.h"
#include "tests/heap/snapshot/snapshot_file.h"
#include "tests/model/heap_model.h"

namespace heapd::testing {

// What a snapshot that starts now must show, by the model.
class ExpectedSnapshot {
 public:
  // Session labels are "session N" with the session's id.
  ExpectedSnapshot(const Heap& heap, const HeapModel& model);

  // What is wrong with the file, or nothing. Beside what was reachable the file
  // may have what was named since, which nothing holds in it.
  std::string Compare(const std::string& text) const;

 private:
  struct Object {
    uint64_t bits;
    std::string type;  // empty for a string
    uint64_t self_size;
    std::string tag;
    std::vector<Value> slots;
  };

  std::string CompareObject(const SnapshotFile::Node& node,
                            const Object& object) const;
  std::string CompareHolds(const SnapshotFile& file) const;

  std::vector<Object> objects_;  // reachable, by index
  std::map<std::string, uint64_t> roots_;
  std::map<std::string, std::set<uint64_t>> sessions_;  // by label
  // By number of the node in the file, once that is read.
  mutable std::map<size_t, uint64_t> bits_of_node_;
};

}  // namespace heapd::testing

#endif  // HEAPD_TESTS_MODEL_MODEL_SNAPSHOT_H_
