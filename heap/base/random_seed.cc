#include "heap/base/random_seed.h"

#include <sys/random.h>

#include "heap/base/check.h"

namespace heapd {

uint64_t RandomSeed() {
  uint64_t seed = 0;
  // Reads of up to 256 bytes are not interrupted (getrandom(2)).
  HEAPD_CHECK(getrandom(&seed, sizeof(seed), 0) ==
              static_cast<ssize_t>(sizeof(seed)));
  return seed;
}

}  // namespace heapd
