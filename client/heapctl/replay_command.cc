#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "client/heapctl/import_command.h"
#include "client/heapctl/leak_report.h"
#include "client/heapctl/steady_growth.h"
#include "client/heapd/snapshots.h"
#include "client/heapd/status_macros.h"
#include "client/import/v8_roots.h"

namespace heapd::heapctl {
namespace {

using ::heapd::importer::HeapImporter;
using ::heapd::importer::ImportSummary;

// What a snapshot's label may have, in bytes.
constexpr size_t kMaxLabelBytes = 256;

constexpr char kReplayHelp[] = R"(
Builds the first snapshot in the heap as `import` does, then changes the heap in
place into each of the next ones: V8's node ids say which objects are the same,
and those keep their refs. After each one it collects, takes a snapshot of the
heap, and at the end compares the first of them with each of the others. Needs
the operations address and a token, as `snapshot` does.

With --steps it gets from one state to the next bit by bit, evenly, and collects
after each step, as if the program were running: then the heap's leak verdict
(heapctl gc leak) has something to go by.

Example:
  heapctl replay 1.heapsnapshot 2.heapsnapshot --heap app --create \
      --token-file token)";

struct ReplayOptions {
  ImportTarget target;
  std::vector<std::string> files;
  size_t top = 20;
  bool include_strings = false;
  uint32_t step_count = 1;
  absl::Duration step_pause;
  absl::Duration snapshot_timeout = absl::Minutes(10);
};

// One file, and the snapshot of the heap after it.
struct State {
  std::string file;
  ImportSummary summary;
  v1::Snapshot snapshot;
};

class Replay {
 public:
  Replay(const GlobalOptions& global, const ReplayOptions& options,
         client::Client& client, client::SnapshotClient& snapshots,
         const client::Session& session)
      : global_(global),
        options_(options),
        client_(client),
        snapshots_(snapshots),
        importer_(session) {}

  absl::Status Run() {
    for (const std::string& file : options_.files) {
      HEAPD_CLIENT_ASSIGN_OR_RETURN(State state, LoadState(file));
      PrintState(state);
      states_.push_back(std::move(state));
    }
    Json comparisons = Json::array();
    std::vector<std::vector<v1::ComparisonRow>> all_rows;
    for (size_t i = 1; i < states_.size(); ++i) {
      HEAPD_CLIENT_ASSIGN_OR_RETURN(
          const auto comparison,
          snapshots_.Compare(states_[0].snapshot.snapshot(),
                             states_[i].snapshot.snapshot()));
      const std::vector<v1::ComparisonRow> rows(comparison.rows().begin(),
                                                comparison.rows().end());
      PrintComparison(states_[i], rows);
      all_rows.push_back(rows);
      comparisons.push_back({{"base_file", states_[0].file},
                             {"file", states_[i].file},
                             {"rows", ToJsonRows(rows)}});
    }
    PrintSteadyGrowth(FindSteadyGrowth(all_rows));
    return PrintEnd(std::move(comparisons));
  }

