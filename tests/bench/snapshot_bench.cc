// Measures what a snapshot costs the clients of a heap: one thread changes the
// heap at full speed, in batches of 64 operations, while another one reads the
// graph and writes the file.
//
//   snapshot_bench [--objects N]... [--runs N] [--directory DIR] [--json FILE]
//
// Waits are by the clock on the wall, around each batch with what the collector
// does for it; those with a collection that takes no snapshot stand beside. The
// last snapshot of each heap is measured by the thread's processor time, too:
// all that the engine does for a batch is on that thread, so what the wall
// clock has more is time in which the thread waited for another one (such
// batches, in which it gave up the processor, have figures of their own) or in
// which the machine let it stand still.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/snapshot/graph_analysis.h"
#include "heap/snapshot/snapshot_capture.h"
#include "tests/bench/heap/bench_heap.h"
#include "tests/bench/support/machine_stalls.h"
#include "tests/bench/support/measure.h"
#include "tests/bench/support/report.h"

namespace heapd::heap_bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kBatch = 64;
constexpr uint32_t kHoldersSlots = 1'000'000;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// How often this thread gave up the processor to wait for something.
int64_t Blocks() {
  rusage usage;
  HEAPD_CHECK(getrusage(RUSAGE_THREAD, &usage) == 0);
  return usage.ru_nvcsw;
}

// Memory of this process that is no file, in bytes.
uint64_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    uint64_t kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib << 10;
  }
  return 0;
}

// A file without a name.
class TemporaryFile final : public SnapshotSpill {
 public:
  explicit TemporaryFile(const std::string& directory)
      : file_(open(directory.c_str(), O_TMPFILE | O_RDWR, 0600)) {
    HEAPD_CHECK(file_ >= 0);
  }
  ~TemporaryFile() override { close(file_); }

  absl::Status Append(absl::string_view bytes) override {
    size_ += bytes.size();
    HEAPD_CHECK(write(file_, bytes.data(), bytes.size()) ==
                static_cast<ssize_t>(bytes.size()));
    return absl::OkStatus();
  }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override {
    const ssize_t count =
        pread(file_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    HEAPD_CHECK(count >= 0);
    return static_cast<size_t>(count);
  }
  void Flush() { HEAPD_CHECK(fsync(file_) == 0); }
  uint64_t size() const { return size_; }

 private:
  const int file_;
  uint64_t size_ = 0;
};

class FileSink final : public SnapshotSink {
 public:
  explicit FileSink(TemporaryFile* file) : file_(*file) {}
  absl::Status Write(absl::string_view bytes) override {
    return file_.Append(bytes);
  }
  absl::Status Node(uint32_t, uint32_t, uint64_t) override {
    return absl::OkStatus();
  }
  absl::Status Class(absl::string_view, absl::string_view) override {
    return absl::OkStatus();
  }

 private:
  TemporaryFile& file_;
};

// Objects of 32 bytes with two refs, every other one with three, to random
// ones, all held by arrays.
class Graph {
 public:
  explicit Graph(uint32_t objects) {
    Columns columns;
    while (refs_.size() < objects) AddSome(objects, &columns);
    HoldByArrays();
    heap_.Collect();
  }

  // A batch of changes of random objects and of objects that die at once.
  void Change() {
    for (size_t i = 0; i < columns_.refs.size(); ++i) {
      columns_.refs[i] = RandomRef().bits();
    }
    for (const size_t i : link_values_) {
      columns_.values[i] = Value::Strong(RandomRef()).bits();
    }
    heap_.Apply(columns_);
    heap_.CollectBeside(false);
  }
  void PrepareChanges() {
    columns_.Clear();
    for (uint32_t i = 0; i < kBatch / 2; ++i) {
      link_values_.push_back(columns_.values.size());
      columns_.Link(refs_[0], i % 2, Value::Strong(refs_[0]));
      columns_.Allocate(OperationKind::kAllocateUnheld, heap_.type(), 2, {},
                        heap_.payload());
    }
  }
  BenchHeap& heap() { return heap_; }

