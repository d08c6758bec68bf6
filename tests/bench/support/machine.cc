#include "tests/bench/support/machine.h"

#include <malloc.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace heapd::bench {
namespace {

// What follows `key` and a colon on a line of its own in a file of /proc.
std::string ProcField(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(key, 0) != 0) continue;
    const size_t value = line.find_first_not_of(" \t", line.find(':') + 1);
    if (value != std::string::npos) return line.substr(value);
  }
  return "unknown";
}

std::string FirstLine(const char* path, const char* otherwise) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? line : otherwise;
}

}  // namespace

nlohmann::ordered_json DescribeMachine() {
  utsname system = {};
  uname(&system);
  double load = 0;
  getloadavg(&load, 1);
  return {{"cpu", ProcField("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"memory", ProcField("/proc/meminfo", "MemTotal")},
          {"load_average_1_minute", load},
          {"kernel", system.release},
          {"transparent_huge_pages",
           FirstLine("/sys/kernel/mm/transparent_hugepage/enabled",
                     "not supported")},
          {"build_type", HEAPD_BUILD_TYPE},
          {"compiler", __VERSION__}};
}

uint64_t ResidentBytes() {
  // What free() has kept back is no part of anything measured.
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  uint64_t mapped_pages = 0;
  uint64_t resident_pages = 0;
  statm >> mapped_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

uint64_t PeakResidentBytes() {
  // In kilobytes: "1234 kB".
  const std::string field = ProcField("/proc/self/status", "VmHWM");
  return std::strtoull(field.c_str(), nullptr, 10) * 1024;
}

void ResetPeakResidentBytes() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace heapd::bench
