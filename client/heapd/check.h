#ifndef HEAPD_CLIENT_HEAPD_CHECK_H_
#define HEAPD_CLIENT_HEAPD_CHECK_H_

namespace heapd::client {

// Writes the expression, the file and the line to stderr and aborts.
[[noreturn]] void CheckFailed(const char* expression, const char* file,
                              int line);

}  // namespace heapd::client

// For mistakes of the calling program that no status could describe to it, such
// as asking a BatchReader for an operation that the batch does not have.
#define HEAPD_CLIENT_CHECK(expression) \
  (static_cast<bool>(expression)       \
       ? static_cast<void>(0)          \
       : ::heapd::client::CheckFailed(#expression, __FILE__, __LINE__))

#endif  // HEAPD_CLIENT_HEAPD_CHECK_H_
