#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/commands.h"
#include "client/heapload/record/recording_proxy.h"

namespace heapd::heapload {
namespace {

constexpr char kHelp[] = R"(
Stands between clients and a daemon: give clients the address of --listen, and
every call is passed on as it is. What changes heaps is written to FILE, without
a byte of payloads and without contents of strings: sizes, and hashes with a key
that is never stored. Ends in order at SIGINT, SIGTERM or after --duration.

Example:
  heapload record --listen 127.0.0.1:7800 --out monday.rec --counts
  heapload replay monday.rec --heap-suffix -again --speed max)";

// How often it is looked whether writing still works.
constexpr absl::Duration kWatchInterval = absl::Milliseconds(500);
// How long calls in flight may take when the recording ends.
constexpr absl::Duration kGrace = absl::Seconds(5);

struct RecordOptions {
  std::string listen;
  std::string address = "127.0.0.1:7700";
  std::string file;
  absl::Duration duration = absl::InfiniteDuration();
  std::vector<std::string> heaps;
  bool hash_names = false;
  bool exact = false;
  bool counts = false;
};

// SIGINT and SIGTERM are taken by whoever waits here, and by no handler.
// Threads that are started afterwards do not get them either.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &former_);
  }
  ~StopSignals() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whether one came within that time.
  bool Wait(absl::Duration timeout) const {
    const timespec time = absl::ToTimespec(timeout);
    return sigtimedwait(&signals_, nullptr, &time) > 0;
  }

 private:
  sigset_t signals_;
  sigset_t former_;
};

RecordingProxyOptions ProxyOptions(const RecordOptions& options) {
  RecordingProxyOptions proxy;
  proxy.listen = options.listen;
  proxy.address = options.address;
  proxy.file = options.file;
  proxy.order =
      options.exact ? RelayOrder::kOneAtATime : RelayOrder::kAsTheyCome;
  proxy.recorder.scope.heaps.insert(options.heaps.begin(), options.heaps.end());
  proxy.recorder.scope.names =
      options.hash_names ? RecordedNames::kHash : RecordedNames::kKeep;
  return proxy;
}

// Until a signal comes or the time is over. Says at once when writing fails:
// calls go on all the same, which is what the clients are there for.
void WaitForEnd(const StopSignals& signals, absl::Duration duration,
                const RecordingProxy& proxy, std::ostream& err) {
  const absl::Time end = absl::Now() + duration;
  bool said = false;
  while (true) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    if (signals.Wait(std::min(left, kWatchInterval))) return;
    const absl::Status status = proxy.progress().status;
    if (status.ok() || said) continue;
    said = true;
    err << "heapload: " << status.message()
        << "; calls are passed on and no longer recorded" << std::endl;
  }
}

void PrintCounts(const std::vector<recording::HeapCounts>& counts,
                 std::ostream& out) {
  for (const recording::HeapCounts& heap : counts) {
    out << absl::StreamFormat("%s: %d objects live, %d bytes\n", heap.heap(),
                              heap.object_count(), heap.used_bytes());
  }
}

absl::StatusOr<ExitCode> Record(const GlobalOptions& global,
                                const RecordOptions& options) {
  const StopSignals signals;
  RecordingProxyOptions proxy_options = ProxyOptions(options);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(proxy_options.credentials,
                                client::ReadCredentials(global.credentials));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const std::unique_ptr<RecordingProxy> proxy,
      RecordingProxy::Start(std::move(proxy_options)));
  *global.err << "recording what passes " << proxy->address() << " to "
              << options.file << std::endl;
  WaitForEnd(signals, options.duration, *proxy, *global.err);
  const absl::Status status = proxy->Stop(
      kGrace, options.counts ? RecordingProxy::Counts::kCollectAndCount
                             : RecordingProxy::Counts::kNone);
  const CallRecorder::Progress progress = proxy->progress();
  *global.out << absl::StreamFormat(
      "%d calls passed, %d entries recorded, %d left out, %d bytes\n",
      progress.calls, progress.entries, progress.left_out, progress.file_bytes);
  PrintCounts(proxy->counts(), *global.out);
  if (!status.ok()) return status;
  return kOk;
}

}  // namespace

void AddRecordCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command =
      *app.add_subcommand("record", "Record the calls of clients, as a proxy");
  command.footer(kHelp);
  auto options = std::make_shared<RecordOptions>();
  command
      .add_option("--listen", options->listen,
                  "Where clients connect: 127.0.0.1:PORT or unix:/PATH")
      ->required();
  command.add_option("--address", options->address, "The daemon's data plane")
      ->capture_default_str();
  command
      .add_option("--out", options->file,
                  "The recording; never overwrites a file")
      ->required();
  AddDurationOption(command, "--duration", options->duration,
                    "End after this time; else at SIGINT or SIGTERM");
  command.add_option("--heap", options->heaps,
                     "Record only these heaps; all calls are passed on");
  command.add_flag("--hash-names", options->hash_names,
                   "Hash the names of roots, types and slots too");
  command.add_flag("--exact", options->exact,
                   "Pass one changing call of a heap at a time, so that the "
                   "order of all is known");
  command.add_flag("--counts", options->counts,
                   "Collect and count at the end, for replays to compare with");
  SetRun(command, global,
         [&global, options] { return Record(global, *options); });
}

}  // namespace heapd::heapload
