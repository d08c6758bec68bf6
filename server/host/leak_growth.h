#ifndef HEAPD_SERVER_HOST_LEAK_GROWTH_H_
#define HEAPD_SERVER_HOST_LEAK_GROWTH_H_

#include <vector>

#include "server/host/leak_classes.h"
#include "server/host/leak_verdict.h"
#include "server/host/leak_window.h"

namespace heapd::server {

// The classes and tags of which more lives from point to point of the window,
// those first whose bytes grow fastest; at most 10. Each is in itself likely to
// grow (95 %), and as much as a hundredth of the fastest.
std::vector<GrowingClass> FindGrowingClasses(const LeakWindow& window,
                                             const LeakClasses& classes);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_GROWTH_H_