 private:
  Ref RandomRef() { return refs_[RandomBelow(refs_.size())]; }
  uint64_t RandomBelow(uint64_t below) {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_ % below;
  }
  void AddSome(uint32_t objects, Columns* columns) {
    columns->Clear();
    const uint32_t count =
        std::min<uint32_t>(1024, objects - static_cast<uint32_t>(refs_.size()));
    for (uint32_t i = 0; i < count; ++i) {
      std::vector<Value> values(2 + i % 2);
      for (Value& value : values) {
        value = refs_.empty() ? Value::Null() : Value::Strong(RandomRef());
      }
      columns->Allocate(OperationKind::kAllocate, heap_.type(),
                        static_cast<uint32_t>(values.size()), values,
                        heap_.payload());
    }
    const BatchResult& result = heap_.Apply(*columns);
    for (const uint64_t bits : result.refs()) refs_.push_back(Ref(bits));
  }
  void HoldByArrays() {
    for (size_t first = 0; first < refs_.size(); first += kHoldersSlots) {
      const size_t count =
          std::min<size_t>(kHoldersSlots, refs_.size() - first);
      const Ref array = ValueOf(
          heap_->Allocate(BenchHeap::kSession, heap_.type(), "", count, {}));
      for (size_t i = 0; i < count; ++i) {
        CheckOk(heap_
                    ->Link(array, static_cast<uint32_t>(i),
                           Value::Strong(refs_[first + i]))
                    .status());
      }
      CheckOk(heap_->Root(absl::StrCat("array", first), array).status());
    }
    CheckOk(heap_->CloseSession(BenchHeap::kSession));
    CheckOk(heap_->OpenSession(BenchHeap::kSession, "bench"));
  }

  BenchHeap heap_;
  std::vector<Ref> refs_;
  uint64_t random_ = 88172645463325252;
  Columns columns_;
  std::vector<size_t> link_values_;
};

// What a mutator saw for as long as something went on.
struct Seen {
  std::vector<float> waits;
  std::vector<float> on_processor;  // empty unless it was asked for
  // Then also: the waits of batches in which the thread waited for another.
  std::vector<float> blocked;
  double seconds = 0;
  uint64_t most_bytes = 0;

