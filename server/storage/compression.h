#ifndef HEAPD_SERVER_STORAGE_COMPRESSION_H_
#define HEAPD_SERVER_STORAGE_COMPRESSION_H_

#include <memory>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// How a snapshot's file is stored.
enum class Compression { kNone, kZstd, kGzip };

// "none", "zstd", "gzip", as manifests name them.
absl::string_view CompressionName(Compression compression);
std::optional<Compression> FindCompression(absl::string_view name);

// What the name of such a file ends in: "", ".zst" or ".gz".
absl::string_view CompressionEnding(Compression compression);

// Compresses data that comes in pieces, with some hundred kilobytes of memory
// for gzip and about one megabyte for zstd. The file has a checksum that
// programs which read it check. Single-threaded.
class Compressor {
 public:
  using Sink = absl::FunctionRef<absl::Status(absl::string_view)>;

  virtual ~Compressor() = default;

  // Takes `data` and gives `sink` what comes out, which may be nothing yet.
  // Fails with what the sink fails with; then only destruction makes sense.
  virtual absl::Status Add(absl::string_view data, Sink sink) = 0;
  // Gives the rest; once, last.
  virtual absl::Status Finish(Sink sink) = 0;
};

// Null for kNone.
std::unique_ptr<Compressor> NewCompressor(Compression compression);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_COMPRESSION_H_
