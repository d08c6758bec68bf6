#include "server/host/leak_census.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "heap/snapshot/type_groups.h"

namespace heapd::server {
namespace {

// Types that are looked at; several can be of one class.
constexpr size_t kMaxTypes = 1024;

// Keeps the `count` entries with the most bytes by `bytes_of`, in no order.
// Returns the most that one of the others has.
template <typename Entry, typename BytesOf>
uint64_t KeepLargest(size_t count, BytesOf bytes_of,
                     std::vector<Entry>* entries) {
  if (entries->size() <= count) return 0;
  const auto end = entries->begin() + static_cast<ptrdiff_t>(count);
  std::nth_element(entries->begin(), end, entries->end(),
                   [&](const Entry& a, const Entry& b) {
                     return bytes_of(a) > bytes_of(b);
                   });
  const uint64_t most_left = bytes_of(*end);
  entries->erase(end, entries->end());
  return most_left;
}

// Adds up the entries of each class; they are sorted by it afterwards.
void MergeById(std::vector<LiveClass>* classes) {
  std::sort(classes->begin(), classes->end(),
            [](const LiveClass& a, const LiveClass& b) { return a.id < b.id; });
  size_t count = 0;
  for (const LiveClass& live : *classes) {
    if (count == 0 || (*classes)[count - 1].id != live.id) {
      (*classes)[count++] = live;
      continue;
    }
    (*classes)[count - 1].object_count += live.object_count;
    (*classes)[count - 1].bytes += live.bytes;
  }
  classes->resize(count);
}

}  // namespace

int64_t LeakCensus::NumberOf(const Type& type) {
  if (type.id >= numbers_.size()) numbers_.resize(type.id + 1, kUnknown);
  int64_t& number = numbers_[type.id];
  if (number != kUnknown) return number;
  const absl::optional<LeakClassId> id =
      classes_->IdOf(ClassName(type), type.tag);
  number = id.has_value() ? int64_t{*id} : kLeftOut;
  return number;
}

void LeakCensus::Take(const Heap& heap, LeakSample* sample) {
  std::vector<LiveType> types = heap.live_types();
  sample->other_class_bytes = KeepLargest(
      kMaxTypes, [](const LiveType& live) { return live.payload_bytes; },
      &types);
  std::vector<LiveClass>& classes = sample->classes;
  classes.reserve(types.size());
  for (const LiveType& live : types) {
    const int64_t number = NumberOf(*heap.FindType(live.type));
    if (number < 0) continue;
    classes.push_back({static_cast<LeakClassId>(number), live.object_count,
                       live.payload_bytes});
  }
  MergeById(&classes);
  sample->other_class_bytes =
      std::max(sample->other_class_bytes,
               KeepLargest(
                   kMaxClasses,
                   [](const LiveClass& live) { return live.bytes; }, &classes));
  std::sort(classes.begin(), classes.end(),
            [](const LiveClass& a, const LiveClass& b) { return a.id < b.id; });
}

}  // namespace heapd::server