  void Report(bench::Report* report, const bench::Labels& labels) {
    report->AddFigure(labels, "wait_p999_ms",
                      bench::Percentile(waits, 0.999) * 1e3, "ms");
    report->AddFigure(labels, "longest_wait_ms",
                      bench::Percentile(waits, 1.0) * 1e3, "ms");
    report->AddFigure(labels, "operations_per_second",
                      static_cast<double>(waits.size()) * kBatch / seconds,
                      "1/s");
    if (on_processor.empty()) return;
    report->AddFigure(labels, "processor_p999_ms",
                      bench::Percentile(on_processor, 0.999) * 1e3, "ms");
    report->AddFigure(labels, "longest_on_processor_ms",
                      bench::Percentile(on_processor, 1.0) * 1e3, "ms");
    blocked.push_back(0);
    report->AddFigure(labels, "blocked_batches",
                      static_cast<double>(blocked.size() - 1), "");
    report->AddFigure(labels, "blocked_p99_ms",
                      bench::Percentile(blocked, 0.99) * 1e3, "ms");
    report->AddFigure(labels, "longest_blocked_ms",
                      bench::Percentile(blocked, 1.0) * 1e3, "ms");
  }
};

// Changes the graph until `is_over`.
template <typename IsOver>
Seen ChangeUntil(Graph* graph, bool both_clocks, IsOver is_over) {
  Seen seen;
  seen.waits.reserve(size_t{4} << 20);
  if (both_clocks) seen.on_processor.reserve(size_t{4} << 20);
  const Clock::time_point start = Clock::now();
  for (size_t i = 0; !is_over(); ++i) {
    const int64_t blocks = both_clocks ? Blocks() : 0;
    const Clock::time_point batch_start = Clock::now();
    const double processor_start = both_clocks ? bench::ThreadSeconds() : 0;
    graph->Change();
    if (both_clocks) {
      seen.on_processor.push_back(
          static_cast<float>(bench::ThreadSeconds() - processor_start));
    }
    const auto wait = static_cast<float>(SecondsSince(batch_start));
    seen.waits.push_back(wait);
    if (both_clocks && Blocks() != blocks) seen.blocked.push_back(wait);
    if (i % 1024 == 0) {
      seen.most_bytes = std::max(seen.most_bytes, AnonymousBytes());
    }
  }
  seen.seconds = SecondsSince(start);
  return seen;
}

// Of the same graph, when nothing else runs here.
void MeasureAnalysis(const SnapshotCapture& capture, SnapshotSpill* spill,
                     const bench::Labels& labels, uint32_t size,
                     bench::Report* report) {
  MemoryBudget budget(uint64_t{1} << 40);
  const double start = bench::ThreadSeconds();
  CheckOk(AnalyzeCapturedGraph(capture, spill, AnalysisOptions(), &budget)
              .status());
  report->AddFigure(labels, "analysis_ns_per_object",
                    (bench::ThreadSeconds() - start) * 1e9 / size, "ns");
}

void MeasureSnapshot(Graph* graph, const std::string& directory, uint32_t size,
                     bool both_clocks, bench::Report* report) {
  const bench::Labels labels = {
      {"what", both_clocks ? "snapshot, both clocks" : "snapshot"},
      {"objects", size}};
  BenchHeap& heap = graph->heap();
  while (heap->IsMajorRunning()) graph->Change();
  TemporaryFile spill(directory);
  TemporaryFile file(directory);
  FileSink sink(&file);
  const uint64_t bytes_before = AnonymousBytes();
  const Clock::time_point start = Clock::now();
  const double processor_start = bench::ThreadSeconds();
  const auto capture = ValueOf(heap->StartSnapshot(SnapshotOptions()));
  const double start_on_processor = bench::ThreadSeconds() - processor_start;
  const double start_seconds = SecondsSince(start);
  std::atomic<double> read_seconds{0};
  std::atomic<double> whole_seconds{0};
  std::thread reader([&] {
    CheckOk(capture->ReadInto(&spill));
    read_seconds = SecondsSince(start);
    CheckOk(WriteCapturedSnapshot(*capture, &spill, &sink).status());
    file.Flush();
    whole_seconds = SecondsSince(start);
  });
  Seen seen = ChangeUntil(graph, both_clocks,
                          [&whole_seconds] { return whole_seconds > 0; });
  reader.join();
  seen.waits.push_back(static_cast<float>(start_seconds));
  if (both_clocks) {
    seen.on_processor.push_back(static_cast<float>(start_on_processor));
  }
  report->AddFigure(labels, "start_ms", start_seconds * 1e3, "ms");
  report->AddFigure(labels, "spilled_bytes_per_object",
                    static_cast<double>(spill.size()) / size, "bytes");
  MeasureAnalysis(*capture, &spill, labels, size, report);
  report->AddFigure(labels, "read_ms", read_seconds * 1e3, "ms");
  report->AddFigure(labels, "complete_ms", whole_seconds * 1e3, "ms");
  report->AddFigure(labels, "file_mb", static_cast<double>(file.size()) / 1e6,
                    "MB");
  report->AddFigure(labels, "extra_memory_mib",
                    (static_cast<double>(seen.most_bytes) -
                     static_cast<double>(bytes_before)) /
                        (1 << 20),
                    "MiB");
  report->AddFigure(labels, "heap_mib",
                    static_cast<double>(heap->used_bytes()) / (1 << 20), "MiB");
  seen.Report(report, labels);
}

void MeasureBaseline(Graph* graph, uint32_t size, bench::Report* report) {
  BenchHeap& heap = graph->heap();
  int majors = 0;
  Seen seen = ChangeUntil(graph, false, [&] {
    if (!heap->IsMajorRunning() && ++majors <= 3) {
      heap->StartMajor(CollectionReason::kRequested);
    }
    return majors > 3;
  });
  seen.Report(report, {{"what", "collections only"}, {"objects", size}});
  const Clock::time_point start = Clock::now();
  Seen quiet =
      ChangeUntil(graph, false, [start] { return SecondsSince(start) > 0.5; });
  quiet.Report(report, {{"what", "no snapshot"}, {"objects", size}});
}

int Main(int argc, char** argv) {
  std::vector<uint32_t> sizes = {1'000'000, 10'000'000};
  int runs = 5;
  std::string directory = "/tmp";
  std::string json_path;
  CLI::App app("Measures what a snapshot costs the clients of a heap.");
  app.add_option("--objects", sizes, "objects in the heap")
      ->check(CLI::Range(1'000u, 100'000'000u));
  app.add_option("--runs", runs, "snapshots of each heap")
      ->check(CLI::Range(1, 100));
  app.add_option("--directory", directory, "where the files go");
  app.add_option("--json", json_path, "also write all figures to this file");
  CLI11_PARSE(app, argc, argv);
  bench::Report report({{"objects", sizes}, {"runs", runs}});
  for (const uint32_t size : sizes) {
    Graph graph(size);
    graph.PrepareChanges();
    MeasureBaseline(&graph, size, &report);
    for (int run = 0; run < runs; ++run) {
      MeasureSnapshot(&graph, directory, size, false, &report);
    }
    MeasureSnapshot(&graph, directory, size, true, &report);
  }
  std::vector<double> stalls = bench::MachineStalls(2, 2);
  report.AddFigure({{"what", "clock only"}}, "longest_wait_ms",
                   bench::Percentile(stalls, 1.0) * 1e3, "ms");
  return report.Write(json_path) ? 0 : 1;
}

}  // namespace
}  // namespace heapd::heap_bench

int main(int argc, char** argv) { return heapd::heap_bench::Main(argc, argv); }
