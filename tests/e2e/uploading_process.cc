#include "tests/e2e/uploading_process.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/storage/s3/s3_blob_store.h"
#include "server/storage/snapshot_recording.h"
#include "tests/server/storage/s3/fault_s3_server.h"

namespace heapd::e2e {
namespace {

constexpr int kMaxSnapshots = 1000;
constexpr int kLargePieces = 11;
constexpr size_t kPieceBytes = size_t{1} << 20;

absl::Status Upload(server::SnapshotCatalog& catalog, int number) {
  server::SnapshotOrder order;
  order.heap = "shop";
  order.heap_instance = "1";
  HEAPD_ASSIGN_OR_RETURN(
      const std::unique_ptr<server::SnapshotRecording> recording,
      catalog.Begin(order));
  HEAPD_RETURN_IF_ERROR(recording->Class("A", ""));
  HEAPD_RETURN_IF_ERROR(recording->Node(101, 0, 16));
  const int pieces = number % 3 == 0 ? 1 : kLargePieces;
  for (int i = 0; i < pieces; ++i) {
    std::string piece = absl::StrCat(number, " ", i, " ");
    piece.resize(kPieceBytes, 'x');
    HEAPD_RETURN_IF_ERROR(recording->Write(piece));
  }
  return recording->Finish({1, 1, 1, 16}, absl::ZeroDuration());
}

}  // namespace

std::unique_ptr<server::SnapshotCatalog> OpenUploads(
    const std::string& url, const std::string& state_directory) {
  std::vector<std::unique_ptr<server::BlobStore>> stores;
  stores.push_back(std::make_unique<server::S3BlobStore>(
      server::FaultS3Server::OptionsFor(url), server::TestKeys()));
  auto journal = server::SnapshotJournal::Open(state_directory);
  if (!journal.ok()) return nullptr;
  auto catalog =
      server::SnapshotCatalog::Open(std::move(stores), *std::move(journal), {});
  return catalog.ok() ? *std::move(catalog) : nullptr;
}

int UploadSnapshots(const std::string& url,
                    const std::string& state_directory) {
  const auto catalog = OpenUploads(url, state_directory);
  if (catalog == nullptr) return 2;
  for (int number = 1; number <= kMaxSnapshots; ++number) {
    const absl::Status uploaded = Upload(*catalog, number);
    if (uploaded.ok()) continue;
    std::fprintf(stderr, "%s\n", uploaded.ToString().c_str());
    return 1;
  }
  return 0;
}

int ListUploads(const std::string& url, const std::string& state_directory) {
  const auto catalog = OpenUploads(url, state_directory);
  if (catalog == nullptr || !catalog->AwaitLoaded(absl::Seconds(60))) return 1;
  const server::SnapshotPage page = *catalog->List({}, 1000, "");
  for (const server::SnapshotRecord& record : page.snapshots) {
    std::printf("%s %s\n", record.snapshot.c_str(), record.sha256.c_str());
  }
  return 0;
}

}  // namespace heapd::e2e
