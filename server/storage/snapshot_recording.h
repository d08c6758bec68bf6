#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_RECORDING_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_RECORDING_H_

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "heap/snapshot/snapshot_sink.h"
#include "server/storage/blob_store.h"
#include "server/storage/compression.h"
#include "server/storage/node_index.h"
#include "server/storage/progress_meter.h"
#include "server/storage/sha256.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// One snapshot on its way into the store: the sink that the engine writes to.
// Made by SnapshotCatalog::Begin(). Then Progress(), Write(), Class() and
// Node() as the engine calls them, then Finish() or Fail(); destruction without
// either is Fail(). Until Finish() has returned OK nothing can be seen in the
// store, and after Fail() nothing stays there. Single-threaded.
class SnapshotRecording final : public SnapshotSink {
 public:
  ~SnapshotRecording() override;
  SnapshotRecording(const SnapshotRecording&) = delete;
  SnapshotRecording& operator=(const SnapshotRecording&) = delete;

  // As it was published last.
  const SnapshotRecord& record() const { return record_; }

  // Requested when somebody cancels the snapshot or the catalog is closed: what
  // is called here then ends with CANCELLED, also what waits for a network.
  const std::stop_token& stop() const { return stop_; }

  // RESOURCE_EXHAUSTED (STORAGE_FULL) below the floor of free disk too.
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Node(uint32_t snapshot_id, uint32_t class_number,
                    uint64_t self_size) override;
  absl::Status Class(absl::string_view name, absl::string_view tag) override;

  void Progress(SnapshotStage stage, uint64_t done, uint64_t total) override;

  // Stores the snapshot; it is READY when this returns OK, and as after Fail()
  // otherwise.
  absl::Status Finish(const SnapshotSummary& summary,
                      absl::Duration pause_duration);

  // Gives up: the snapshot is CANCELLED if somebody cancelled it, and otherwise
  // FAILED, and `why` is shown to callers.
  void Fail(const absl::Status& why);

 private:
  friend class SnapshotCatalog;

  // `store` is the catalog's, of record.storage.
  SnapshotRecording(SnapshotCatalog* catalog, BlobStore* store,
                    const SnapshotRecord& record, std::stop_token stop)
      : catalog_(catalog),
        store_(store),
        stop_(std::move(stop)),
        record_(record),
        compressor_(NewCompressor(record.compression)) {}

  absl::Status Open();
  // CANCELLED once stop() is requested.
  absl::Status CheckGoesOn() const;
  // Tells everybody how far it is.
  void Publish();
  // Takes bytes as they are stored.
  absl::Status WriteStored(absl::string_view bytes);
  absl::Status Store();
  absl::Status StoreIndex();
  absl::Status StoreManifest();
  // Leaves nothing in the store, and no note in the journal if that is so.
  void Discard();
  // Ends the state WRITING.
  void End(SnapshotState state);

  SnapshotCatalog* const catalog_;
  BlobStore* const store_;
  const std::stop_token stop_;
  SnapshotRecord record_;
  const std::unique_ptr<Compressor> compressor_;  // null: there is none
  std::unique_ptr<BlobWriter> file_;
  Sha256 sum_;
  NodeIndexBuilder index_;
  ProgressMeter progress_;
  uint64_t next_disk_check_bytes_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_RECORDING_H_
