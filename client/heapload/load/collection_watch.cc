#include "client/heapload/load/collection_watch.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "client/heapd/connection.h"
#include "client/heapd/heap_metadata.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

constexpr absl::Duration kReconnectDelay = absl::Milliseconds(250);

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) +
         static_cast<double>(duration.nanos()) * 1e-9;
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

// "new_space_full".
std::string ReasonName(v1::CollectionReason reason) {
  const std::string& name = v1::CollectionReason_Name(reason);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "COLLECTION_REASON_"));
}

// From its begin to its end, calls beside it included.
double LengthOf(const v1::Collection& collection) {
  return collection.kind() == v1::COLLECTION_KIND_MINOR
             ? Seconds(collection.pause_duration())
             : Seconds(collection.mark_duration()) +
                   Seconds(collection.clear_weak_duration()) +
                   Seconds(collection.sweep_duration());
}

}  // namespace

absl::StatusOr<std::unique_ptr<CollectionWatch>> CollectionWatch::Start(
    const std::string& address, const client::Credentials& credentials,
    std::string heap, const RunClock& clock) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(auto channel,
                                client::OpenChannel(address, credentials));
  std::unique_ptr<CollectionWatch> watch(
      new CollectionWatch(std::move(channel), std::move(heap), clock));
  watch->thread_ = std::thread([raw = watch.get()] { raw->Run(); });
  return watch;
}

CollectionWatch::CollectionWatch(std::shared_ptr<grpc::Channel> channel,
                                 std::string heap, const RunClock& clock)
    : channel_(std::move(channel)),
      stub_(v1::CollectorService::NewStub(channel_)),
      heap_(std::move(heap)),
      clock_(clock) {}

CollectionWatch::~CollectionWatch() { EndThread(); }

CollectionWatch::Result CollectionWatch::Stop() {
  EndThread();
  absl::MutexLock lock(&mu_);
  return std::move(result_);
}

void CollectionWatch::EndThread() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

void CollectionWatch::Run() {
  while (true) {
    Watch();
    absl::MutexLock lock(&mu_);
    if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), kReconnectDelay)) {
      return;
    }
  }
}

void CollectionWatch::Watch() {
  grpc::ClientContext context;
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) return;
    context_ = &context;
  }
  client::NameHeap(heap_, context);
  v1::WatchCollectionsRequest request;
  request.set_heap(heap_);
  const auto reader = stub_->WatchCollections(&context, request);
  v1::WatchCollectionsResponse response;
  while (reader->Read(&response)) Add(response.collection());
  const grpc::Status status = reader->Finish();
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  result_.watched =
      stopping_ && status.error_code() == grpc::StatusCode::CANCELLED;
}

void CollectionWatch::Add(const v1::Collection& collection) {
  const uint64_t former = std::exchange(last_sequence_, collection.sequence());
  const absl::Time start = ToTime(collection.start_time());
  CollectionMark mark;
  mark.seconds = LengthOf(collection);
  mark.end_seconds =
      ToSeconds(clock_.FromWall(start + absl::Seconds(mark.seconds)));
  if (mark.end_seconds < 0) return;  // before the run
  mark.longest_pause_seconds = Seconds(collection.longest_pause_duration());
  mark.major = collection.kind() == v1::COLLECTION_KIND_MAJOR;
  mark.reason = ReasonName(collection.reason());
  mark.used_bytes_before = collection.used_bytes_before();
  mark.used_bytes_after = collection.used_bytes_after();
  absl::MutexLock lock(&mu_);
  // Numbers begin again when the heap was made anew.
  if (former > 0 && collection.sequence() > former) {
    result_.missed += collection.sequence() - former - 1;
  }
  result_.collections.push_back(std::move(mark));
}

}  // namespace heapd::heapload
