#include "server/storage/s3/s3_blob_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "heap/base/error.h"
#include "server/storage/sha256.h"
#include "tests/server/storage/s3/fault_s3_server.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr size_t kMiB = size_t{1} << 20;

std::string Pattern(size_t bytes) {
  std::string data(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) {
    data[i] = static_cast<char>((i * 2654435761u) >> 13);
  }
  return data;
}

std::string HashOf(absl::string_view data) {
  Sha256 sum;
  sum.Update(data);
  return sum.FinishHex();
}

class S3BlobStoreTest : public ::testing::Test {
 protected:
  S3BlobStoreTest() { Reopen(server_.Options()); }

  void Reopen(const S3Options& options,
              std::unique_ptr<CredentialSource> keys = TestKeys()) {
    store_ = std::make_unique<S3BlobStore>(options, std::move(keys));
  }

  absl::Status Store(const std::string& name, absl::string_view data) {
    auto writer = store_->Create(name);
    if (!writer.ok()) return writer.status();
    // In pieces that no part ends with.
    while (!data.empty()) {
      const absl::string_view piece = data.substr(0, 700'001);
      const absl::Status appended = (*writer)->Append(piece);
      if (!appended.ok()) return appended;
      data.remove_prefix(piece.size());
    }
    return (*writer)->Commit();
  }

  std::string Load(const std::string& name) {
    const auto reader = store_->Open(name);
    if (!reader.ok()) return reader.status().ToString();
    std::string data((*reader)->size_bytes(), '\0');
    const auto read = (*reader)->Read(0, absl::MakeSpan(data));
    return read.ok() && *read == data.size() ? data : read.status().ToString();
  }

  // That the server has exactly this under the name, and no uploads.
  void ExpectStored(const std::string& name, absl::string_view data) {
    const nlohmann::json state = server_.State();
    const std::string key = "some/prefix/" + name;
    ASSERT_TRUE(state["objects"].contains(key));
    EXPECT_EQ(state["objects"][key]["sha256"], HashOf(data));
    EXPECT_THAT(state["uploads"], IsEmpty());
  }

  void ExpectNothingStored() {
    const nlohmann::json state = server_.State();
    EXPECT_THAT(state["objects"], IsEmpty());
    EXPECT_THAT(state["uploads"], IsEmpty());
  }

  FaultS3Server server_;
  std::unique_ptr<S3BlobStore> store_;
};

TEST_F(S3BlobStoreTest, ASmallBlobIsOnePut) {
  ASSERT_TRUE(Store("a.json", "{}").ok());
  ExpectStored("a.json", "{}");
  EXPECT_EQ(Load("a.json"), "{}");
  EXPECT_EQ(server_.Count("start"), 0);
  ASSERT_TRUE(Store("empty", "").ok());
  EXPECT_EQ(Load("empty"), "");
}

TEST_F(S3BlobStoreTest, ALargeBlobIsUploadedInParts) {
  const std::string data = Pattern(12 * kMiB + 345);
  ASSERT_TRUE(Store("a", data).ok());
  ExpectStored("a", data);
  EXPECT_EQ(server_.Count("part"), 3);
  EXPECT_TRUE(Load("a") == data);
}

TEST_F(S3BlobStoreTest, APartThatIsJustFullIsNoUploadOfParts) {
  const std::string data = Pattern(5 * kMiB);
  ASSERT_TRUE(Store("a", data).ok());
  ExpectStored("a", data);
  EXPECT_EQ(server_.Count("start"), 0);
}

TEST_F(S3BlobStoreTest, AnyPieceCanBeRead) {
  const std::string data = Pattern(3 * kMiB + 17);
  ASSERT_TRUE(Store("a", data).ok());
  const auto reader = *store_->Open("a");
  std::string buffer(100'000, ' ');
  for (const size_t offset :
       {size_t{0}, kMiB - 50'000, 2 * kMiB, 3 * kMiB - 1, data.size() - 1}) {
    const size_t read = *reader->Read(offset, absl::MakeSpan(buffer));
    EXPECT_EQ(read, std::min(buffer.size(), data.size() - offset));
    EXPECT_EQ(buffer.substr(0, read), data.substr(offset, read));
  }
  EXPECT_EQ(*reader->Read(data.size(), absl::MakeSpan(buffer)), 0u);
  EXPECT_EQ(*reader->Read(data.size() + 9, absl::MakeSpan(buffer)), 0u);
}

TEST_F(S3BlobStoreTest, NothingIsThereWithoutCommit) {
  {
    const auto writer = *store_->Create("a");
    ASSERT_TRUE(writer->Append(Pattern(11 * kMiB)).ok());
    EXPECT_THAT(server_.State()["uploads"], ElementsAre("some/prefix/a"));
  }
  ExpectNothingStored();
  EXPECT_TRUE(absl::IsNotFound(store_->Open("a").status()));
}

TEST_F(S3BlobStoreTest, ABucketCanBeInTheHostsName) {
  S3Options options = server_.Options();
  options.endpoint = "http://localhost:" + server_.port();
  options.path_style = false;
  Reopen(options);
  const std::string data = Pattern(6 * kMiB);
  ASSERT_TRUE(Store("a", data).ok());
  ExpectStored("a", data);
  EXPECT_THAT(*store_->List(), ElementsAre("a"));
}

TEST_F(S3BlobStoreTest, EncryptionIsAskedForWhereObjectsAreMade) {
  S3Options options = server_.Options();
  options.encryption = "aws:kms";
  options.kms_key_id = "arn:aws:kms:eu-central-1:1:key/2";
  Reopen(options);
  ASSERT_TRUE(Store("small", "x").ok());
  ASSERT_TRUE(Store("large", Pattern(6 * kMiB)).ok());
  const nlohmann::json state = server_.State();
  EXPECT_EQ(state["objects"].size(), 2u);
  for (const auto& [key, object] : state["objects"].items()) {
    EXPECT_EQ(object["headers"]["x-amz-server-side-encryption"], "aws:kms");
    EXPECT_EQ(object["headers"]["x-amz-server-side-encryption-aws-kms-key-id"],
              options.kms_key_id);
  }
}

TEST_F(S3BlobStoreTest, ABlobThatExistsIsNotReplaced) {
  ASSERT_TRUE(Store("a", "first").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Create("a").status()));
  const auto writer = *store_->Create("b");
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Create("b").status()));
  // Another process was faster.
  server_.Control({{"objects", {{"some/prefix/b", "theirs"}}}});
  EXPECT_TRUE(absl::IsAlreadyExists(writer->Commit()));
  ExpectStored("b", "theirs");
}

