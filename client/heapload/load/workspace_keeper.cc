#include "client/heapload/load/workspace_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

// Between attempts, while the daemon does not answer.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(250);

}  // namespace

WorkspaceKeeper::WorkspaceKeeper(client::Client& client,
                                 WorkspaceKeeperOptions options)
    : client_(client), options_(std::move(options)) {}

WorkspaceKeeper::~WorkspaceKeeper() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::vector<Workspace>> WorkspaceKeeper::Open(
    size_t worker_count) {
  sessions_.resize(worker_count);
  {
    absl::MutexLock lock(&mu_);
    wanted_.resize(worker_count);
    made_.resize(worker_count);
  }
  std::vector<Workspace> workspaces;
  for (std::optional<client::Session>& session : sessions_) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const Workspace workspace, Make(session));
    workspaces.push_back(workspace);
  }
  thread_ = std::thread([this] { Run(); });
  return workspaces;
}

void WorkspaceKeeper::Renew(size_t worker) {
  absl::MutexLock lock(&mu_);
  wanted_[worker] = true;
}

std::optional<Workspace> WorkspaceKeeper::Take(size_t worker) {
  absl::MutexLock lock(&mu_);
  return std::exchange(made_[worker], std::nullopt);
}

void WorkspaceKeeper::Run() {
  while (const std::optional<size_t> worker = WaitForWish()) {
    absl::StatusOr<Workspace> workspace = Make(sessions_[*worker]);
    absl::MutexLock lock(&mu_);
    if (workspace.ok()) {
      wanted_[*worker] = false;
      made_[*worker] = *workspace;
    } else {
      // The wish stays. The workers' calls show what is wrong.
      mu_.AwaitWithTimeout(absl::Condition(&stopping_), kRetryDelay);
    }
  }
}

std::optional<size_t> WorkspaceKeeper::WaitForWish() {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(this, &WorkspaceKeeper::HasWork));
  if (stopping_) return std::nullopt;
  return std::find(wanted_.begin(), wanted_.end(), true) - wanted_.begin();
}

bool WorkspaceKeeper::HasWork() const {
  return stopping_ ||
         std::find(wanted_.begin(), wanted_.end(), true) != wanted_.end();
}

absl::StatusOr<client::Session> WorkspaceKeeper::OpenSession() {
  const client::SessionOptions options = {.label = "heapload run"};
  absl::StatusOr<client::Session> session =
      client_.OpenSession(options_.heap, options);
  if (!options_.recreate ||
      client::ErrorReason(session.status()) != "HEAP_NOT_FOUND") {
    return session;
  }
  const auto created =
      client_.CreateHeap(options_.heap, {.limit_bytes = options_.limit_bytes});
  // Others who load the same heap may have been faster.
  if (!created.ok() && client::ErrorReason(created.status()) != "HEAP_EXISTS") {
    return created.status();
  }
  return client_.OpenSession(options_.heap, options);
}

absl::StatusOr<Workspace> WorkspaceKeeper::Make(
    std::optional<client::Session>& session) {
  session.reset();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(client::Session opened, OpenSession());
  session.emplace(std::move(opened));
  return CreateWorkspace(*session, options_.names, options_.places);
}

}  // namespace heapd::heapload
