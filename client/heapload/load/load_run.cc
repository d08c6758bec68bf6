#include "client/heapload/load/load_run.h"

#include <grpcpp/channel.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "client/heapd/connection.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/machine.h"
#include "client/heapload/load/tally_collector.h"
#include "client/heapload/load/target_heap.h"
#include "client/heapload/load/watchers.h"
#include "client/heapload/load/worker.h"
#include "client/heapload/load/workspace_keeper.h"

namespace heapd::heapload {
namespace {

// Of a call that prepares the run.
constexpr absl::Duration kControlTimeout = absl::Seconds(10);
constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
// From the moment at which everything is prepared: time for threads to start.
constexpr absl::Duration kStartDelay = absl::Milliseconds(50);
constexpr Nanos kPoll = 10'000'000;

// The connections that carry the load.
struct Connections {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<v1::ObjectService::Stub>> stubs;

  // Those that a worker uses: a part of them, or one that it shares.
  std::vector<v1::ObjectService::Stub*> Of(size_t worker,
                                           size_t worker_count) const {
    std::vector<v1::ObjectService::Stub*> own;
    for (size_t i = worker % stubs.size(); i < stubs.size();
         i += worker_count) {
      own.push_back(stubs[i].get());
    }
    return own;
  }
};

absl::StatusOr<Connections> Connect(const LoadOptions& options) {
  Connections connections;
  const auto deadline = absl::ToChronoTime(absl::Now() + kConnectTimeout);
  for (size_t i = 0; i < options.connections; ++i) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        auto channel,
        client::OpenChannel(options.address, options.credentials));
    // The first call must not pay for it.
    channel->GetState(/*try_to_connect=*/true);
    connections.stubs.push_back(v1::ObjectService::NewStub(channel));
    connections.channels.push_back(std::move(channel));
  }
  for (const auto& channel : connections.channels) {
    if (channel->WaitForConnected(deadline)) continue;
    return absl::UnavailableError(
        absl::StrCat("cannot connect to ", options.address));
  }
  return connections;
}

WorkspaceNames NamesFor(ProfileKind kind) {
  switch (kind) {
    case ProfileKind::kChurn:
      return {"ChurnItem", "ChurnEntry", "ChurnTable"};
    case ProfileKind::kCache:
      return {"CacheItem", "CacheEntry", "CacheTable"};
    case ProfileKind::kLeak:
      return {"LeakItem", "LeakedObject", "LeakTable", "heapload leak"};
    case ProfileKind::kGraph:
      return {"GraphItem", "GraphNode", "GraphTable"};
    case ProfileKind::kRequest:
      return {"RequestObject", "RequestResult", "ResultTable"};
  }
  return {};
}

RecorderShape ShapeOf(const LoadOptions& options, const Schedule& schedule) {
  RecorderShape shape;
  shape.interval = absl::ToInt64Nanoseconds(options.interval);
  shape.interval_count = static_cast<size_t>(
      std::ceil(schedule.seconds() / ToSeconds(shape.interval) - 1e-9));
  shape.interval_count = std::max<size_t>(shape.interval_count, 1);
  shape.phase_count = schedule.phase_names().size();
  return shape;
}

WorkerOptions OptionsOf(const LoadOptions& options, const RecorderShape& shape,
                        size_t worker) {
  WorkerOptions result;
  result.shape = shape;
  result.receiver.retry.max_attempts = 1 + options.retries;
  result.receiver.recreate = options.recreate;
  result.sender.heap = options.heap;
  result.sender.deadline = absl::ToInt64Nanoseconds(options.deadline);
  result.sender.worker = worker;
  result.sender.worker_count = options.threads;
  result.sender.retries = options.retries > 0;
  result.sender.recreate = options.recreate;
  // The parts make up the whole exactly.
  result.sender.max_in_flight =
      options.max_in_flight / options.threads +
      (worker < options.max_in_flight % options.threads ? 1 : 0);
  return result;
}

std::string PhaseAt(const std::vector<PhaseSpan>& spans, double seconds) {
  std::string name;
  for (const PhaseSpan& span : spans) {
    if (span.start_seconds <= seconds) name = span.name;
  }
  return name;
}

// What runs while the load is on.
class Load {
 public:
  Load(const LoadOptions& options, const Schedule& schedule,
       const Connections& connections, const std::vector<Workspace>& workspaces,
       WorkspaceKeeper& keeper)
      : options_(options),
        schedule_(schedule),
        shape_(ShapeOf(options, schedule)),
        collector_(shape_, workers_, classes_) {
    for (size_t i = 0; i < options.threads; ++i) {
      ProfileOptions profile_options = options.profile_options;
      profile_options.seed = SeedOf(options.profile_options.seed, i);
      auto profile = NewProfile(options.profile, profile_options);
      profile->Begin(workspaces[i]);
      workers_.push_back(
          std::make_unique<Worker>(OptionsOf(options, shape_, i), clock_,
                                   schedule, connections.Of(i, options.threads),
                                   std::move(profile), keeper, classes_));
    }
  }

