#include <vector>

#include "heap/base/check.h"
#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/population.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/support/measure.h"

namespace heapd::heap_bench {
namespace {

std::vector<uint32_t> RandomHalf(uint32_t places, Random& random) {
  std::vector<uint32_t> half;
  for (uint32_t place = 0; place < places; ++place) {
    if (random() % 2 == 0) half.push_back(place);
  }
  return half;
}

// Empties the places and returns the time of the sweep.
double SweepSeconds(Population& population,
                    const std::vector<uint32_t>& places) {
  population.Empty(places);
  const Collection collection = population.heap().Collect();
  HEAPD_CHECK(collection.object_count_before - collection.object_count_after ==
              places.size());
  return absl::ToDoubleSeconds(collection.sweep_duration);
}

}  // namespace

void MeasureSweep(uint32_t objects, int runs, Report& report) {
  Random random(objects);
  std::vector<double> half_seconds;
  std::vector<double> fill_seconds;
  std::vector<double> all_seconds;
  for (int run = 0; run < runs; ++run) {
    Population population(objects);
    population.FillAll();
    const std::vector<uint32_t> half = RandomHalf(objects, random);
    half_seconds.push_back(SweepSeconds(population, half));
    // Halves differ a little in size: time for as many as there are objects.
    fill_seconds.push_back(bench::TimeOf([&] { population.Fill(half); }) *
                           objects / static_cast<double>(half.size()));
    population.EmptyAll();
    const Collection collection = population.heap().Collect();
    all_seconds.push_back(absl::ToDoubleSeconds(collection.sweep_duration));
  }
  report.AddTimes(LabelsOf("sweep", "scattered half dead", objects),
                  half_seconds, objects);
  report.AddTimes(LabelsOf("allocate, in gaps", "batches of 1024", objects),
                  fill_seconds, objects);
  report.AddTimes(LabelsOf("sweep", "everything dead", objects), all_seconds,
                  objects);
}

}  // namespace heapd::heap_bench
