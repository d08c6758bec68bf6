#include "absl/strings/escaping.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/sha256.h"
#include "openssl/rand.h"

namespace heapd::heapctl {
namespace {

constexpr size_t kTokenBytes = 32;

absl::Status NewToken(const GlobalOptions& global) {
  unsigned char bytes[kTokenBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    return absl::InternalError("the system has no randomness");
  }
  const std::string token = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
  const std::string hash = client::Sha256Hex(token);
  if (global.output == OutputFormat::kJson) {
    PrintRecord(global, Json{{"token", token}, {"sha256", hash}});
  } else {
    *global.out << "token: " << token << "\nsha256: " << hash << '\n';
  }
  return absl::OkStatus();
}

}  // namespace

void AddTokenCommands(CLI::App& app, GlobalOptions& global) {
  CLI::App& group = *app.add_subcommand("token", "Make bearer tokens");
  group.require_subcommand(1);
  CLI::App& command =
      *group.add_subcommand("new", "Print a new random token and its SHA-256");
  command.footer(
      "The SHA-256 (of the 64 characters of the token) goes into the daemon's "
      "configuration,\nthe token into a file that only its user can read, for "
      "--token-file. Asks no daemon.");
  SetRun(command, global, [&global] { return NewToken(global); });
}

}  // namespace heapd::heapctl
