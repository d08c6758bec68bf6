#ifndef HEAPD_HEAP_SNAPSHOT_TYPE_GROUPS_H_
#define HEAPD_HEAP_SNAPSHOT_TYPE_GROUPS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "heap/object/type.h"
#include "heap/object/type_table.h"

namespace heapd {

// Types put together by what objects shall be counted by. A value.
struct TypeGroups {
  std::vector<uint32_t> of_type;  // group numbers by type id; [0] is unused
  std::vector<std::string> names;
};

// By class, as DevTools groups objects: types of one name are one class, all
// strings are "(string)", and "<div class=x>" is of class "<div>".
TypeGroups GroupByClass(const TypeTable::Copy& types);
// By tag; group 0 is of types without one, and its name is empty.
TypeGroups GroupByTag(const TypeTable::Copy& types);

// The name of the class that a type is of.
std::string ClassName(const Type& type);

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_TYPE_GROUPS_H_
