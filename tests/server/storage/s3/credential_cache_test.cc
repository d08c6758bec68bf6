#include "server/storage/s3/credential_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace heapd::server {
namespace {

// A source that a test holds the strings of.
struct Script {
  std::atomic<int> fetches{0};
  std::atomic<bool> fails{false};
  absl::Time expiration;
  absl::Notification* asked = nullptr;
  absl::Notification* answer = nullptr;  // waited for, if there is one
};

class ScriptedSource final : public CredentialSource {
 public:
  explicit ScriptedSource(Script* script) : script_(*script) {}

  absl::string_view name() const override { return "script"; }
  absl::StatusOr<AwsCredentials> Fetch() override {
    const int number = ++script_.fetches;
    if (script_.asked != nullptr) script_.asked->Notify();
    if (script_.answer != nullptr) script_.answer->WaitForNotification();
    if (script_.fails) return absl::UnavailableError("planted fault");
    return AwsCredentials{absl::StrCat("key", number), "secret", "",
                          script_.expiration};
  }

 private:
  Script& script_;
};

class CredentialCacheTest : public ::testing::Test {
 protected:
  CredentialCacheTest() { script_.expiration = now_ + absl::Hours(1); }

  std::string Key() {
    const auto keys = cache_.Get();
    return keys.ok() ? keys->access_key_id
                     : std::string(keys.status().message());
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  Script script_;
  CredentialCache cache_{std::make_unique<ScriptedSource>(&script_),
                         [this] { return now_; }};
};

TEST_F(CredentialCacheTest, KeysAreKeptUntilFiveMinutesBeforeTheyExpire) {
  EXPECT_EQ(Key(), "key1");
  now_ += absl::Minutes(54);
  EXPECT_EQ(Key(), "key1");
  now_ += absl::Minutes(2);
  script_.expiration = now_ + absl::Hours(1);
  EXPECT_EQ(Key(), "key2");
  EXPECT_EQ(Key(), "key2");
}

TEST_F(CredentialCacheTest, WhenAskingFailsTheOldOnesAreKept) {
  EXPECT_EQ(Key(), "key1");
  script_.fails = true;
  now_ += absl::Minutes(56);
  EXPECT_EQ(Key(), "key1");
  EXPECT_EQ(Key(), "key1");
  EXPECT_EQ(script_.fetches, 2) << "it was not let rest";
  now_ += absl::Minutes(1);
  EXPECT_EQ(Key(), "key1");
  EXPECT_EQ(script_.fetches, 3);
  now_ += absl::Minutes(4);
  EXPECT_EQ(Key(), "planted fault") << "they have expired";
  script_.fails = false;
  script_.expiration = now_ + absl::Hours(1);
  EXPECT_EQ(Key(), "key5");
}

TEST_F(CredentialCacheTest, OneCallerAsksWhileTheOthersGoOn) {
  EXPECT_EQ(Key(), "key1");
  now_ += absl::Minutes(56);
  absl::Notification asked;
  absl::Notification answer;
  script_.asked = &asked;
  script_.answer = &answer;
  script_.expiration = now_ + absl::Hours(1);
  std::thread asker([this] { EXPECT_EQ(Key(), "key2"); });
  asked.WaitForNotification();
  EXPECT_EQ(Key(), "key1");
  answer.Notify();
  asker.join();
  script_.asked = nullptr;
  EXPECT_EQ(Key(), "key2");
  EXPECT_EQ(script_.fetches, 2);
}

TEST_F(CredentialCacheTest, WithoutAnyTheOthersWaitForTheOneThatAsks) {
  absl::Notification asked;
  absl::Notification answer;
  script_.asked = &asked;
  script_.answer = &answer;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([this] { EXPECT_EQ(Key(), "key1"); });
  }
  asked.WaitForNotification();
  answer.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(script_.fetches, 1);
}

TEST_F(CredentialCacheTest, RejectedKeysAreReplacedOnce) {
  const AwsCredentials old = *cache_.Get();
  EXPECT_EQ(cache_.Replace(old)->access_key_id, "key2");
  // Another call that was rejected with the same ones.
  EXPECT_EQ(cache_.Replace(old)->access_key_id, "key2");
  EXPECT_EQ(script_.fetches, 2);
}

}  // namespace
}  // namespace heapd::server
