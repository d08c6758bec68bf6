#ifndef HEAPD_HEAP_BASE_CHECK_H_
#define HEAPD_HEAP_BASE_CHECK_H_

// A broken invariant ends the process: serving from a corrupt heap is worse
// than a restart. What a caller or the world did wrong is an absl::Status.

namespace heapd::internal {

// Prints where and what to stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line,
                              const char* expression);

}  // namespace heapd::internal

#define HEAPD_CHECK(expression)                          \
  (__builtin_expect(static_cast<bool>(expression), true) \
       ? static_cast<void>(0)                            \
       : ::heapd::internal::CheckFailed(__FILE__, __LINE__, #expression))

// Only in builds without NDEBUG; compiles in every build.
#ifdef NDEBUG
#define HEAPD_DCHECK(expression) \
  (true ? static_cast<void>(0) : static_cast<void>(expression))
#else
#define HEAPD_DCHECK(expression) HEAPD_CHECK(expression)
#endif

#endif  // HEAPD_HEAP_BASE_CHECK_H_
