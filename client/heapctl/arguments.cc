#include "client/heapctl/arguments.h"

#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"

namespace heapd::heapctl {
namespace {

constexpr size_t kMaxPayloadBytes = size_t{64} << 20;
constexpr std::string_view kRootPrefix = "root:";

}  // namespace

void AddHeapArgument(CLI::App& command, std::string& heap) {
  command.add_option("HEAP", heap, "Id of the heap")->required();
}

CLI::Option* AddSessionOption(CLI::App& command, std::string& session) {
  return command
      .add_option("--session", session, "Session, as session open prints it")
      ->envname("HEAPD_SESSION")
      ->type_name("ID");
}

absl::StatusOr<client::SessionId> ParseSession(const std::string& session) {
  if (session.empty()) return client::SessionId();
  return client::SessionId::Parse(session);
}

void AddTagOption(CLI::App& command, std::string& tag) {
  command
      .add_option("--tag", tag,
                  "Where what is allocated comes from, such as a route; "
                  "analyses, comparisons and leak verdicts show it")
      ->type_name("TAG");
}

CLI::Option* AddSizeOption(CLI::App& command, const std::string& name,
                           std::optional<uint64_t>& bytes,
                           const std::string& description) {
  // MB is 1,000,000 bytes and MiB is 1,048,576.
  return command.add_option(name, bytes, description)
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true))
      ->type_name("SIZE");
}

absl::StatusOr<client::Ref> ResolveObject(const client::RemoteHeap& heap,
                                          std::string_view text) {
  if (text.starts_with(kRootPrefix)) {
    return heap.GetRoot(text.substr(kRootPrefix.size()));
  }
  return client::Ref::Parse(text);
}

absl::StatusOr<client::Value> ResolveValue(const client::RemoteHeap& heap,
                                           std::string_view text) {
  constexpr std::string_view kStrongPrefix = "strong:";
  constexpr std::string_view kWeakPrefix = "weak:";
  if (text == "null" || text.starts_with("int:")) {
    return client::Value::Parse(text);
  }
  const bool weak = text.starts_with(kWeakPrefix);
  if (weak) text.remove_prefix(kWeakPrefix.size());
  if (text.starts_with(kStrongPrefix)) {
    text.remove_prefix(kStrongPrefix.size());
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Ref ref,
                                ResolveObject(heap, text));
  return weak ? client::Value::Weak(ref) : client::Value::Strong(ref);
}

void AddPayloadOptions(CLI::App& command, PayloadOptions& options) {
  CLI::Option* const text =
      command.add_option("--payload", options.text, "The bytes themselves")
          ->type_name("TEXT");
  command
      .add_option("--payload-file", options.file,
                  "A file that has the bytes; - is stdin")
      ->type_name("FILE")
      ->excludes(text);
}

absl::StatusOr<std::string> ReadPayload(const PayloadOptions& options) {
  if (options.file.empty()) return options.text;
  return ReadFile(options.file, kMaxPayloadBytes);
}

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     size_t max_bytes) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return absl::NotFoundError(absl::StrCat("cannot open ", path));
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string bytes;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof(buffer)) || in.gcount() > 0) {
    bytes.append(buffer, static_cast<size_t>(in.gcount()));
    if (bytes.size() > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, " has more than ", max_bytes, " bytes"));
    }
  }
  if (in.bad()) return absl::DataLossError(absl::StrCat("cannot read ", path));
  return bytes;
}

}  // namespace heapd::heapctl
