#include "client/heapctl/steady_growth.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace heapd::heapctl {

std::vector<SteadyGrowth> FindSteadyGrowth(
    const std::vector<std::vector<v1::ComparisonRow>>& comparisons) {
  // Those that have grown in each state so far.
  std::map<std::string, SteadyGrowth> growing;
  for (size_t state = 0; state < comparisons.size(); ++state) {
    for (const v1::ComparisonRow& row : comparisons[state]) {
      SteadyGrowth& growth = growing[row.class_name()];
      const int64_t before =
          growth.count_deltas.empty() ? 0 : growth.count_deltas.back();
      if (growth.count_deltas.size() != state || row.deleted_count() > 0 ||
          row.count_delta() <= before) {
        continue;
      }
      growth.class_name = row.class_name();
      growth.count_deltas.push_back(row.count_delta());
      growth.size_delta_bytes = row.size_delta_bytes();
    }
  }
  std::vector<SteadyGrowth> steady;
  for (auto& [name, growth] : growing) {
    if (growth.count_deltas.size() == comparisons.size()) {
      steady.push_back(std::move(growth));
    }
  }
  std::sort(steady.begin(), steady.end(),
            [](const SteadyGrowth& a, const SteadyGrowth& b) {
              return std::make_tuple(-a.size_delta_bytes, a.class_name) <
                     std::make_tuple(-b.size_delta_bytes, b.class_name);
            });
  return steady;
}

}  // namespace heapd::heapctl
