#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_RANDOM_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_RANDOM_H_

#include <cmath>
#include <cstdint>
#include <random>

namespace heapd::heapload {

// Random numbers that are the same for the same seed on every machine, which
// neither the standard's distributions nor Abseil's promise. Single-threaded.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // From 0 to `end` - 1. `end` is not 0. Off by less than end / 2^64.
  uint64_t Below(uint64_t end) {
    return static_cast<uint64_t>((static_cast<Wide>(engine_()) * end) >> 64);
  }
  // From 0 to 1, without 1.
  double Fraction() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Fraction() < probability; }
  // Of the distribution of waits between events that come by chance, one in a
  // unit of time in the mean.
  double Exponential() { return -std::log1p(-Fraction()); }

 private:
  __extension__ using Wide = unsigned __int128;
  std::mt19937_64 engine_;
};

// A seed for the `part`th of those who share one: neighbours' streams differ.
constexpr uint64_t SeedOf(uint64_t seed, uint64_t part) {
  uint64_t mixed = seed + (part + 1) * 0x9E3779B97F4A7C15;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_RANDOM_H_