TEST_F(S3BlobStoreTest, AStoreWithoutIfNoneMatchServes) {
  server_.Control({{"if_none_match", false}});
  ASSERT_TRUE(Store("small", "x").ok());
  const std::string data = Pattern(6 * kMiB);
  ASSERT_TRUE(Store("large", data).ok());
  ExpectStored("large", data);
}

TEST_F(S3BlobStoreTest, AListHasAllPagesAndOnlyBlobsOfThisPrefix) {
  server_.Control({{"page", 2},
                   {"objects",
                    {{"some/prefix/b", ""},
                     {"some/prefix/a", ""},
                     {"some/prefix/c-1.x_y", ""},
                     {"some/prefix/.hidden", ""},
                     {"some/prefix/with blank", ""},
                     {"some/prefix/deeper/d", ""},
                     {"some/prefix", ""},
                     {"other/e", ""}}}});
  EXPECT_THAT(*store_->List(), ElementsAre("a", "b", "c-1.x_y"));
}

TEST_F(S3BlobStoreTest, DeletingWhatIsNotThereIsNoError) {
  ASSERT_TRUE(Store("a", "x").ok());
  ASSERT_TRUE(store_->Delete("a").ok());
  ExpectNothingStored();
  EXPECT_TRUE(store_->Delete("a").ok());
}

