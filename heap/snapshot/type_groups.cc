#include "heap/snapshot/type_groups.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace heapd {
namespace {

template <typename NameOf>
TypeGroups GroupBy(const TypeTable::Copy& types, TypeGroups groups,
                   NameOf name_of) {
  absl::flat_hash_map<std::string, uint32_t> numbers;
  for (uint32_t i = 0; i < groups.names.size(); ++i) {
    numbers.emplace(groups.names[i], i);
  }
  groups.of_type.assign(types.types.size() + 1, 0);
  for (const Type* const type : types.types) {
    const auto [entry, is_new] =
        numbers.emplace(name_of(*type), groups.names.size());
    if (is_new) groups.names.push_back(entry->first);
    groups.of_type[type->id] = entry->second;
  }
  return groups;
}

}  // namespace

std::string ClassName(const Type& type) {
  if (type.kind == TypeKind::kString) return "(string)";
  const absl::string_view name = type.name;
  const size_t space = name.find(' ');
  const bool is_cut =
      !name.empty() && name[0] == '<' && space != absl::string_view::npos;
  return is_cut ? absl::StrCat(name.substr(0, space), ">") : std::string(name);
}

TypeGroups GroupByClass(const TypeTable::Copy& types) {
  return GroupBy(types, TypeGroups(), ClassName);
}

TypeGroups GroupByTag(const TypeTable::Copy& types) {
  TypeGroups groups;
  groups.names.emplace_back();
  return GroupBy(types, std::move(groups),
                 [](const Type& type) { return std::string(type.tag); });
}

}  // namespace heapd
