#ifndef HEAPD_SERVER_STORAGE_S3_CREDENTIAL_CACHE_H_
#define HEAPD_SERVER_STORAGE_S3_CREDENTIAL_CACHE_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/storage/s3/aws_credentials.h"
#include "server/storage/s3/credential_source.h"

namespace heapd::server {

// Credentials that stay fresh: asked for when they are wanted, again five
// minutes before they expire, by one caller at a time; the others go on with
// the old ones while these hold. When asking fails, the old ones are kept until
// they expire, and asking again waits half a minute. Thread-safe.
class CredentialCache {
 public:
  using Clock = std::function<absl::Time()>;

  explicit CredentialCache(std::unique_ptr<CredentialSource> source,
                           Clock clock = &absl::Now);
  CredentialCache(const CredentialCache&) = delete;
  CredentialCache& operator=(const CredentialCache&) = delete;

  // May wait for the source. Its errors, while there is nothing to go on with.
  absl::StatusOr<AwsCredentials> Get() ABSL_LOCKS_EXCLUDED(mu_);

  // After the other side called `rejected` expired: fresh ones, or those that
  // somebody else has fetched meanwhile.
  absl::StatusOr<AwsCredentials> Replace(const AwsCredentials& rejected)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // Whether the current ones can be handed out without asking.
  bool AreFresh(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  bool AreValid(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  // Asks, without the lock meanwhile. REQUIRES: nobody is asking.
  absl::StatusOr<AwsCredentials> Ask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Clock clock_;
  const std::unique_ptr<CredentialSource> source_;  // used by who asks
  absl::Mutex mu_;                                  // a leaf of the lock order
  std::optional<AwsCredentials> current_ ABSL_GUARDED_BY(mu_);
  bool asking_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time ask_not_before_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_CREDENTIAL_CACHE_H_
