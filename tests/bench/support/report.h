#ifndef HEAPD_TESTS_BENCH_SUPPORT_REPORT_H_
#define HEAPD_TESTS_BENCH_SUPPORT_REPORT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace heapd::bench {

// What one measurement is of: texts and numbers by name, shown in this order.
using Labels = nlohmann::ordered_json;

// Collects what a benchmark measures, prints a line for each figure as it
// comes, and writes all of them as JSON.
//
// Single-threaded.
class Report {
 public:
  // `settings` is how the benchmark was called. Prints it and the machine.
  explicit Report(nlohmann::ordered_json settings);

  // `seconds` holds the time of each run, in their order, for `operations`
  // operations each. Returns the median's rate, in operations a second.
  double AddTimes(const Labels& labels, std::vector<double> seconds,
                  uint64_t operations);

  // Rates of each run, in operations a second, and further figures beside them.
  void AddRates(const Labels& labels, const std::vector<double>& rates,
                const nlohmann::ordered_json& figures);

  // A figure that is no rate; `unit` is a word such as bytes.
  void AddFigure(const Labels& labels, const std::string& name, double value,
                 const std::string& unit);

  // A figure that is asked to be at least (at most) so much.
  void AddTargetAtLeast(const std::string& what, double value, double target,
                        const std::string& unit);
  void AddTargetAtMost(const std::string& what, double value, double target,
                       const std::string& unit);

  // False, and a message on stderr, when the file cannot be written. Does
  // nothing without a path.
  bool Write(const std::string& path) const;

 private:
  void AddTarget(const std::string& what, double value, double target,
                 const std::string& unit, bool met);

  nlohmann::ordered_json document_;
};

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_REPORT_H_
