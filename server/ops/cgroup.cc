#include "server/ops/cgroup.h"

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

// A mounted control group hierarchy that can limit memory.
struct Hierarchy {
  bool version_2 = false;
  std::string mounted;      // the group that is seen at `mount_point`
  std::string mount_point;  // for example "/sys/fs/cgroup/memory"
};

// Lines of mountinfo: "id parent device root mount-point options [tags] - type
// source super-options".
std::vector<Hierarchy> ReadHierarchies(const std::string& root) {
  std::vector<Hierarchy> hierarchies;
  for (const std::string& line :
       ReadLines(absl::StrCat(root, "/proc/self/mountinfo"))) {
    const std::vector<std::string> halves =
        absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    const std::vector<std::string> mount = absl::StrSplit(halves[0], ' ');
    if (halves.size() != 2 || mount.size() < 5) continue;
    const std::vector<std::string> type = absl::StrSplit(halves[1], ' ');
    const std::vector<std::string> options = absl::StrSplit(type.back(), ',');
    const bool version_2 = type[0] == "cgroup2";
    const bool memory =
        std::find(options.begin(), options.end(), "memory") != options.end();
    if (version_2 || (type[0] == "cgroup" && memory)) {
      hierarchies.push_back({version_2, mount[3], mount[4]});
    }
  }
  return hierarchies;
}

// Lines of /proc/self/cgroup: "id:controllers:path"; version 2 has the id 0 and
// no controllers.
std::optional<std::string> GroupPath(const std::string& root, bool version_2) {
  for (const std::string& line :
       ReadLines(absl::StrCat(root, "/proc/self/cgroup"))) {
    const std::vector<std::string> fields =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(fields[1], ',');
    const bool memory = std::find(controllers.begin(), controllers.end(),
                                  "memory") != controllers.end();
    if (version_2 ? fields[0] == "0" && fields[1].empty() : memory) {
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

// The smallest limit from the process's group up to the mounted one.
uint64_t SmallestLimit(const std::string& root, const Hierarchy& hierarchy) {
  const std::optional<std::string> group = GroupPath(root, hierarchy.version_2);
  if (!group.has_value()) return kNoLimit;
  // A container sees its own group mounted; its path is then relative to that.
  std::string path = *group;
  if (hierarchy.mounted != "/") {
    path = absl::StartsWith(path, hierarchy.mounted)
               ? path.substr(hierarchy.mounted.size())
               : "/";
  }
  const absl::string_view file =
      hierarchy.version_2 ? "/memory.max" : "/memory.limit_in_bytes";
  uint64_t smallest = kNoLimit;
  for (;;) {
    if (path == "/") path.clear();
    smallest = std::min(
        smallest,
        ReadLimit(absl::StrCat(root, hierarchy.mount_point, path, file)));
    if (path.empty()) return smallest;
    path.resize(std::min(path.size(), path.rfind('/')));
  }
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
  return kNoLimit;
}

}  // namespace

uint64_t UsableMemoryBytes(const std::string& root) {
  uint64_t smallest = PhysicalBytes(root);
  for (const Hierarchy& hierarchy : ReadHierarchies(root)) {
    smallest = std::min(smallest, SmallestLimit(root, hierarchy));
  }
  return smallest == kNoLimit ? 0 : smallest;
}

}  // namespace heapd::server