TEST_F(S3BlobStoreTest, DiscardRemovesBlobAndUnfinishedUploads) {
  // As a killed process leaves them: several, and over more than a page.
  server_.Control({{"page", 2}});
  S3Bucket bucket(server_.Options(), TestKeys());
  for (const char* name : {"a", "a", "a", "a", "ab"}) {
    ASSERT_TRUE(bucket.StartUpload({name, "id"}).ok());
  }
  ASSERT_TRUE(bucket.Put({"a", "id"}, "data").ok());
  ASSERT_TRUE(store_->Discard("a").ok());
  const nlohmann::json state = server_.State();
  EXPECT_THAT(state["objects"], IsEmpty());
  EXPECT_THAT(state["uploads"], ElementsAre("some/prefix/ab"));
  EXPECT_TRUE(store_->Discard("a").ok());
}

TEST_F(S3BlobStoreTest, NamesThatAreNoneAreRefused) {
  for (const char* name : {"", "../a", "a/b", ".a"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Create(name).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Open(name).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Delete(name)));
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Discard(name)));
  }
}

struct Fault {
  std::string on;
  std::string action;
  nlohmann::json more = nlohmann::json::object();
};

TEST_F(S3BlobStoreTest, PassingFaultsAreGotOver) {
  const std::string large = Pattern(6 * kMiB);
  const nlohmann::json internal = {{"status", 500}, {"code", "InternalError"}};
  const nlohmann::json slow = {{"status", 503}, {"code", "SlowDown"}};
  const nlohmann::json timeout = {{"status", 400}, {"code", "RequestTimeout"}};
  std::vector<Fault> faults = {
      {"part", "etag"}, {"complete", "error200"}, {"complete", "stall"}};
  for (const char* on : {"head", "start", "part", "complete"}) {
    for (const nlohmann::json& status : {internal, slow}) {
      faults.push_back({on, "status", status});
    }
    faults.push_back({on, "reset"});
    faults.push_back({on, "lost"});
  }
  faults.push_back({"part", "status", timeout});
  int number = 0;
  for (const Fault& fault : faults) {
    SCOPED_TRACE(absl::StrCat(fault.on, " ", fault.action, fault.more.dump()));
    // Twice, but a stall costs a second.
    nlohmann::json more = fault.more;
    more["count"] = fault.action == "stall" ? 1 : 2;
    server_.Plant(fault.on, fault.action, more);
    const std::string name = absl::StrCat("blob", ++number);
    const absl::Status stored = Store(name, large);
    EXPECT_TRUE(stored.ok()) << stored;
    ExpectStored(name, large);
  }
}

TEST_F(S3BlobStoreTest, APutWhoseAnswerIsLostIsKnownAsOurs) {
  server_.Plant("put", "lost");
  ASSERT_TRUE(Store("a", "data").ok());
  ExpectStored("a", "data");
  EXPECT_EQ(server_.Count("put"), 2);
}

TEST_F(S3BlobStoreTest, AReadThatIsCutIsRepeated) {
  const std::string data = Pattern(2 * kMiB);
  ASSERT_TRUE(Store("a", data).ok());
  for (const char* action : {"cut", "reset", "lost"}) {
    server_.Plant("get", action, {{"count", 2}});
    EXPECT_TRUE(Load("a") == data) << action;
  }
}

TEST_F(S3BlobStoreTest, LastingFaultsFailAndLeaveNothing) {
  const std::string large = Pattern(11 * kMiB);
  const std::vector<Fault> faults = {
      {"part", "status", {{"status", 503}, {"code", "SlowDown"}}},
      {"part", "reset"},
      {"part", "etag"},
      {"complete", "error200"},
      {"complete", "status", {{"status", 500}, {"code", "InternalError"}}},
      {"start", "reset"}};
  for (const Fault& fault : faults) {
    SCOPED_TRACE(absl::StrCat(fault.on, " ", fault.action));
    nlohmann::json more = fault.more;
    more["count"] = 1000;
    server_.Plant(fault.on, fault.action, more);
    const absl::Status stored = Store("a", large);
    EXPECT_TRUE(absl::IsUnavailable(stored)) << stored;
    EXPECT_EQ(ReasonOf(stored), "STORAGE");
    ExpectNothingStored();
  }
}

