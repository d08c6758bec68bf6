#ifndef HEAPD_SERVER_OPS_COMMAND_LINE_H_
#define HEAPD_SERVER_OPS_COMMAND_LINE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/ops/address.h"
#include "server/ops/config.h"

namespace heapd::server {

// What one start of heapd is asked to do.
struct Invocation {
  // Text to print instead of running (--help, --version, --print-config).
  std::optional<std::string> print;
  // Complete: file, then flags, then computed defaults; checked.
  Config config;
  // Where to write the addresses that were bound, or empty.
  std::string ports_file;
  // Where listeners without TLS may be reached from. No key of the
  // configuration: whoever wants it shall see it in the list of processes.
  Reach plaintext_reach = Reach::kThisMachine;
};

// Reads the command line and the files that it names. `usable_memory_bytes` and
// `cores` are the machine's, for computed defaults. INVALID_ARGUMENT has one
// line for the user.
absl::StatusOr<Invocation> ParseCommandLine(int argc, const char* const* argv,
                                            uint64_t usable_memory_bytes,
                                            int cores);

// `config` as a YAML file that ReadConfigFile() reads back, with every key and
// its meaning.
std::string PrintConfig(const Config& config);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_COMMAND_LINE_H_
