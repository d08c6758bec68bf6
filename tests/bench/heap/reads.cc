#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/heap/population.h"
#include "tests/bench/heap/suites.h"
#include "tests/bench/support/measure.h"

namespace heapd::heap_bench {
namespace {

constexpr uint32_t kReads = 2'000'000;
// Few enough that table entries and payloads stay in the cache and their pages
// in the TLB, however large the heap is.
constexpr uint32_t kHotObjects = 256;
// How much slower a hot read may be in the largest heap than in the smallest.
constexpr double kFlatTarget = 2;

// What is read: positions in a list of all objects.
std::vector<uint32_t> AnyObjects(uint32_t objects) {
  Random random(objects);
  std::vector<uint32_t> chosen(kReads);
  for (uint32_t& one : chosen) one = layout_bench::RandomBelow(random, objects);
  return chosen;
}

std::vector<uint32_t> HotObjects(uint32_t objects) {
  Random random(objects);
  const uint32_t apart = std::max(objects / kHotObjects, 1u);
  std::vector<uint32_t> chosen(kReads);
  for (uint32_t& one : chosen) {
    one = layout_bench::RandomBelow(random, kHotObjects) * apart % objects;
  }
  return chosen;
}

uint64_t FirstWord(absl::string_view payload) {
  uint64_t word = 0;
  std::memcpy(&word, payload.data(), sizeof(word));
  return word;
}

// Lays the payloads end to end, as the daemon does in its response.
class PayloadsSink : public BatchResultSink {
 public:
  void SetRefs(absl::Span<const uint64_t>) override {}
  void AddValue(uint64_t) override {}
  void AddPayload(absl::string_view payload) override {
    payloads_.append(payload.data(), payload.size());
  }
  void Clear() override { payloads_.clear(); }

 private:
  std::string payloads_;
};

// Keeps the compiler from dropping the reads.
volatile uint64_t sink;

double TimeReads(BenchHeap& heap, const std::vector<Ref>& refs,
                 const std::vector<uint32_t>& chosen) {
  return bench::TimeOf([&] {
    uint64_t sum = 0;
    for (const uint32_t one : chosen) {
      sum += FirstWord(ValueOf(heap->ReadPayload(refs[one])));
    }
    sink = sum;
  });
}

double TimeBatches(BenchHeap& heap, const std::vector<Ref>& refs,
                   const std::vector<uint32_t>& chosen) {
  constexpr uint32_t kBatch = 1024;
  Columns columns;
  for (uint32_t i = 0; i < kBatch; ++i) columns.ReadPayload(Ref());
  PayloadsSink payloads;
  return bench::TimeOf([&] {
    for (uint32_t i = 0; i + kBatch <= chosen.size(); i += kBatch) {
      for (uint32_t j = 0; j < kBatch; ++j) {
        columns.refs[j] = refs[chosen[i + j]].bits();
      }
      payloads.Clear();
      CheckOk(heap->Apply(0, columns.View(), &payloads));
    }
  });
}

// One pointer to an object instead of a ref.
double TimePointers(uint32_t objects, const std::vector<uint32_t>& chosen) {
  struct Node {
    uint64_t words[2 + kPayloadBytes / sizeof(uint64_t)];
  };
  std::vector<std::unique_ptr<Node>> nodes(objects);
  for (auto& node : nodes) node = std::make_unique<Node>();
  return bench::TimeOf([&] {
    uint64_t sum = 0;
    for (const uint32_t one : chosen) sum += nodes[one]->words[2];
    sink = sum;
  });
}

// Returns the rate of hot reads.
double MeasureHeap(uint32_t objects, int runs, Report& report) {
  Population population(objects);
  population.FillAll();
  const std::vector<Ref> refs = population.Refs();
  const std::vector<uint32_t> hot = HotObjects(objects);
  const std::vector<uint32_t> any = AnyObjects(objects);
  std::vector<double> hot_seconds;
  std::vector<double> any_seconds;
  std::vector<double> batch_seconds;
  std::vector<double> pointer_seconds;
  for (int run = 0; run < runs; ++run) {
    BenchHeap& heap = population.heap();
    hot_seconds.push_back(TimeReads(heap, refs, hot));
    any_seconds.push_back(TimeReads(heap, refs, any));
    batch_seconds.push_back(TimeBatches(heap, refs, any));
    pointer_seconds.push_back(TimePointers(objects, any));
  }
  const double hot_rate = report.AddTimes(
      LabelsOf("read", "256 hot objects", objects), hot_seconds, kReads);
  const double any_rate = report.AddTimes(
      LabelsOf("read", "any object", objects), any_seconds, kReads);
  report.AddTimes(LabelsOf("read", "any, batches of 1024", objects),
                  batch_seconds, kReads / 1024 * 1024);
  const double pointer_rate =
      report.AddTimes(LabelsOf("read", "any, naive pointers", objects),
                      pointer_seconds, kReads);
  report.AddFigure(LabelsOf("read", "any object", objects),
                   "ratio_to_naive_pointers", any_rate / pointer_rate,
                   "times as fast");
  return hot_rate;
}

}  // namespace

void MeasureReads(const std::vector<uint32_t>& sizes, int runs,
                  Report& report) {
  std::vector<double> rates;
  for (const uint32_t size : sizes) {
    rates.push_back(MeasureHeap(size, runs, report));
  }
  if (sizes.size() < 2) return;
  report.AddTargetAtMost("a hot read in the largest heap against the smallest",
                         rates.front() / rates.back(), kFlatTarget,
                         "times as long");
}

}  // namespace heapd::heap_bench
