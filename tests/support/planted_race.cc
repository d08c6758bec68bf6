// A program with one data race, beside a mutex that the other thread holds:
// ThreadSanitizer must report it.

#include <thread>

#include "absl/synchronization/mutex.h"

namespace {

absl::Mutex mu;
int counter = 0;

}  // namespace

int main() {
  std::thread careful([] {
    absl::MutexLock lock(&mu);
    ++counter;
  });
  std::thread careless([] { ++counter; });
  careful.join();
  careless.join();
  return 0;
}
