#include "server/metrics/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace heapd::server {
namespace {

// The fields of /proc/self/stat behind the name of the program, which may hold
// anything: "state" is the first (see proc(5), where it is number 3).
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return {};
  const size_t name_end = line.rfind(") ");
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(line.substr(name_end + 2), ' ');
}

uint64_t Field(const std::vector<std::string>& fields, size_t number) {
  uint64_t value = 0;
  const size_t index = number - 3;
  if (index < fields.size()) (void)absl::SimpleAtoi(fields[index], &value);
  return value;
}

absl::Duration FromTicks(uint64_t ticks) {
  return absl::Seconds(static_cast<double>(ticks) /
                       static_cast<double>(sysconf(_SC_CLK_TCK)));
}

// When the system began, as the kernel says: the time of day less the time
// since would move with every look.
absl::Time BootTime() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    int64_t seconds = 0;
    if (word == "btime" && file >> seconds)
      return absl::FromUnixSeconds(seconds);
  }
  return absl::UnixEpoch();
}

uint64_t CountDescriptors() {
  std::error_code error;
  uint64_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end;
       !error && it != end; it.increment(error)) {
    ++count;
  }
  // The one that looks is one of them.
  return count > 0 ? count - 1 : 0;
}

}  // namespace

ProcessFigures ReadProcessFigures() {
  const std::vector<std::string> fields = StatFields();
  ProcessFigures figures;
  figures.cpu_time = FromTicks(Field(fields, 14) + Field(fields, 15));
  figures.thread_count = Field(fields, 20);
  figures.start_time = BootTime() + FromTicks(Field(fields, 22));
  figures.virtual_bytes = Field(fields, 23);
  figures.resident_bytes =
      Field(fields, 24) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  figures.open_descriptor_count = CountDescriptors();
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    figures.max_descriptor_count = limit.rlim_cur;
  }
  return figures;
}

}  // namespace heapd::server
