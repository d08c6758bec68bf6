#include "client/import/type_table.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace heapd::importer {
namespace {

// Equal for equal types only: each part follows its length.
std::string KeyOf(const ObjectType& type) {
  std::string key = absl::StrCat(type.is_string ? "s" : "o", type.name.size(),
                                 ":", type.name);
  for (const std::string& name : type.slot_names) {
    absl::StrAppend(&key, name.size(), ":", name);
  }
  return key;
}

void TrimSlotNames(ObjectType& type) {
  while (!type.slot_names.empty() && type.slot_names.back().empty()) {
    type.slot_names.pop_back();
  }
}

}  // namespace

uint32_t TypeTable::Intern(ObjectType type) {
  TrimSlotNames(type);
  const auto [it, inserted] =
      numbers_.try_emplace(KeyOf(type), static_cast<uint32_t>(types_.size()));
  if (inserted) types_.push_back(std::move(type));
  return it->second;
}

std::optional<uint32_t> TypeTable::Find(ObjectType type) const {
  TrimSlotNames(type);
  const auto it = numbers_.find(KeyOf(type));
  if (it == numbers_.end()) return std::nullopt;
  return it->second;
}

}  // namespace heapd::importer
