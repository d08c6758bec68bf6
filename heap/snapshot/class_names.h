#ifndef HEAPD_HEAP_SNAPSHOT_CLASS_NAMES_H_
#define HEAPD_HEAP_SNAPSHOT_CLASS_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "heap/object/type.h"

namespace heapd {

// The classes that DevTools groups objects by, numbered from 0 in the order in
// which they are asked for: types of one name are one class, all strings are
// "(string)", and "<div class=x>" is of class "<div>". Single-threaded.
class ClassNames {
 public:
  // Of a type with an id of at most `type_count`.
  explicit ClassNames(size_t type_count) : of_type_(type_count + 1, 0) {}

  uint32_t NumberOf(const Type& type) {
    uint32_t& known = of_type_[type.id];
    if (known == 0) known = NumberOfName(type) + 1;
    return known - 1;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  uint32_t NumberOfName(const Type& type) {
    std::string name = type.kind == TypeKind::kString ? std::string("(string)")
                                                      : Cut(type.name);
    const auto [entry, is_new] =
        numbers_.emplace(name, static_cast<uint32_t>(names_.size()));
    if (is_new) names_.push_back(std::move(name));
    return entry->second;
  }
  static std::string Cut(absl::string_view name) {
    const size_t space = name.find(' ');
    const bool is_cut =
        !name.empty() && name[0] == '<' && space != absl::string_view::npos;
    return is_cut ? absl::StrCat(name.substr(0, space), ">")
                  : std::string(name);
  }

  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<std::string> names_;
  std::vector<uint32_t> of_type_;  // number + 1; 0 = not asked for yet
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_CLASS_NAMES_H_
