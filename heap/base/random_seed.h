#ifndef HEAPD_HEAP_BASE_RANDOM_SEED_H_
#define HEAPD_HEAP_BASE_RANDOM_SEED_H_

#include <cstdint>

namespace heapd {

// A number from the system that nobody outside can guess, for seeding hashes of
// what clients choose.
uint64_t RandomSeed();

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_RANDOM_SEED_H_
