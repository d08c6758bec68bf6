#ifndef HEAPD_CLIENT_HEAPCTL_ARGUMENTS_H_
#define HEAPD_CLIENT_HEAPCTL_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/value.h"

namespace heapd::heapctl {

// The first argument of most commands: which heap.
void AddHeapArgument(CLI::App& command, std::string& heap);

// --session ID, or $HEAPD_SESSION.
CLI::Option* AddSessionOption(CLI::App& command, std::string& session);
// None for an empty text. INVALID_ARGUMENT.
absl::StatusOr<client::SessionId> ParseSession(const std::string& session);

// --tag TAG: where what is allocated comes from.
void AddTagOption(CLI::App& command, std::string& tag);

// An option for a size such as 4096 or 64MiB, in bytes.
CLI::Option* AddSizeOption(CLI::App& command, const std::string& name,
                           std::optional<uint64_t>& bytes,
                           const std::string& description);

// How commands describe what names an object.
inline constexpr char kObjectHelp[] =
    "Object: a ref (decimal or 0x...) or root:NAME";
// The object that such a text names; asks the daemon for root:NAME.
absl::StatusOr<client::Ref> ResolveObject(const client::RemoteHeap& heap,
                                          std::string_view text);
// A slot value: null, int:N, or an object, optionally after "strong:" or
// "weak:".
inline constexpr char kValueHelp[] =
    "Value: null, int:N, [strong:|weak:] and an object";
absl::StatusOr<client::Value> ResolveValue(const client::RemoteHeap& heap,
                                           std::string_view text);

// Where a payload comes from: --payload TEXT or --payload-file FILE.
struct PayloadOptions {
  std::string text;
  std::string file;
};
void AddPayloadOptions(CLI::App& command, PayloadOptions& options);
// Reads the file; "-" is stdin. RESOURCE_EXHAUSTED over 64 MiB.
absl::StatusOr<std::string> ReadPayload(const PayloadOptions& options);

// A whole file of at most `max_bytes`; "-" is stdin. NOT_FOUND,
// RESOURCE_EXHAUSTED.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_ARGUMENTS_H_
