#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_ERROR_CLASSES_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_ERROR_CLASSES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace heapd::heapload {

// The names of error classes as small numbers, the same for all threads of a
// run. There are few; what comes after the first kCount - 1 is "OTHER".
// Thread-safe.
class ErrorClasses {
 public:
  static constexpr size_t kCount = 48;
  static constexpr size_t kExpiredUnsentIndex = 0;

  ErrorClasses();

  size_t IndexOf(std::string_view name) ABSL_LOCKS_EXCLUDED(mu_);
  // By index, as many as were asked for.
  std::vector<std::string> Names() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  mutable absl::Mutex mu_;
  std::vector<std::string> names_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, size_t> indexes_ ABSL_GUARDED_BY(mu_);
};

// The same for one thread, which asks the others only for what is new to it.
// Single-threaded.
class ErrorClassCache {
 public:
  // `classes` outlives it.
  explicit ErrorClassCache(ErrorClasses& classes) : classes_(classes) {}

  size_t IndexOf(const std::string& name) {
    const auto [found, is_new] = indexes_.try_emplace(name, 0);
    if (is_new) found->second = classes_.IndexOf(name);
    return found->second;
  }

 private:
  ErrorClasses& classes_;
  absl::flat_hash_map<std::string, size_t> indexes_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_ERROR_CLASSES_H_
