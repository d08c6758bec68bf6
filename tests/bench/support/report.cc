#include "tests/bench/support/report.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <utility>

#include "tests/bench/support/machine.h"
#include "tests/bench/support/measure.h"

namespace heapd::bench {
namespace {

void PrintLabels(const Labels& labels) {
  for (const auto& [name, value] : labels.items()) {
    if (value.is_string()) {
      std::printf("%-21s ", value.get_ref<const std::string&>().c_str());
    } else {
      std::printf("%9s ", value.dump().c_str());
    }
  }
}

}  // namespace

Report::Report(nlohmann::ordered_json settings)
    : document_({{"machine", DescribeMachine()},
                 {"settings", std::move(settings)},
                 {"results", nlohmann::ordered_json::array()},
                 {"targets", nlohmann::ordered_json::array()}}) {
  std::printf("%s\n%s\n", document_["machine"].dump().c_str(),
              document_["settings"].dump().c_str());
}

double Report::AddTimes(const Labels& labels, std::vector<double> seconds,
                        uint64_t operations) {
  const double first = seconds.front();
  const double best = *std::min_element(seconds.begin(), seconds.end());
  const size_t runs = seconds.size();
  const double median = Median(std::move(seconds));
  const double rate = static_cast<double>(operations) / median;
  nlohmann::ordered_json row = labels;
  row["runs"] = runs;
  row["first_ms"] = first * 1e3;
  row["best_ms"] = best * 1e3;
  row["median_ms"] = median * 1e3;
  row["operations_per_second"] = rate;
  document_["results"].push_back(std::move(row));
  PrintLabels(labels);
  std::printf("%9.1f ms median %9.1f best %9.3f M/s\n", median * 1e3,
              best * 1e3, rate * 1e-6);
  std::fflush(stdout);
  return rate;
}

void Report::AddRates(const Labels& labels, const std::vector<double>& rates,
                      const nlohmann::ordered_json& figures) {
  nlohmann::ordered_json row = labels;
  row["runs"] = rates.size();
  row["operations_per_second"] = Median(rates);
  row["lowest_per_second"] = *std::min_element(rates.begin(), rates.end());
  row["highest_per_second"] = *std::max_element(rates.begin(), rates.end());
  row.update(figures);
  PrintLabels(labels);
  std::printf("%8.3f M/s", row["operations_per_second"].get<double>() * 1e-6);
  for (const auto& [name, value] : figures.items()) {
    std::printf("  %s %.3g", name.c_str(), value.get<double>());
  }
  std::printf("\n");
  std::fflush(stdout);
  document_["results"].push_back(std::move(row));
}

void Report::AddFigure(const Labels& labels, const std::string& name,
                       double value, const std::string& unit) {
  nlohmann::ordered_json row = labels;
  row[name] = value;
  row["unit"] = unit;
  document_["results"].push_back(std::move(row));
  PrintLabels(labels);
  std::printf("%9.3g %s (%s)\n", value, unit.c_str(), name.c_str());
  std::fflush(stdout);
}

void Report::AddTargetAtLeast(const std::string& what, double value,
                              double target, const std::string& unit) {
  AddTarget(what, value, target, "at least " + unit, value >= target);
}

void Report::AddTargetAtMost(const std::string& what, double value,
                             double target, const std::string& unit) {
  AddTarget(what, value, target, "at most " + unit, value <= target);
}

void Report::AddTarget(const std::string& what, double value, double target,
                       const std::string& unit, bool met) {
  document_["targets"].push_back({{"what", what},
                                  {"value", value},
                                  {"target", target},
                                  {"unit", unit},
                                  {"met", met}});
  std::printf("target %s: %.3g, asked for %.3g (%s): %s\n", what.c_str(), value,
              target, unit.c_str(), met ? "met" : "MISSED");
  std::fflush(stdout);
}

bool Report::Write(const std::string& path) const {
  if (path.empty()) return true;
  std::ofstream file(path);
  file << document_.dump(2) << '\n';
  if (file.flush()) return true;
  std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return false;
}

}  // namespace heapd::bench