TEST_F(S3BlobStoreTest, WhatTheOperatorMustChangeIsNotRepeated) {
  for (const char* code : {"AccessDenied", "InvalidAccessKeyId"}) {
    const int64_t before = server_.Count("part");
    server_.Plant("part", "status",
                  {{"status", 403}, {"code", code}, {"count", 1000}});
    const absl::Status stored = Store("a", Pattern(11 * kMiB));
    EXPECT_TRUE(absl::IsFailedPrecondition(stored)) << stored;
    EXPECT_THAT(std::string(stored.message()), HasSubstr(code));
    EXPECT_EQ(server_.Count("part"), before + 1);
    ExpectNothingStored();
  }
}

// A role with put-only rights: nobody says what there is, or has arrived.
TEST_F(S3BlobStoreTest, ARoleThatMayOnlyPutStores) {
  const nlohmann::json forbidden = {
      {"status", 403}, {"code", "AccessDenied"}, {"count", 1000}};
  server_.Plant("head", "status", forbidden);
  const std::string large = Pattern(11 * kMiB);
  ASSERT_TRUE(Store("large", large).ok());
  ExpectStored("large", large);
  ASSERT_TRUE(Store("small", "x").ok());
  ExpectStored("small", "x");
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->Open("small").status()));
  // The store still refuses to overwrite, and says so.
  EXPECT_TRUE(absl::IsAlreadyExists(Store("small", "y")));
  EXPECT_TRUE(absl::IsAlreadyExists(Store("large", Pattern(12 * kMiB))));
  ExpectStored("small", "x");
  ExpectStored("large", large);
}

TEST_F(S3BlobStoreTest, AWrongClockIsCorrectedByTheServers) {
  for (const int offset : {7200, -7200}) {
    server_.Control({{"clock_offset", offset}});
    Reopen(server_.Options());
    const std::string name = absl::StrCat("blob", offset + 9000);
    ASSERT_TRUE(Store(name, Pattern(6 * kMiB)).ok());
    EXPECT_THAT(server_.State()["uploads"], IsEmpty());
    EXPECT_TRUE(store_->Open(name).ok());
  }
}

TEST_F(S3BlobStoreTest, ExpiredKeysAreReplacedOnce) {
  server_.Control({{"keys",
                    {{"old", {{"secret", "s"}, {"expired", true}}},
                     {"new", {{"secret", "t"}, {"token", "a/b+c=="}}}}}});
  const AwsCredentials old = {"old", "s"};
  Reopen(server_.Options(),
         std::make_unique<ListedKeys>(
             std::vector<AwsCredentials>{old, {"new", "t", "a/b+c=="}}));
  ASSERT_TRUE(Store("a", "x").ok());
  ExpectStored("a", "x");
  // Without others there is nothing to try again with.
  Reopen(server_.Options(),
         std::make_unique<ListedKeys>(std::vector<AwsCredentials>{old}));
  const absl::Status listed = store_->List().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(listed)) << listed;
  EXPECT_THAT(std::string(listed.message()), HasSubstr("ExpiredToken"));
}

TEST_F(S3BlobStoreTest, ClosingEndsACallThatWaits) {
  server_.Plant("part", "stall", {{"count", 1000}});
  S3Options options = server_.Options();
  options.stall_timeout = absl::Minutes(2);
  Reopen(options);
  auto writer = *store_->Create("a");
  std::thread closer([this] {
    while (server_.Count("part") == 0) absl::SleepFor(absl::Milliseconds(5));
    store_->Close();
  });
  const absl::Time start = absl::Now();
  const absl::Status appended = writer->Append(Pattern(11 * kMiB));
  closer.join();
  EXPECT_TRUE(absl::IsCancelled(appended)) << appended;
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
  // Giving up still reaches the store; nothing else does.
  writer.reset();
  ExpectNothingStored();
  EXPECT_TRUE(absl::IsCancelled(store_->List().status()));
}

