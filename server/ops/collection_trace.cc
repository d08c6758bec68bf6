#include "server/ops/collection_trace.h"

#include <unistd.h>

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

std::atomic<bool> traces_major{false};
std::atomic<bool> traces_minor{false};

}  // namespace

void InitCollectionTrace(absl::string_view choice) {
  traces_major.store(choice != "none", std::memory_order_relaxed);
  traces_minor.store(choice == "all", std::memory_order_relaxed);
}

void TraceCollection(CollectionKind kind, absl::string_view line) {
  const std::atomic<bool>& asked =
      kind == CollectionKind::kMajor ? traces_major : traces_minor;
  if (!asked.load(std::memory_order_relaxed)) return;
  const std::string text = absl::StrCat(line, "\n");
  // A reader that has gone is no reason to fail.
  const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
  static_cast<void>(written);
}

}  // namespace heapd::server
