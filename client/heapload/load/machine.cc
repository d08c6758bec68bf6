#include "client/heapload/load/machine.h"

#include <fstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace heapd::heapload {
namespace {

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, "model name")) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return "unknown processor";
}

}  // namespace

std::string DescribeMachine() {
  const unsigned cores = std::thread::hardware_concurrency();
  return absl::StrCat(ProcessorName(), ", ", cores,
                      cores == 1 ? " core" : " cores");
}

}  // namespace heapd::heapload
