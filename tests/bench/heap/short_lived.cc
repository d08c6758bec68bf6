#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/population.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/layout/mapped_array.h"
#include "tests/bench/support/machine_stalls.h"
#include "tests/bench/support/measure.h"
#include "tests/bench/support/memory_reader.h"
#include "tests/bench/support/own_core.h"

namespace heapd::heap_bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kBatch = 64;
// A wait that nobody should have.
constexpr double kLongSeconds = 2e-3;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Objects most of which die at once: every tenth goes to a random place of the
// population, and about every other refers to an object that lives there.
class ShortLived {
 public:
  explicit ShortLived(Population* population)
      : population_(*population), live_(population->places()) {
    const std::vector<Ref> refs = population->Refs();
    std::copy(refs.begin(), refs.end(), live_.data());
    population_.heap()->SetCollectionObserver(
        [this](const Collection& collection) { Count(collection); });
    for (uint32_t i = 0; i < kBatch; ++i) AddObject(i);
    ChoosePlaces();
  }
  ~ShortLived() { population_.heap()->SetCollectionObserver(nullptr); }
  ShortLived(const ShortLived&) = delete;
  ShortLived& operator=(const ShortLived&) = delete;

  // Whether a major collection runs all the time, and not only when it is due.
  void set_collect_always(bool always) { collect_always_ = always; }

  // At least so many objects. What a caller waits for each batch, in seconds of
  // the clock on the wall, goes to `waits`.
  void Allocate(uint32_t count, std::vector<float>* waits) {
    for (uint32_t done = 0; done < count; done += kBatch) {
      FillOperands();
      ChoosePlaces();
      const Clock::time_point start = Clock::now();
      ApplyAndCollect();
      waits->push_back(static_cast<float>(SecondsSince(start)));
    }
  }

  // The same with the processor's time beside it: all that the engine does for
  // a batch, faults of pages included, is done by this thread, so what the wall
  // clock has more is time in which the machine let it stand still. Reading
  // that clock costs too much to measure rates with.
  void AllocateOnProcessor(uint32_t count, std::vector<float>* waits,
                           std::vector<float>* running) {
    for (uint32_t done = 0; done < count; done += kBatch) {
      FillOperands();
      ChoosePlaces();
      const Clock::time_point start = Clock::now();
      const double processor_start = bench::ThreadSeconds();
      ApplyAndCollect();
      running->push_back(
          static_cast<float>(bench::ThreadSeconds() - processor_start));
      waits->push_back(static_cast<float>(SecondsSince(start)));
    }
  }

  // Since the last call.
  struct Collections {
    int minor_count = 0;
    int major_count = 0;
    double longest_minor_seconds = 0;
    double longest_major_seconds = 0;  // of the slices
  };
  Collections TakeCollections() { return std::exchange(collections_, {}); }

 private:
  // Where the columns of the batch have to be changed for each.
  struct Placement {
    uint32_t object;  // by the order of allocation
    size_t ref;       // in the column of this name
    size_t number;
    uint32_t place = 0;
    uint32_t next_place = 0;
  };

  void AddObject(uint32_t i) {
    BenchHeap& heap = population_.heap();
    const bool linked = (i / 10 + i) % 2 == 0;
    std::vector<Value> first;
    if (linked) {
      links_.push_back(columns_.values.size());
      link_places_.push_back(0);
      first.push_back(Value::Strong(live_[0]));
    }
    columns_.Allocate(OperationKind::kAllocateUnheld, heap.type(), 2, first,
                      heap.payload());
    if (i % 10 != 0) return;
    columns_.Link(Ref(), 0, Value::LocalStrong(columns_.last()));
    placements_.push_back(
        {i, columns_.refs.size() - 1, columns_.numbers.size() - 1});
  }

  // Places are chosen a batch ahead and refs are read later, so that the
  // client's own table does not cost a cache miss each: the engine is what is
  // measured.
  void ChoosePlaces() {
    for (uint32_t& place : link_places_) {
      place = RandomPlace();
      __builtin_prefetch(&live_[place]);
    }
    for (Placement& placement : placements_) {
      placement.next_place = RandomPlace();
      __builtin_prefetch(&live_[placement.next_place], /*rw=*/1);
    }
  }

  void FillOperands() {
    for (size_t i = 0; i < links_.size(); ++i) {
      columns_.values[links_[i]] = Value::Strong(live_[link_places_[i]]).bits();
    }
    for (Placement& placement : placements_) {
      placement.place = placement.next_place;
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
    heap.CollectBeside(collect_always_);
  }

  void Count(const Collection& collection) {
    if (collection.kind == CollectionKind::kMajor) {
      ++collections_.major_count;
      collections_.longest_major_seconds =
          std::max(collections_.longest_major_seconds,
                   absl::ToDoubleSeconds(collection.longest_pause_duration));
      return;
    }
    ++collections_.minor_count;
    collections_.longest_minor_seconds =
        std::max(collections_.longest_minor_seconds,
                 absl::ToDoubleSeconds(collection.pause_duration));
  }

  // Xorshift (Marsaglia, "Xorshift RNGs", 2003): a better generator costs a
  // good part of what an allocation does. The peers draw the same.
  uint32_t RandomPlace() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 17;
    random_ ^= random_ << 5;
    return static_cast<uint32_t>(random_ * 0x1p-32 * population_.places());
  }

  Population& population_;
  // By place. In huge pages, since it is the client's and not to be measured.
  layout_bench::MappedArray<Ref> live_;
  uint32_t random_ = 1;
  Columns columns_;
  std::vector<size_t> links_;          // in the column of values
  std::vector<uint32_t> link_places_;  // of what they lead to
  std::vector<Placement> placements_;
  bool collect_always_ = false;
  Collections collections_;
};

