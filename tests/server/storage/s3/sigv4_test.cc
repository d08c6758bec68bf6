#include "server/storage/s3/sigv4.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

// The examples of "Signature Calculations for the Authorization Header" in
// Amazon's S3 documentation.

namespace heapd::server {
namespace {

constexpr char kEmptyHash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string SignatureOf(const std::string& method, const std::string& path,
                        const QueryParameters& query, HeaderFields headers) {
  const AwsCredentials keys = {"AKIAIOSFODNN7EXAMPLE",
                               "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const absl::Time time = absl::FromCivil(
      absl::CivilSecond(2013, 5, 24, 0, 0, 0), absl::UTCTimeZone());
  headers["host"] = "examplebucket.s3.amazonaws.com";
  headers["x-amz-date"] = AmzDate(time);
  headers.try_emplace("x-amz-content-sha256", kEmptyHash);
  const std::string value = SigV4Authorization(
      {method, path, CanonicalQuery(query), headers}, keys, "us-east-1", time);
  EXPECT_TRUE(absl::StartsWith(
      value,
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
      "aws4_request,SignedHeaders="))
      << value;
  return value.substr(value.find("Signature=") + 10);
}

TEST(SigV4Test, GetObject) {
  EXPECT_EQ(SignatureOf("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4Test, PutObject) {
  EXPECT_EQ(SignatureOf("PUT", UriEncode("/test$file.text", Slash::kKeep), {},
                        {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                         {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                         {"x-amz-content-sha256",
                          "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034"
                          "a8b803f8b072"}}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4Test, GetBucketLifecycle) {
  EXPECT_EQ(SignatureOf("GET", "/", {{"lifecycle", ""}}, {}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4Test, ListObjects) {
  EXPECT_EQ(SignatureOf("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4Test, EverythingButUnreservedCharactersIsEncoded) {
  EXPECT_EQ(UriEncode("a b+c/\xc3\xbc~-_.", Slash::kKeep),
            "a%20b%2Bc/%C3%BC~-_.");
  EXPECT_EQ(UriEncode("a/b", Slash::kEncode), "a%2Fb");
}

TEST(SigV4Test, AQueryIsSortedByName) {
  EXPECT_EQ(CanonicalQuery({{"a-b", "1"}, {"a", "2"}, {"B", "3"}}),
            "B=3&a=2&a-b=1");
  EXPECT_EQ(CanonicalQuery({{"uploadId", "x+/="}, {"partNumber", "1"}}),
            "partNumber=1&uploadId=x%2B%2F%3D");
}

TEST(SigV4Test, BlanksOfAValueAreSignedAsOne) {
  EXPECT_EQ(SignatureOf("GET", "/", {}, {{"x-amz-meta-a", " a  b "}}),
            SignatureOf("GET", "/", {}, {{"x-amz-meta-a", "a b"}}));
}

}  // namespace
}  // namespace heapd::server
