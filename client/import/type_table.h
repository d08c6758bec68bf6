#ifndef HEAPD_CLIENT_IMPORT_TYPE_TABLE_H_
#define HEAPD_CLIENT_IMPORT_TYPE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace heapd::importer {

// What heapd calls a type. An empty slot name leaves its slot unnamed; slots
// beyond the names are unnamed too, so the last name is never empty.
struct ObjectType {
  std::string name;
  bool is_string = false;
  std::vector<std::string> slot_names;
};

// The types of one or more graphs, each once, numbered from 0 in the order in
// which they came.
//
// Single-threaded.
class TypeTable {
 public:
  // The number of this type. Empty names at the end of its slot names are left
  // out.
  uint32_t Intern(ObjectType type);

  // The number of this type if it is there.
  std::optional<uint32_t> Find(ObjectType type) const;

  size_t size() const { return types_.size(); }
  const ObjectType& type(uint32_t number) const { return types_[number]; }

 private:
  std::vector<ObjectType> types_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // by all its content
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_TYPE_TABLE_H_
