#ifndef HEAPD_TESTS_BENCH_LAYOUT_MEASURE_H_
#define HEAPD_TESTS_BENCH_LAYOUT_MEASURE_H_

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace heapd::layout_bench {

// Processor time of this thread, so that other work on the machine takes cache
// and memory bandwidth from a measurement but no time slices.
inline double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Body>
double TimeOf(const Body& body) {
  const double start = ThreadSeconds();
  body();
  return ThreadSeconds() - start;
}

// What one measurement is of; printed and kept beside its numbers.
struct Subject {
  std::string graph;
  uint32_t objects;
  std::string layout;
  std::string measure;
  std::string variant;
};

// Collects results, prints a line for each, and makes the JSON.
//
// Single-threaded.
class Report {
 public:
  // `seconds` holds one time per run of `operations` operations each.
  void AddTimes(const Subject& subject, std::vector<double> seconds,
                uint64_t operations) {
    const double first = seconds.front();
    std::sort(seconds.begin(), seconds.end());
    const double median = seconds[seconds.size() / 2];
    const double rate = static_cast<double>(operations) / median;
    nlohmann::ordered_json row = ToJson(subject);
    row["runs"] = seconds.size();
    row["first_ms"] = first * 1e3;
    row["best_ms"] = seconds.front() * 1e3;
    row["median_ms"] = median * 1e3;
    row["operations_per_second"] = rate;
    rows_.push_back(std::move(row));
    Print(subject);
    std::printf("%9.1f ms median %9.1f best %8.1f M/s\n", median * 1e3,
                seconds.front() * 1e3, rate * 1e-6);
    std::fflush(stdout);
  }

  void AddBytesPerObject(const Subject& subject, double bytes) {
    nlohmann::ordered_json row = ToJson(subject);
    row["bytes_per_object"] = bytes;
    rows_.push_back(std::move(row));
    Print(subject);
    std::printf("%9.1f bytes per object\n", bytes);
  }

  const nlohmann::ordered_json& rows() const { return rows_; }

 private:
  static nlohmann::ordered_json ToJson(const Subject& subject) {
    return {{"graph", subject.graph},
            {"objects", subject.objects},
            {"layout", subject.layout},
            {"measure", subject.measure},
            {"variant", subject.variant}};
  }
  static void Print(const Subject& subject) {
    std::printf("%-15s %9u %-8s %-15s %-22s", subject.graph.c_str(),
                subject.objects, subject.layout.c_str(),
                subject.measure.c_str(), subject.variant.c_str());
  }

  nlohmann::ordered_json rows_ = nlohmann::ordered_json::array();
};

// The machine and the build, without which the numbers mean nothing.
inline nlohmann::ordered_json DescribeMachine() {
  std::string line;
  std::string cpu_model = "unknown";
  std::ifstream cpuinfo("/proc/cpuinfo");
  while (std::getline(cpuinfo, line)) {
    if (line.rfind("model name", 0) != 0) continue;
    cpu_model = line.substr(line.find(':') + 2);
    break;
  }
  std::string huge_pages = "not supported";
  std::ifstream mode("/sys/kernel/mm/transparent_hugepage/enabled");
  if (mode) std::getline(mode, huge_pages);
#ifdef NDEBUG
  const char* const build_type = "optimised, NDEBUG";
#else
  const char* const build_type = "with assertions";
#endif
  return {{"cpu", cpu_model},
          {"cores", std::thread::hardware_concurrency()},
          {"transparent_huge_pages", huge_pages},
          {"build_type", build_type},
          {"compiler", __VERSION__}};
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_MEASURE_H_
