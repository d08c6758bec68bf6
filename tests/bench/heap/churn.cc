#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/population.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/support/measure.h"

namespace heapd::heap_bench {
namespace {

// Replaces random objects of a population by new ones, and collects when the
// heap says so, as the daemon does.
class Churn {
 public:
  explicit Churn(Population* population) : population_(*population) {}

  void ReplaceOneByOne(uint32_t count) {
    BenchHeap& heap = population_.heap();
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t place = RandomPlace();
      const Ref ref = ValueOf(heap->Allocate(BenchHeap::kSession, heap.type(),
                                             heap.payload(), 2, {}));
      ValueOf(heap->Link(population_.ArrayOf(place), Population::SlotOf(place),
                         Value::Strong(ref)));
      CheckOk(heap->Release(BenchHeap::kSession, ref));
      CollectIfDue();
    }
  }

  void ReplaceInBatches(uint32_t count, uint32_t batch) {
    BenchHeap& heap = population_.heap();
    Columns columns;
    for (uint32_t i = 0; i < batch; ++i) {
      columns.Allocate(OperationKind::kAllocateUnheld, heap.type(), 2, {},
                       heap.payload());
      columns.Link(Ref(), 0, Value::LocalStrong(columns.last()));
    }
    for (uint32_t done = 0; done < count; done += batch) {
      for (uint32_t i = 0; i < batch; ++i) {
        const uint32_t place = RandomPlace();
        columns.refs[i] = population_.ArrayOf(place).bits();
        // After the two numbers of the allocation comes the link's slot.
        columns.numbers[3 * i + 2] = Population::SlotOf(place);
      }
      heap.Apply(columns);
      CollectIfDue();
    }
  }

  int collection_count() const { return collection_count_; }
  double longest_pause_seconds() const { return longest_pause_seconds_; }

 private:
  uint32_t RandomPlace() {
    return layout_bench::RandomBelow(random_, population_.places());
  }
  void CollectIfDue() {
    BenchHeap& heap = population_.heap();
    if (!heap->CollectionDue()) return;
    const Collection collection =
        heap->Collect(CollectionReason::kOldSpaceThreshold);
    ++collection_count_;
    longest_pause_seconds_ =
        std::max(longest_pause_seconds_,
                 absl::ToDoubleSeconds(collection.pause_duration));
  }

  Population& population_;
  Random random_{1};
  int collection_count_ = 0;
  double longest_pause_seconds_ = 0;
};

// Returns the rate.
double MeasureHeap(uint32_t objects, uint32_t batch, int runs, Report& report) {
  Population population(objects);
  population.FillAll();
  population.heap().Collect();
  Churn churn(&population);
  std::vector<double> seconds;
  // The first run takes fresh memory up to the first collection.
  for (int run = -1; run < runs; ++run) {
    const double time = bench::TimeOf([&] {
      if (batch == 1) {
        churn.ReplaceOneByOne(objects);
      } else {
        churn.ReplaceInBatches(objects, batch);
      }
    });
    if (run >= 0) seconds.push_back(time);
  }
  const std::string variant =
      batch == 1 ? "one by one" : "batches of " + std::to_string(batch);
  const Labels labels = LabelsOf("churn", variant, objects);
  const double rate = report.AddTimes(labels, seconds, objects);
  report.AddFigure(labels, "collections", churn.collection_count(),
                   "collections in all runs");
  report.AddFigure(labels, "longest_pause_ms",
                   churn.longest_pause_seconds() * 1e3, "ms");
  return rate;
}

// The same with a freed object for each new one.
double MeasureMallocPeer(uint32_t objects, int runs, Report& report) {
  constexpr size_t kNodeBytes = 2 * sizeof(void*) + kPayloadBytes;
  const std::string payload(kNodeBytes, 'p');
  Random random(1);
  std::vector<void*> places(objects);
  for (void*& place : places) {
    place = std::malloc(kNodeBytes);
    std::memcpy(place, payload.data(), kNodeBytes);
  }
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    seconds.push_back(bench::TimeOf([&] {
      for (uint32_t i = 0; i < objects; ++i) {
        void*& place = places[layout_bench::RandomBelow(random, objects)];
        std::free(place);
        place = std::malloc(kNodeBytes);
        std::memcpy(place, payload.data(), kNodeBytes);
      }
    }));
  }
  for (void* const place : places) std::free(place);
  return report.AddTimes(LabelsOf("churn", "malloc and free", objects), seconds,
                         objects);
}

}  // namespace

void MeasureChurn(uint32_t objects, int runs, Report& report) {
  MeasureHeap(objects, 1, runs, report);
  MeasureHeap(objects, 64, runs, report);
  const double rate = MeasureHeap(objects, 1024, runs, report);
  const double peer = MeasureMallocPeer(objects, runs, report);
  report.AddFigure(LabelsOf("churn", "batches of 1024", objects),
                   "ratio_to_malloc_and_free", rate / peer, "times as fast");
}

}  // namespace heapd::heap_bench
