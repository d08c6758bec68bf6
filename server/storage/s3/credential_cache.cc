#include "server/storage/s3/credential_cache.h"

#include <utility>

#include "server/ops/logging.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kFreshFor = absl::Minutes(5);
constexpr absl::Duration kAskAgain = absl::Seconds(30);

}  // namespace

CredentialCache::CredentialCache(std::unique_ptr<CredentialSource> source,
                                 Clock clock)
    : clock_(std::move(clock)), source_(std::move(source)) {}

bool CredentialCache::AreValid(absl::Time now) const {
  return current_.has_value() && now < current_->expiration;
}

bool CredentialCache::AreFresh(absl::Time now) const {
  if (!AreValid(now)) return false;
  return now < current_->expiration - kFreshFor || asking_ ||
         now < ask_not_before_;
}

absl::StatusOr<AwsCredentials> CredentialCache::Get() {
  absl::MutexLock lock(&mu_);
  while (!AreFresh(clock_())) {
    if (!asking_) return Ask();
    mu_.Await(absl::Condition(
        +[](bool* asking) { return !*asking; }, &asking_));
    // Whoever asked failed, and told its caller why: this one tries itself.
  }
  return *current_;
}

absl::StatusOr<AwsCredentials> CredentialCache::Replace(
    const AwsCredentials& rejected) {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(
      +[](bool* asking) { return !*asking; }, &asking_));
  if (AreValid(clock_()) && *current_ != rejected) return *current_;
  current_.reset();
  return Ask();
}

absl::StatusOr<AwsCredentials> CredentialCache::Ask() {
  asking_ = true;
  mu_.Unlock();
  absl::StatusOr<AwsCredentials> fetched = source_->Fetch();
  mu_.Lock();
  asking_ = false;
  if (fetched.ok()) {
    current_ = *fetched;
    return fetched;
  }
  ask_not_before_ = clock_() + kAskAgain;
  if (!AreValid(clock_())) return fetched.status();
  AwsCredentials kept = *current_;
  // A leaf of the lock order holds its lock for nobody's log.
  mu_.Unlock();
  LogWarning("storage_credentials_kept", {{"error", fetched.status()}});
  mu_.Lock();
  return kept;
}

}  // namespace heapd::server