TEST_F(S3BlobStoreTest, AStopEndsOneWriteThatWaits) {
  // A part that stalls, and one that is to be tried again after long.
  for (const char* fault : {"stall", "status"}) {
    SCOPED_TRACE(fault);
    server_.Plant("part", fault,
                  {{"count", 1000}, {"status", 503}, {"code", "SlowDown"}});
    S3Options options = server_.Options();
    options.stall_timeout = absl::Minutes(2);
    options.first_pause = absl::Hours(1);
    options.max_pause = absl::Hours(1);
    Reopen(options);
    std::stop_source stop;
    const int64_t before = server_.Count("part");
    auto writer = *store_->Create("a", stop.get_token());
    std::thread stopper([&] {
      while (server_.Count("part") == before) {
        absl::SleepFor(absl::Milliseconds(5));
      }
      stop.request_stop();
    });
    const absl::Time start = absl::Now();
    const absl::Status appended = writer->Append(Pattern(11 * kMiB));
    stopper.join();
    EXPECT_TRUE(absl::IsCancelled(appended)) << appended;
    EXPECT_LT(absl::Now() - start, absl::Seconds(30));
    EXPECT_TRUE(absl::IsCancelled(writer->Commit()));
    // Giving up reaches the store, and others go on.
    writer.reset();
    ExpectNothingStored();
    server_.Control({{"faults", nlohmann::json::array()}});
    ASSERT_TRUE(Store("b", "x").ok());
    ASSERT_TRUE(store_->Delete("b").ok());
  }
}

TEST_F(S3BlobStoreTest, WhatWasReplacedIsNotReadOn) {
  ASSERT_TRUE(Store("a", Pattern(2 * kMiB)).ok());
  const auto reader = *store_->Open("a");
  server_.Control({{"objects", {{"some/prefix/a", std::string(kMiB, 'x')}}}});
  std::string buffer(10, ' ');
  const absl::Status read = reader->Read(0, absl::MakeSpan(buffer)).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(read)) << read;
}

TEST_F(S3BlobStoreTest, AStoresCertificateIsChecked) {
  const TemporaryDirectory directory;
  const std::string file = directory.Path("both.pem");
  ChildProcess openssl(
      "/usr/bin/env",
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
       "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
       "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
       file, "-out", directory.Path("certificate.pem")});
  ASSERT_EQ(openssl.Wait(), 0) << openssl.ReadAll();
  std::ofstream(file, std::ios::app) << directory.Read("certificate.pem");
  const FaultS3Server server(file);
  S3Options options = server.Options();
  options.endpoint = "https://localhost:" + server.port();
  options.ca_file = directory.Path("certificate.pem");
  Reopen(options);
  ASSERT_TRUE(Store("a", "data").ok());
  EXPECT_EQ(Load("a"), "data");
  // The name is part of it, and so is who says so.
  options.endpoint = "https://127.0.0.1:" + server.port();
  Reopen(options);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->List().status()));
  options.endpoint = "https://localhost:" + server.port();
  options.ca_file = "";
  Reopen(options);
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->List().status()));
}

TEST_F(S3BlobStoreTest, NoErrorHasASecretOrAUrl) {
  std::vector<absl::Status> errors;
  server_.Plant("head", "reset", {{"count", 1000}});
  errors.push_back(store_->Open("a").status());
  server_.Plant("list", "status",
                {{"status", 403}, {"code", "AccessDenied"}, {"count", 1000}});
  errors.push_back(store_->List().status());
  Reopen(server_.Options(),
         std::make_unique<ListedKeys>(
             std::vector<AwsCredentials>{{"key", "another-secret"}}));
  server_.Plant("list", "reset", {{"count", 0}});
  errors.push_back(store_->List().status());
  S3Options unreachable = server_.Options();
  unreachable.endpoint = "http://127.0.0.1:1";
  Reopen(unreachable);
  errors.push_back(store_->List().status());
  for (const absl::Status& error : errors) {
    EXPECT_FALSE(error.ok());
    EXPECT_EQ(ReasonOf(error), "STORAGE");
    for (const char* word : {"secret", "Signature=", "http:", "/", "?"}) {
      EXPECT_THAT(std::string(error.message()), Not(HasSubstr(word)));
    }
  }
}

}  // namespace
}  // namespace heapd::server
