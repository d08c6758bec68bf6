#include "server/ops/destination_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  return std::string(ParseDestinationEntry(text).status().message());
}

// One of kind s3 with `more` keys.
std::string S3(const std::string& more) {
  return "{name: a, kind: s3, bucket: bucket, region: eu-central-1" +
         (more.empty() ? "" : ", " + more) + "}";
}

TEST(DestinationEntryTest, ADirectoryIsRead) {
  const DestinationEntry entry =
      *ParseDestinationEntry("{name: d, kind: directory, directory: /a b}");
  EXPECT_EQ(entry.name, "d");
  EXPECT_EQ(entry.directory, "/a b");
}

TEST(DestinationEntryTest, WhatIsWrittenIsReadAsTheSame) {
  DestinationEntry entry;
  entry.name = "prod";
  entry.kind = "s3";
  entry.bucket = "my-bucket";
  entry.prefix = "heapd/prod/";
  entry.region = "eu-central-1";
  entry.endpoint = "https://s3.example.org:9000";
  entry.addressing = "virtual";
  entry.ca_file = "/etc/ssl/it's \"mine\".pem";
  entry.encryption = "aws:kms";
  entry.kms_key_id = "arn:aws:kms:eu-central-1:1:key/2";
  entry.profile = "back up";
  entry.part_size = uint64_t{16} << 20;
  entry.allow_plaintext = true;
  const std::string text = FormatDestinationEntry(entry);
  EXPECT_EQ(*ParseDestinationEntry(text), entry) << text;
  const DestinationEntry small = *ParseDestinationEntry(S3(""));
  EXPECT_EQ(*ParseDestinationEntry(FormatDestinationEntry(small)), small);
}

TEST(DestinationEntryTest, APrefixEndsInASlash) {
  EXPECT_EQ(ParseDestinationEntry(S3("prefix: a/b"))->prefix, "a/b/");
  EXPECT_EQ(ParseDestinationEntry(S3("prefix: a/b/"))->prefix, "a/b/");
  EXPECT_EQ(ParseDestinationEntry(S3(""))->prefix, "");
}

TEST(DestinationEntryTest, AnEndpointNeedsNoRegion) {
  const DestinationEntry entry = *ParseDestinationEntry(
      "{name: a, kind: s3, bucket: abc, endpoint: 'https://host/'}");
  EXPECT_EQ(entry.region, "us-east-1");
  EXPECT_EQ(entry.endpoint, "https://host");
}

TEST(DestinationEntryTest, MistakesAreNamed) {
  const std::pair<std::string, std::string> mistakes[] = {
      {"[a]", "must be a map"},
      {"{name: a", "must be a map"},
      {"{name: [a], kind: s3}", "plain texts"},
      {"{name: a, name: b, kind: s3}", "name is set twice"},
      {"{kind: s3, bucket: abc, region: r}", "name must be"},
      {"{name: a/b, kind: directory, directory: /a}", "name must be"},
      {"{name: a, kind: ftp}", "kind must be directory or s3"},
      {"{name: a, kind: directory, directory: a}", "an absolute path"},
      {"{name: a, kind: directory, directory: /a, bucket: b}",
       "bucket is for kind s3 only"},
      {"{name: a, kind: s3, bucket: abc}", "region is required"},
      {S3("directory: /a"), "directory is for kind directory only"},
      {S3("buket: b"), "did you mean 'bucket'?"},
      {S3("access_key: b"), "has no key 'access_key'"},
      {S3("prefix: a/../b"), "prefix must not"},
      {S3("prefix: /a"), "prefix must not"},
      {S3("prefix: 'a b'"), "prefix must be made"},
      {S3("endpoint: ftp://host"), "endpoint must be"},
      {S3("endpoint: 'https://me:pw@host'"), "endpoint must have a host"},
      {S3("endpoint: https://host/path"), "endpoint must have a host"},
      {S3("endpoint: http://host"), "plaintext and not on loopback"},
      {S3("endpoint: 'http://127.0.0.1.evil.org'"), "plaintext"},
      {S3("addressing: both"), "addressing must be"},
      {S3("encryption: rot13"), "encryption must be"},
      {S3("kms_key_id: a"), "kms_key_id must be"},
      {S3("part_size: 1MiB"), "part_size must be 5MiB to 256MiB"},
      {S3("part_size: x"), "part_size must be a size"},
      {S3("allow_plaintext: 1"), "allow_plaintext must be true or false"},
  };
  for (const auto& [text, error] : mistakes) {
    EXPECT_THAT(ErrorOf(text), HasSubstr(error)) << text;
  }
}

TEST(DestinationEntryTest, PlaintextIsForLoopbackOrForWhoSaysSo) {
  for (const char* endpoint :
       {"http://127.0.0.1:9000", "http://localhost", "http://[::1]:9000"}) {
    EXPECT_EQ(ErrorOf(S3("endpoint: '" + std::string(endpoint) + "'")), "");
  }
  EXPECT_EQ(ErrorOf(S3("endpoint: http://host, allow_plaintext: true")), "");
}

}  // namespace
}  // namespace heapd::server
