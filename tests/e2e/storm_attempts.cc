#include "tests/e2e/storm_attempts.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace heapd::e2e {
namespace {

// Of one attempt, of which there are as many as it takes.
constexpr absl::Duration kDeadline = absl::Seconds(2);
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(2);
// An answer that does not come in that time never will.
constexpr absl::Duration kPatience = absl::Seconds(60);

// Whether the connection, and not the daemon, said so; or the daemon had too
// much to do.
bool SaysNothing(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return true;
    // A stream that is cut; the daemon's own errors have details.
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
      return status.error_details().empty();
    default:
      return false;
  }
}

}  // namespace

StormAttempts::StormAttempts(const std::string& address, int connections,
                             int threads, uint64_t seed)
    : random_(seed) {
  for (int i = 0; i < connections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    connections_.push_back(grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments));
  }
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

StormAttempts::~StormAttempts() {
  {
    absl::MutexLock lock(&mu_);
    finishing_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string StormAttempts::FirstAnswer(const std::shared_ptr<StormCall>& call) {
  {
    absl::MutexLock lock(&mu_);
    calls_.push_back(call);
    for (size_t i = 0; i < kAttempts; ++i) waiting_.push_back(call);
  }
  absl::MutexLock lock(&call->mu);
  const auto is_answered = [&call]() ABSL_SHARED_LOCKS_REQUIRED(call->mu) {
    return !call->answers.empty() || !call->errors.empty();
  };
  call->mu.Await(absl::Condition(&is_answered));
  return call->errors.empty() ? call->answers.front() : std::string();
}

std::vector<std::string> StormAttempts::Finish() {
  std::vector<std::shared_ptr<StormCall>> calls;
  {
    absl::MutexLock lock(&mu_);
    const auto is_over = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return waiting_.empty() && running_ == 0;
    };
    mu_.Await(absl::Condition(&is_over));
    calls = std::exchange(calls_, {});
  }
  std::vector<std::string> problems;
  for (const auto& call : calls) {
    absl::MutexLock lock(&call->mu);
    for (const std::string& error : call->errors) {
      problems.push_back(absl::StrCat(call->name, ": ", error));
    }
    for (const std::string& answer : call->answers) {
      if (answer == call->answers.front()) continue;
      problems.push_back(absl::StrCat(call->name, ": two different answers"));
    }
  }
  return problems;
}

int StormAttempts::retry_count() {
  absl::MutexLock lock(&mu_);
  return retries_;
}

void StormAttempts::Run() {
  for (;;) {
    std::shared_ptr<StormCall> call;
    {
      absl::MutexLock lock(&mu_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
        return finishing_ || !waiting_.empty();
      };
      mu_.Await(absl::Condition(&has_work));
      if (waiting_.empty()) return;
      std::swap(waiting_[random_() % waiting_.size()], waiting_.back());
      call = std::move(waiting_.back());
      waiting_.pop_back();
      ++running_;
    }
    Attempt(*call);
    absl::MutexLock lock(&mu_);
    --running_;
  }
}

void StormAttempts::Attempt(StormCall& call) {
  grpc::Status status;
  const absl::Time end = absl::Now() + kPatience;
  do {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kDeadline));
    std::string answer;
    status = call.attempt(RandomConnection(), &context, &answer);
    if (status.ok()) {
      absl::MutexLock lock(&call.mu);
      call.answers.push_back(std::move(answer));
      return;
    }
    absl::SleepFor(kBetweenAttempts);
    absl::MutexLock lock(&mu_);
    ++retries_;
  } while (SaysNothing(status) && absl::Now() < end);
  absl::MutexLock lock(&call.mu);
  call.errors.push_back(
      absl::StrCat(status.error_code(), " ", status.error_message()));
}

std::shared_ptr<grpc::Channel> StormAttempts::RandomConnection() {
  absl::MutexLock lock(&mu_);
  return connections_[random_() % connections_.size()];
}

}  // namespace heapd::e2e
