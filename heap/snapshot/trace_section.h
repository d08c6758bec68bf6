#ifndef HEAPD_HEAP_SNAPSHOT_TRACE_SECTION_H_
#define HEAPD_HEAP_SNAPSHOT_TRACE_SECTION_H_

#include <cstdint>
#include <vector>

#include "heap/object/type_table.h"
#include "heap/snapshot/json_output.h"
#include "heap/snapshot/string_section.h"
#include "heap/snapshot/type_groups.h"

namespace heapd {

// Tags in the part of a snapshot where V8 writes the stacks that objects were
// allocated by: each tag is a function that the root of the tree has called, so
// DevTools shows it as the allocation stack of an object, and what each has
// allocated in its Allocation view. Nothing is there for a heap without tags.
// Single-threaded.
class TraceSection {
 public:
  explicit TraceSection(const TypeTable::Copy& types)
      : tags_(GroupByTag(types)), counts_(tags_.names.size()) {}

  // For the head of the file: the root and each tag.
  uint64_t function_count() const {
    return tags_.names.size() > 1 ? tags_.names.size() : 0;
  }
  // Counts an object; the tree's node of its tag, 0 for none.
  uint32_t NodeOf(const Type& type, uint64_t self_size) {
    const uint32_t tag = tags_.of_type[type.id];
    ++counts_[tag].objects;
    counts_[tag].bytes += self_size;
    return tag == 0 ? 0 : tag + kRootNode;
  }
  // Behind the edges, when every object was counted.
  void Write(StringSection* strings, JsonOutput* out) const;

 private:
  // The root's node and function; those of tag n are n further.
  static constexpr uint32_t kRootNode = 1;
  static constexpr uint32_t kRootFunction = 0;

  struct Counts {
    uint64_t objects = 0;
    uint64_t bytes = 0;
  };

  const TypeGroups tags_;  // group 0: none
  std::vector<Counts> counts_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_TRACE_SECTION_H_
