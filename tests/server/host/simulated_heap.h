#ifndef HEAPD_TESTS_SERVER_HOST_SIMULATED_HEAP_H_
#define HEAPD_TESTS_SERVER_HOST_SIMULATED_HEAP_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>

#include "absl/time/time.h"
#include "server/host/leak_window.h"

namespace heapd::server {

// What lives in a heap after its major collections, as time goes by. A formula
// and noise; everything else is chosen by the seed.
class SimulatedHeap {
 public:
  // Megabytes that live after `minutes`.
  using Formula = std::function<double(double minutes)>;

  SimulatedHeap(uint32_t seed, Formula formula)
      : random_(seed), formula_(std::move(formula)) {}

  // Between two collections; each is up to a third shorter or longer.
  absl::Duration interval = absl::Seconds(10);
  double noise_ratio = 0;  // standard deviation beside what lives
  // Noise that resembles what it was before, for about so long.
  double slow_noise_ratio = 0;
  double slow_noise_minutes = 1;

  LeakSample Next() {
    std::uniform_real_distribution<double> stretch(2.0 / 3, 4.0 / 3);
    const absl::Duration step = interval * stretch(random_);
    age_ += step;
    const double keep =
        std::exp(-absl::ToDoubleMinutes(step) / slow_noise_minutes);
    slow_ = keep * slow_ + std::sqrt(1 - keep * keep) * normal_(random_);
    const double live =
        formula_(absl::ToDoubleMinutes(age_)) *
        (1 + noise_ratio * normal_(random_) + slow_noise_ratio * slow_);
    LeakSample sample;
    sample.time = absl::UnixEpoch() + age_;
    sample.age = age_;
    sample.live_bytes = static_cast<uint64_t>(std::max(live, 0.0) * 1e6);
    sample.duration = absl::Milliseconds(10);
    return sample;
  }

  absl::Duration age() const { return age_; }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  const Formula formula_;
  absl::Duration age_;
  double slow_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_HOST_SIMULATED_HEAP_H_