// How many waits were long, a second: beside the same figure for threads that
// only read the clock, it says whose they were.
template <typename T>
void AddLongWaits(const Labels& labels, const std::vector<T>& waits,
                  double seconds, Report& report) {
  const auto count = std::count_if(waits.begin(), waits.end(),
                                   [](T wait) { return wait > kLongSeconds; });
  report.AddFigure(labels, "waits_over_2_ms",
                   static_cast<double>(count) / seconds, "a second");
}

// The seconds of each run.
std::vector<double> MeasureRuns(ShortLived* work, const Labels& labels,
                                uint32_t count, int runs, Report& report) {
  std::vector<double> seconds;
  std::vector<float> waits;
  waits.reserve((size_t{count} / kBatch + 1) * runs);
  for (int run = 0; run < runs; ++run) {
    const Clock::time_point start = Clock::now();
    work->Allocate(count, &waits);
    seconds.push_back(SecondsSince(start));
  }
  report.AddTimes(labels, seconds, count);
  const ShortLived::Collections collections = work->TakeCollections();
  report.AddFigure(labels, "minor_collections", collections.minor_count,
                   "in all runs");
  report.AddFigure(labels, "longest_minor_ms",
                   collections.longest_minor_seconds * 1e3, "ms");
  report.AddFigure(labels, "major_collections", collections.major_count,
                   "in all runs");
  report.AddFigure(labels, "longest_major_slice_ms",
                   collections.longest_major_seconds * 1e3, "ms");
  report.AddFigure(labels, "wait_p50_ms", bench::Percentile(waits, 0.5) * 1e3,
                   "ms");
  report.AddFigure(labels, "wait_p99_ms", bench::Percentile(waits, 0.99) * 1e3,
                   "ms");
  report.AddFigure(labels, "wait_p999_ms",
                   bench::Percentile(waits, 0.999) * 1e3, "ms");
  report.AddFigure(labels, "longest_wait_ms",
                   bench::Percentile(waits, 1.0) * 1e3, "ms");
  AddLongWaits(labels, waits,
               std::accumulate(seconds.begin(), seconds.end(), 0.0), report);
  return seconds;
}

// Of the pauses, what is the engine's and what the machine's.
void MeasureOnProcessor(ShortLived* work, const Labels& labels, uint32_t count,
                        Report& report) {
  std::vector<float> waits;
  std::vector<float> running;
  work->AllocateOnProcessor(count, &waits, &running);
  work->TakeCollections();
  report.AddFigure(labels, "longest_wait_with_both_clocks_ms",
                   bench::Percentile(waits, 1.0) * 1e3, "ms");
  report.AddFigure(labels, "processor_p999_ms",
                   bench::Percentile(running, 0.999) * 1e3, "ms");
  report.AddFigure(labels, "longest_on_processor_ms",
                   bench::Percentile(running, 1.0) * 1e3, "ms");
}

// What majors all the time cost has to be seen beside this.
void MeasureBesideReader(ShortLived* work, const Labels& labels, uint32_t count,
                         double alone_seconds, int runs, Report& report) {
  const bench::MemoryReader reader;
  const std::vector<double> seconds =
      MeasureRuns(work, labels, count, runs, report);
  report.AddFigure(labels, "rate_to_when_due",
                   alone_seconds / bench::Median(seconds), "times as fast");
}

// `name`: what is measured.
void MeasureWith(const StressOptions& stress, const std::string& name,
                 uint32_t objects, uint32_t allocations, int runs,
                 Report& report) {
  Population population(objects, stress);
  const bench::OwnCore core(0);  // the marking thread has the other
  population.FillAll();
  population.heap().Collect();
  ShortLived work(&population);
  const std::vector<double> when_due =
      MeasureRuns(&work, LabelsOf(name, "batches of 64", objects), allocations,
                  runs, report);
  MeasureBesideReader(
      &work, LabelsOf(name + ", beside a reader", "batches of 64", objects),
      allocations, bench::Median(when_due), runs, report);
  work.set_collect_always(true);
  const Labels labels =
      LabelsOf(name + ", collecting", "batches of 64", objects);
  const std::vector<double> always =
      MeasureRuns(&work, labels, allocations, runs, report);
  report.AddFigure(labels, "rate_to_when_due",
                   bench::Median(when_due) / bench::Median(always),
                   "times as fast");
  MeasureOnProcessor(&work, labels, allocations, report);
}

// What this machine takes from whoever measures waits on it.
void MeasureMachine(uint32_t objects, Report& report) {
  constexpr int kThreads = 2;  // a mutator and a marking thread
  constexpr double kSeconds = 3;
  std::vector<double> stalls = bench::MachineStalls(kThreads, kSeconds);
  const Labels labels = LabelsOf("clock only", "two threads, 3 s", objects);
  report.AddFigure(labels, "longest_wait_ms",
                   bench::Percentile(stalls, 1.0) * 1e3, "ms");
  AddLongWaits(labels, stalls, kThreads * kSeconds, report);
}

}  // namespace

void MeasureShortLived(uint32_t objects, uint32_t allocations, int runs,
                       Report& report) {
  MeasureMachine(objects, report);
  // What nothing reaches at the end of its batch is not made, unless heapd is
  // told to; both are measured.
  StressOptions all_made;
  all_made.make_scratch_objects = true;
  MeasureWith(all_made, "short-lived", objects, allocations, runs, report);
  MeasureMachine(objects, report);
  MeasureWith({}, "short-lived, scratch", objects, allocations, runs, report);
}

}  // namespace heapd::heap_bench