 private:
  absl::StatusOr<State> LoadState(const std::string& file) {
    State state;
    state.file = file;
    // The first one is where the program is found.
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        state.summary,
        importer_.LoadInSteps(file, states_.empty() ? 1 : options_.step_count,
                              [this] { return EndStep(); }));
    // What the file has no more shall not count as the heap's size either.
    HEAPD_CLIENT_RETURN_IF_ERROR(
        client_.Collect(options_.target.heap).status());
    const std::string name = std::filesystem::path(file).filename().string();
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        const v1::Snapshot started,
        snapshots_.Create(
            options_.target.heap,
            {.label = std::string(importer::CutText(name, kMaxLabelBytes)),
             .include_strings = options_.include_strings}));
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        state.snapshot, snapshots_.WaitUntilReady(started.snapshot(),
                                                  options_.snapshot_timeout));
    return state;
  }

  absl::Status EndStep() {
    absl::SleepFor(options_.step_pause);
    return client_.Collect(options_.target.heap).status();
  }

  void PrintState(const State& state) const {
    const ImportSummary& summary = state.summary;
    PrintNote(
        global_,
        absl::StrFormat(
            "%s\n  %d nodes, %d edges; %d objects kept, %d new, %d gone; "
            "%d types, %d roots; %d batches, %.2f s\n"
            "  snapshot %s: %d nodes, %d edges, %s",
            state.file, summary.node_count, summary.edge_count,
            summary.kept_count, summary.added_count, summary.removed_count,
            summary.type_count, summary.root_count, summary.batch_count,
            absl::ToDoubleSeconds(summary.read_duration +
                                  summary.write_duration),
            state.snapshot.snapshot(), state.snapshot.node_count(),
            state.snapshot.edge_count(),
            HumanBytes(static_cast<int64_t>(state.snapshot.size_bytes()))));
  }

  void PrintComparison(const State& state,
                       const std::vector<v1::ComparisonRow>& rows) const {
    if (global_.output != OutputFormat::kTable) return;
    const size_t shown = std::min(rows.size(), options_.top);
    PrintNote(global_,
              absl::StrCat("\n", states_[0].file, " -> ", state.file, ", ",
                           shown, " of ", rows.size(), " classes"));
    const std::vector<v1::ComparisonRow> top(
        rows.begin(), rows.begin() + static_cast<ptrdiff_t>(shown));
    PrintRows(global_, ToJsonRows(top),
              {{"class_name", "CLASS"},
               {"new_count", "NEW", Format::kNumber},
               {"deleted_count", "DELETED", Format::kNumber},
               {"count_delta", "DELTA", Format::kDelta},
               {"allocated_bytes", "ALLOCATED", Format::kBytes},
               {"freed_bytes", "FREED", Format::kBytes},
               {"size_delta_bytes", "SIZE DELTA", Format::kBytes}});
  }

  void PrintSteadyGrowth(const std::vector<SteadyGrowth>& steady) const {
    if (global_.output != OutputFormat::kTable || steady.empty()) return;
    PrintNote(global_,
              "\nLargest growth among classes that grew in every state and of "
              "which nothing was freed:");
    Json rows = Json::array();
    for (const SteadyGrowth& growth : steady) {
      if (rows.size() == options_.top) break;
      Json row = {{"class_name", growth.class_name},
                  {"size_delta_bytes", growth.size_delta_bytes}};
      for (size_t i = 0; i < growth.count_deltas.size(); ++i) {
        row[absl::StrCat("delta_", i + 2)] = growth.count_deltas[i];
      }
      rows.push_back(std::move(row));
    }
    std::vector<Column> columns = {{"class_name", "CLASS"}};
    for (size_t i = 1; i < states_.size(); ++i) {
      columns.push_back({absl::StrCat("delta_", i + 1),
                         absl::StrCat("1 -> ", i + 1), Format::kDelta});
    }
    columns.push_back({"size_delta_bytes", "SIZE DELTA", Format::kBytes});
    PrintRows(global_, rows, columns);
  }

  // The leak verdict, if there were steps that it could go by, and as JSON
  // everything.
  absl::Status PrintEnd(Json comparisons) {
    v1::LeakVerdict verdict;
    if (options_.step_count > 1) {
      HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::HeapStats stats,
                                    client_.GetStats(options_.target.heap));
      verdict = stats.leak_verdict();
    }
    if (global_.output == OutputFormat::kJson) {
      PrintJson(std::move(comparisons), verdict);
    } else if (options_.step_count > 1) {
      PrintNote(global_, "");
      PrintLeakVerdict(global_, verdict);
    }
    return absl::OkStatus();
  }

  void PrintJson(Json comparisons, const v1::LeakVerdict& verdict) const {
    Json states = Json::array();
    for (const State& state : states_) {
      Json json = SummaryToJson(state.file, state.summary);
      json["snapshot"] = ToJson(state.snapshot);
      states.push_back(std::move(json));
    }
    Json record;
    record["heap"] = options_.target.heap;
    record["states"] = std::move(states);
    record["comparisons"] = std::move(comparisons);
    if (options_.step_count > 1) record["leak_verdict"] = ToJson(verdict);
    PrintRecord(global_, record);
  }

  const GlobalOptions& global_;
  const ReplayOptions& options_;
  client::Client& client_;
  client::SnapshotClient& snapshots_;
  HeapImporter importer_;
  std::vector<State> states_;
};

absl::Status RunReplay(const GlobalOptions& global,
                       const ReplayOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto snapshots, ConnectSnapshots(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(client::Session session,
                                OpenImportTarget(*client, options.target));
  HEAPD_CLIENT_RETURN_IF_ERROR(
      Replay(global, options, *client, *snapshots, session).Run());
  return session.Close();
}

}  // namespace

void AddReplayCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "replay",
      "Lead a heap through several V8 heap snapshots and compare the states");
  const auto options = std::make_shared<ReplayOptions>();
  command
      .add_option("files", options->files,
                  "The states in their order: .heapsnapshot files, also .zst")
      ->required();
  AddImportTarget(command, options->target);
  command.add_option("--top", options->top, "Rows of each comparison to print")
      ->capture_default_str();
  command.add_flag("--include-strings", options->include_strings,
                   "Write contents of strings into the snapshots");
  command
      .add_option("--steps", options->step_count,
                  "Get to each state after the first in so many steps")
      ->check(CLI::Range(1, 10'000))
      ->type_name("COUNT")
      ->capture_default_str();
  AddDurationOption(command, "--step-pause", options->step_pause,
                    "Wait this long after each step");
  AddDurationOption(command, "--snapshot-timeout", options->snapshot_timeout,
                    "Longest time for a snapshot");
  command.footer(kReplayHelp);
  SetRun(command, global,
         [&global, options] { return RunReplay(global, *options); });
}

}  // namespace heapd::heapctl
