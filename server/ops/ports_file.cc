#include "server/ops/ports_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::Status WritePortsFile(
    const std::string& path,
    const std::map<std::string, std::vector<std::string>>& addresses) {
  const std::string text = nlohmann::json(addresses).dump(2) + "\n";
  std::string temporary = path + ".XXXXXX";
  const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (descriptor < 0) return Failed(path);
  absl::Cleanup remove = [&temporary] { unlink(temporary.c_str()); };
  const ssize_t written = write(descriptor, text.data(), text.size());
  if (close(descriptor) != 0 || written != static_cast<ssize_t>(text.size()) ||
      rename(temporary.c_str(), path.c_str()) != 0) {
    return Failed(path);
  }
  std::move(remove).Cancel();
  return absl::OkStatus();
}

}  // namespace heapd::server
