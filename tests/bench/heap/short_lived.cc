#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/population.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/support/measure.h"

namespace heapd::heap_bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kBatch = 64;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Objects most of which die at once: every tenth goes to a random place of the
// population, and about every other refers to an object that lives there.
class ShortLived {
 public:
  explicit ShortLived(Population* population)
      : population_(*population), live_(population->Refs()) {
    population_.heap()->SetCollectionObserver(
        [this](const Collection& collection) { Count(collection); });
    for (uint32_t i = 0; i < kBatch; ++i) AddObject(i);
  }
  ~ShortLived() { population_.heap()->SetCollectionObserver(nullptr); }
  ShortLived(const ShortLived&) = delete;
  ShortLived& operator=(const ShortLived&) = delete;

  // At least so many objects. What a caller waits for each batch, in seconds,
  // goes to `waits`.
  void Allocate(uint32_t count, std::vector<float>* waits) {
    for (uint32_t done = 0; done < count; done += kBatch) {
      ChooseOperands();
      const Clock::time_point start = Clock::now();
      ApplyAndCollect();
      waits->push_back(static_cast<float>(SecondsSince(start)));
    }
  }

  int minor_count() const { return minor_count_; }
  int major_count() const { return major_count_; }
  double longest_minor_seconds() const { return longest_minor_seconds_; }
  double longest_major_seconds() const { return longest_major_seconds_; }

 private:
  // Where the columns of the batch have to be changed for each.
  struct Placement {
    uint32_t object;  // by the order of allocation
    size_t ref;       // in the column of this name
    size_t number;
    uint32_t place = 0;
  };

  void AddObject(uint32_t i) {
    BenchHeap& heap = population_.heap();
    const bool linked = (i / 10 + i) % 2 == 0;
    std::vector<Value> first;
    if (linked) {
      links_.push_back(columns_.values.size());
      first.push_back(Value::Strong(live_[0]));
    }
    columns_.Allocate(OperationKind::kAllocateUnheld, heap.type(), 2, first,
                      heap.payload());
    if (i % 10 != 0) return;
    columns_.Link(Ref(), 0, Value::LocalStrong(columns_.last()));
    placements_.push_back(
        {i, columns_.refs.size() - 1, columns_.numbers.size() - 1});
  }

  void ChooseOperands() {
    for (const size_t link : links_) {
      columns_.values[link] = Value::Strong(live_[RandomPlace()]).bits();
    }
    for (Placement& placement : placements_) {
      placement.place = RandomPlace();
      columns_.refs[placement.ref] =
          population_.ArrayOf(placement.place).bits();
      columns_.numbers[placement.number] = Population::SlotOf(placement.place);
    }
  }

  void ApplyAndCollect() {
    BenchHeap& heap = population_.heap();
    const BatchResult& result = heap.Apply(columns_);
    for (const Placement& placement : placements_) {
      live_[placement.place] = Ref(result.refs()[placement.object]);
    }
    heap.CollectBeside();
  }

  void Count(const Collection& collection) {
    if (collection.kind == CollectionKind::kMajor) {
      ++major_count_;
      longest_major_seconds_ =
          std::max(longest_major_seconds_,
                   absl::ToDoubleSeconds(collection.longest_pause_duration));
      return;
    }
    ++minor_count_;
    longest_minor_seconds_ =
        std::max(longest_minor_seconds_,
                 absl::ToDoubleSeconds(collection.pause_duration));
  }

  uint32_t RandomPlace() {
    return layout_bench::RandomBelow(random_, population_.places());
  }

  Population& population_;
  std::vector<Ref> live_;  // by place
  Random random_{1};
  Columns columns_;
  std::vector<size_t> links_;  // in the column of values
  std::vector<Placement> placements_;
  int minor_count_ = 0;
  int major_count_ = 0;
  double longest_minor_seconds_ = 0;
  double longest_major_seconds_ = 0;  // of the slices
};

}  // namespace

void MeasureShortLived(uint32_t objects, int runs, Report& report) {
  const uint32_t count = std::min(10 * objects, 10'000'000u);
  Population population(objects);
  population.FillAll();
  population.heap().Collect();
  ShortLived work(&population);
  std::vector<double> seconds;
  std::vector<float> waits;
  waits.reserve(size_t{count} / kBatch * runs);
  for (int run = 0; run < runs; ++run) {
    const Clock::time_point start = Clock::now();
    work.Allocate(count, &waits);
    seconds.push_back(SecondsSince(start));
  }
  const Labels labels = LabelsOf("short-lived", "batches of 64", objects);
  report.AddTimes(labels, seconds, count);
  report.AddFigure(labels, "minor_collections", work.minor_count(),
                   "in all runs");
  report.AddFigure(labels, "longest_minor_ms",
                   work.longest_minor_seconds() * 1e3, "ms");
  report.AddFigure(labels, "major_collections", work.major_count(),
                   "in all runs");
  report.AddFigure(labels, "longest_major_slice_ms",
                   work.longest_major_seconds() * 1e3, "ms");
  report.AddFigure(labels, "wait_p999_ms",
                   bench::Percentile(waits, 0.999) * 1e3, "ms");
  report.AddFigure(labels, "longest_wait_ms",
                   bench::Percentile(waits, 1.0) * 1e3, "ms");
}

}  // namespace heapd::heap_bench
