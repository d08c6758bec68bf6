#ifndef HEAPD_TESTS_E2E_HOLDING_CLIENT_H_
#define HEAPD_TESTS_E2E_HOLDING_CLIENT_H_

#include <string>

namespace heapd::e2e {

// The argument that makes the test's own binary such a client (see main.cc).
inline constexpr char kHoldObjects[] = "--hold-objects";

// Opens a session on the heap "shop" with a time to live of a second,
// allocates two objects that it alone holds, prints "holding REF REF" and goes
// on renewing its lease until somebody kills it. Returns only on an error, with
// an exit code.
int HoldObjects(const std::string& address);

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_HOLDING_CLIENT_H_
