#include "server/ops/cgroup.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace heapd::server {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

std::vector<std::string> ReadLines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// A mounted control group hierarchy that can limit what a controller ("memory",
// "cpu") is for.
struct Hierarchy {
  bool version_2 = false;
  std::string mounted;      // the group that is seen at `mount_point`
  std::string mount_point;  // for example "/sys/fs/cgroup/memory"
};

bool HasController(absl::string_view list, absl::string_view controller) {
  const std::vector<absl::string_view> names = absl::StrSplit(list, ',');
  return std::find(names.begin(), names.end(), controller) != names.end();
}

// Lines of mountinfo: "id parent device root mount-point options [tags] - type
// source super-options".
std::vector<Hierarchy> ReadHierarchies(const std::string& root,
                                       absl::string_view controller) {
  std::vector<Hierarchy> hierarchies;
  for (const std::string& line :
       ReadLines(absl::StrCat(root, "/proc/self/mountinfo"))) {
    const std::vector<std::string> halves =
        absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    const std::vector<std::string> mount = absl::StrSplit(halves[0], ' ');
    if (halves.size() != 2 || mount.size() < 5) continue;
    const std::vector<std::string> type = absl::StrSplit(halves[1], ' ');
    const bool version_2 = type[0] == "cgroup2";
    if (version_2 ||
        (type[0] == "cgroup" && HasController(type.back(), controller))) {
      hierarchies.push_back({version_2, mount[3], mount[4]});
    }
  }
  return hierarchies;
}

// Lines of /proc/self/cgroup: "id:controllers:path"; version 2 has the id 0 and
// no controllers.
std::optional<std::string> GroupPath(const std::string& root, bool version_2,
                                     absl::string_view controller) {
  for (const std::string& line :
       ReadLines(absl::StrCat(root, "/proc/self/cgroup"))) {
    const std::vector<std::string> fields =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    if (version_2 ? fields[0] == "0" && fields[1].empty()
                  : HasController(fields[1], controller)) {
      return fields[2];
    }
  }
  return std::nullopt;
}

uint64_t ReadLimit(const std::string& path) {
  const std::vector<std::string> lines = ReadLines(path);
  uint64_t bytes = 0;
  // "max", and whatever else is no number, limits nothing; version 1 writes
  // "no limit" as a number near 2^63, which is never the smallest.
  if (lines.empty() || !absl::SimpleAtoi(lines[0], &bytes)) return kNoLimit;
  return bytes;
}

// The folders of the process's group and of its ancestors, up to the mounted
// one.
std::vector<std::string> GroupFolders(const std::string& root,
                                      const Hierarchy& hierarchy,
                                      absl::string_view controller) {
  const std::optional<std::string> group =
      GroupPath(root, hierarchy.version_2, controller);
  if (!group.has_value()) return {};
  // A container sees its own group mounted; its path is then relative to that.
  std::string path = *group;
  if (hierarchy.mounted != "/") {
    path = absl::StartsWith(path, hierarchy.mounted)
               ? path.substr(hierarchy.mounted.size())
               : "/";
  }
  std::vector<std::string> folders;
  for (;;) {
    if (path == "/") path.clear();
    folders.push_back(absl::StrCat(root, hierarchy.mount_point, path));
    if (path.empty()) return folders;
    path.resize(std::min(path.size(), path.rfind('/')));
  }
}

uint64_t ReadMemoryLimit(const std::string& folder, bool version_2) {
  return ReadLimit(absl::StrCat(
      folder, version_2 ? "/memory.max" : "/memory.limit_in_bytes"));
}

// Whole cores that a quota of processor time is, rounded up. Version 2 has
// quota and period in one line, both in microseconds.
uint64_t ReadCoreLimit(const std::string& folder, bool version_2) {
  const std::vector<std::string> lines = ReadLines(
      absl::StrCat(folder, version_2 ? "/cpu.max" : "/cpu.cfs_quota_us"));
  if (lines.empty()) return kNoLimit;
  const std::vector<std::string> words = absl::StrSplit(lines[0], ' ');
  uint64_t quota = 0;  // "max" in version 2 and -1 in version 1 limit nothing
  if (!absl::SimpleAtoi(words[0], &quota)) return kNoLimit;
  uint64_t period = 0;
  if (version_2) {
    if (words.size() < 2 || !absl::SimpleAtoi(words[1], &period)) {
      return kNoLimit;
    }
  } else {
    period = ReadLimit(absl::StrCat(folder, "/cpu.cfs_period_us"));
  }
  if (period == 0 || period == kNoLimit) return kNoLimit;
  return std::max<uint64_t>(1, quota / period + (quota % period != 0 ? 1 : 0));
}

using ReadGroupLimit = uint64_t (*)(const std::string& folder, bool version_2);

// The smallest limit of `controller` on the process; kNoLimit for none.
uint64_t SmallestLimit(const std::string& root, absl::string_view controller,
                       ReadGroupLimit read) {
  uint64_t smallest = kNoLimit;
  for (const Hierarchy& hierarchy : ReadHierarchies(root, controller)) {
    for (const std::string& folder :
         GroupFolders(root, hierarchy, controller)) {
      smallest = std::min(smallest, read(folder, hierarchy.version_2));
    }
  }
  return smallest;
}

uint64_t PhysicalBytes(const std::string& root) {
  for (const std::string& line :
       ReadLines(absl::StrCat(root, "/proc/meminfo"))) {
    const std::vector<std::string> fields =
        absl::StrSplit(line, ' ', absl::SkipEmpty());
    uint64_t kibibytes = 0;
    if (fields.size() >= 2 && fields[0] == "MemTotal:" &&
        absl::SimpleAtoi(fields[1], &kibibytes)) {
      return kibibytes * 1024;
    }
  }
  // A service manager may have hidden the file (ProcSubset=pid); the system
  // call says the same.
  struct sysinfo machine;
  if (!root.empty() || sysinfo(&machine) != 0) return kNoLimit;
  return uint64_t{machine.totalram} * machine.mem_unit;
}

}  // namespace

uint64_t UsableMemoryBytes(const std::string& root) {
  const uint64_t usable = std::min(
      PhysicalBytes(root), SmallestLimit(root, "memory", &ReadMemoryLimit));
  return usable == kNoLimit ? 0 : usable;
}

int UsableCores(int cores, const std::string& root) {
  const uint64_t limit = SmallestLimit(root, "cpu", &ReadCoreLimit);
  return std::max(1, static_cast<int>(std::min<uint64_t>(
                         static_cast<uint64_t>(std::max(cores, 1)), limit)));
}

}  // namespace heapd::server
