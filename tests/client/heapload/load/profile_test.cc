#include "client/heapload/load/profile.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/heapd/client.h"
#include "client/heapd/status.h"
#include "client/heapload/load/workspace.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "tests/client/heapload/load/load_daemon.h"

namespace heapd::heapload {
namespace {

constexpr char kHeap[] = "profiled";
constexpr uint32_t kLive = 200;

// A batch that was sent, with what the profile has not been told yet.
struct Answer {
  BatchMemo memo;
  v1::BatchResult result;
  absl::Status status;
};

class ProfileTest : public ::testing::TestWithParam<ProfileKind> {
 protected:
  void Open(ProfileOptions options, uint64_t limit_bytes = 64 << 20) {
    client_ = *client::Client::Connect(daemon_.Address("data"));
    ASSERT_TRUE(client_->CreateHeap(kHeap, {.limit_bytes = limit_bytes}).ok());
    session_.emplace(*client_->OpenSession(kHeap));
    stub_ = v1::ObjectService::NewStub(
        *client::OpenChannel(daemon_.Address("data")));
    profile_ = NewProfile(GetParam(), options);
    profile_->Begin(
        *CreateWorkspace(*session_, {"Item", "Kept", "Table"}, options.live));
  }

  // Applies the profile's next batch.
  Answer Send() {
    Answer answer;
    client::BatchBuilder batch;
    profile_->MakeBatch(batch, answer.memo);
    v1::ApplyRequest request;
    request.set_heap(kHeap);
    request.set_session(session_->session().value());
    *request.mutable_batch() = batch.Take();
    v1::ApplyResponse response;
    grpc::ClientContext context;
    answer.status =
        client::ToAbslStatus(stub_->Apply(&context, request, &response));
    answer.result = response.result();
    return answer;
  }

  void Tell(const Answer& answer) {
    if (answer.status.ok()) {
      profile_->OnApplied(answer.memo, answer.result);
    } else {
      profile_->OnFailed(answer.memo, DescribeFailure(answer.status));
    }
  }

  LoadDaemon daemon_;
  std::unique_ptr<client::Client> client_;
  std::optional<client::Session> session_;
  std::unique_ptr<v1::ObjectService::Stub> stub_;
  std::unique_ptr<Profile> profile_;
};

TEST_P(ProfileTest, LateAnswersInAnyOrderMakeNoCallFail) {
  Open({.batch = 40, .live = kLive, .seed = 5});
  Random random(9);
  std::vector<Answer> untold;
  for (int i = 0; i < 400; ++i) {
    untold.push_back(Send());
    ASSERT_TRUE(untold.back().status.ok())
        << client::DescribeError(untold.back().status);
    while (untold.size() > 8) {
      std::swap(untold[random.Below(untold.size())], untold.back());
      Tell(untold.back());
      untold.pop_back();
    }
  }
  EXPECT_TRUE(client_->Verify(kHeap).ok());
}

TEST_P(ProfileTest, LostAnswersMakeNoCallFailAndLeakNothing) {
  if (GetParam() == ProfileKind::kLeak) GTEST_SKIP() << "leaks on purpose";
  Open({.batch = 40, .live = kLive, .seed = 6});
  Random random(4);
  for (int i = 0; i < 600; ++i) {
    Answer answer = Send();
    ASSERT_TRUE(answer.status.ok()) << client::DescribeError(answer.status);
    // Applied, but nobody knows; or known.
    if (random.Chance(0.3)) answer.status = absl::DeadlineExceededError("lost");
    Tell(answer);
  }
  ASSERT_TRUE(client_->Collect(kHeap).ok());
  // The table and what is in it; a node of a graph may be linked to four that
  // are not there any more.
  EXPECT_LE(client_->GetStats(kHeap)->object_count(), 1 + 5 * kLive);
}

TEST_P(ProfileTest, TheSameSeedMakesTheSameFirstBatch) {
  Open({.batch = 40, .live = kLive, .seed = 6});
  const Workspace workspace =
      *CreateWorkspace(*session_, {"Item", "Kept", "Table"}, kLive);
  const auto first = [&](uint64_t seed) {
    const auto profile =
        NewProfile(GetParam(), {.batch = 40, .live = kLive, .seed = seed});
    profile->Begin(workspace);
    client::BatchBuilder batch;
    BatchMemo memo;
    profile->MakeBatch(batch, memo);
    return batch.Take().SerializeAsString();
  };
  EXPECT_EQ(first(1), first(1));
  EXPECT_NE(first(1), first(2));
}

TEST_P(ProfileTest, AnswersToAnEarlierWorkspaceAreIgnored) {
  Open({.batch = 40, .live = kLive, .seed = 6});
  const Answer before = Send();
  profile_->Begin(
      *CreateWorkspace(*session_, {"Item", "Kept", "Table"}, kLive));
  Tell(before);
  for (int i = 0; i < 50; ++i) {
    const Answer answer = Send();
    ASSERT_TRUE(answer.status.ok()) << client::DescribeError(answer.status);
    Tell(answer);
  }
}

TEST_P(ProfileTest, AFullHeapIsComeOutOf) {
  if (GetParam() == ProfileKind::kLeak) GTEST_SKIP() << "stays full";
  // The table's objects alone are more than the heap takes. A request keeps
  // one of its objects, so few and large ones fill the heap in few calls.
  const bool request = GetParam() == ProfileKind::kRequest;
  Open({.batch = request ? 4u : 200u,
        .payload_bytes = request ? size_t{32} << 10 : size_t{4} << 10,
        .live = 4000,
        .seed = 6},
       8 << 20);
  int full = 0;
  int ok_after_full = 0;
  for (int i = 0; i < 3000 && (full == 0 || ok_after_full < 20); ++i) {
    const Answer answer = Send();
    if (answer.status.ok()) {
      if (full > 0) ++ok_after_full;
    } else {
      ASSERT_EQ(client::ErrorReason(answer.status), "HEAP_LIMIT");
      ++full;
    }
    Tell(answer);
  }
  EXPECT_GT(full, 0);
  EXPECT_EQ(ok_after_full, 20);
}

INSTANTIATE_TEST_SUITE_P(
    Every, ProfileTest,
    ::testing::Values(ProfileKind::kChurn, ProfileKind::kCache,
                      ProfileKind::kLeak, ProfileKind::kGraph,
                      ProfileKind::kRequest),
    [](const auto& info) { return std::string(ProfileName(info.param)); });

TEST(LeakProfileTest, EachNthObjectIsHeldUntilTheSessionEnds) {
  LoadDaemon daemon;
  const auto client = *client::Client::Connect(daemon.Address("data"));
  ASSERT_TRUE(client->CreateHeap(kHeap).ok());
  auto session = *client->OpenSession(kHeap);
  const auto profile = NewProfile(ProfileKind::kLeak,
                                  {.batch = 30, .live = 100, .leak_every = 20});
  profile->Begin(*CreateWorkspace(session, {"Item", "Kept", "Table"}, 100));
  for (int i = 0; i < 100; ++i) {
    client::BatchBuilder batch;
    BatchMemo memo;
    profile->MakeBatch(batch, memo);
    ASSERT_TRUE(session.Apply(std::move(batch)).ok());
  }
  // And the table.
  EXPECT_EQ(client->GetStats(kHeap)->hold_count(), 100u * 30 / 20 + 1);
  ASSERT_TRUE(session.Close().ok());
  ASSERT_TRUE(client->Collect(kHeap).ok());
  EXPECT_EQ(client->GetStats(kHeap)->object_count(), 0u);
}

}  // namespace
}  // namespace heapd::heapload