  absl::Status Run(Progress& progress, const std::atomic<bool>& stop,
                   RunReport& report) {
    clock_.StartIn(kStartDelay);
    HEAPD_CLIENT_RETURN_IF_ERROR(watchers_.Start(options_, clock_));
    report.started_at = absl::FormatTime(absl::RFC3339_sec, clock_.start(),
                                         absl::UTCTimeZone());
    for (const auto& worker : workers_) worker->Start(stop);
    ShowUntilDone(progress);
    report.interrupted = stop.load();
    report.seconds = report.interrupted ? 0 : schedule_.seconds();
    for (const auto& worker : workers_) {
      worker->Join();
      if (!report.interrupted) continue;
      report.seconds = std::max(report.seconds,
                                ToSeconds(worker->sender().stopped_at() + 1));
    }
    watchers_.Stop(report);
    collector_.Finish(schedule_, report.seconds, report);
    return absl::OkStatus();
  }

 private:
  void ShowUntilDone(Progress& progress) {
    const std::vector<PhaseSpan> spans =
        schedule_.PhaseSpans(schedule_.seconds());
    size_t shown = 0;
    while (!IsDone()) {
      clock_.SleepUntil(clock_.Now() + kPoll);
      const Nanos now = clock_.Now();
      if (now < static_cast<Nanos>(shown + 1) * shape_.interval) continue;
      collector_.CollectIntervals();
      // Skips those that this thread was too slow for.
      shown = static_cast<size_t>(now / shape_.interval);
      if (shown > shape_.interval_count) continue;
      Show(shown - 1, spans, progress);
    }
  }

  void Show(size_t interval, const std::vector<PhaseSpan>& spans,
            Progress& progress) {
    ProgressState state;
    state.interval = collector_.Peek(interval);
    state.at_seconds = state.interval.start_seconds + state.interval.seconds;
    state.of_seconds = schedule_.seconds();
    state.phase = PhaseAt(spans, state.interval.start_seconds);
    watchers_.Describe(state);
    progress.Show(state);
  }

  bool IsDone() const {
    return std::all_of(workers_.begin(), workers_.end(),
                       [](const auto& worker) { return worker->is_done(); });
  }

  const LoadOptions& options_;
  const Schedule& schedule_;
  const RecorderShape shape_;
  RunClock clock_;
  ErrorClasses classes_;
  std::vector<std::unique_ptr<Worker>> workers_;
  TallyCollector collector_;
  Watchers watchers_;
};

}  // namespace

absl::StatusOr<RunReport> RunLoad(const LoadOptions& options,
                                  const Schedule& schedule, Progress& progress,
                                  const std::atomic<bool>& stop) {
  client::ClientOptions client_options;
  client_options.call_timeout = kControlTimeout;
  client::UseCredentials(options.credentials, client_options);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const auto client,
      client::Client::Connect(options.address, client_options));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      TargetHeap heap, TargetHeap::Open(*client, options.heap,
                                        options.limit_bytes, options.keep));
  if (!heap.created() && options.limit_bytes.has_value()) {
    progress.Warn("the heap is there already and keeps its limit");
  }
  RunReport report;
  report.machine = DescribeMachine();
  report.address = options.address;
  report.heap = options.heap;
  report.profile = std::string(ProfileName(options.profile));
  report.schedule = options.schedule;
  report.deadline_seconds = absl::ToDoubleSeconds(options.deadline);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Connections connections,
                                Connect(options));
  {
    WorkspaceKeeperOptions keeping;
    keeping.heap = options.heap;
    keeping.names = NamesFor(options.profile);
    keeping.places = options.profile_options.live;
    keeping.recreate = options.recreate;
    keeping.limit_bytes = options.limit_bytes;
    WorkspaceKeeper keeper(*client, std::move(keeping));
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::vector<Workspace> workspaces,
                                  keeper.Open(options.threads));
    Load load(options, schedule, connections, workspaces, keeper);
    HEAPD_CLIENT_RETURN_IF_ERROR(load.Run(progress, stop, report));
  }
  if (const absl::Status removed = heap.Remove(); !removed.ok()) {
    progress.Warn(absl::StrCat("cannot remove the heap: ",
                               client::DescribeError(removed)));
  }
  return report;
}

}  // namespace heapd::heapload
