#include "server/http/http_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heapd::server {
namespace {

class NamedHandler final : public HttpHandler {
 public:
  HttpResponse Handle(const HttpRequest&) override { return {}; }
};

class HttpRouterTest : public ::testing::Test {
 protected:
  HttpRouterTest() {
    router_.Add("POST", "/api/*", &api_);
    router_.Add("GET", "/", &page_);
    router_.Add("POST", "/api/special", &special_);
    router_.Add("GET", "/api/special", &page_);
    router_.Add("POST", "/api/deep/*", &deep_);
  }

  HttpHandler* Found(absl::string_view method, absl::string_view path) {
    return router_.Find(method, path).handler;
  }

  NamedHandler api_, page_, special_, deep_;
  HttpRouter router_;
};

TEST_F(HttpRouterTest, TakesTheLongestPathThatFits) {
  EXPECT_EQ(Found("POST", "/api/x"), &api_);
  EXPECT_EQ(Found("POST", "/api/"), &api_);
  EXPECT_EQ(Found("POST", "/api/deep/x"), &deep_);
  EXPECT_EQ(Found("POST", "/api/special"), &special_);
  EXPECT_EQ(Found("POST", "/api/special/x"), &api_);
  EXPECT_EQ(Found("GET", "/"), &page_);
}

TEST_F(HttpRouterTest, HeadFindsWhatGetDoes) {
  EXPECT_EQ(Found("HEAD", "/"), &page_);
  EXPECT_EQ(Found("HEAD", "/api/x"), nullptr);
}

TEST_F(HttpRouterTest, SaysThatThereIsNothing) {
  for (const char* path : {"/x", "/api", "//", "/apiary"}) {
    EXPECT_EQ(router_.Find("GET", path).refusal.status, 404) << path;
  }
}

TEST_F(HttpRouterTest, SaysWhichMethodsThereAre) {
  const HttpRouter::Match match = router_.Find("PUT", "/api/special");
  EXPECT_EQ(match.handler, nullptr);
  EXPECT_EQ(match.refusal.status, 405);
  EXPECT_THAT(match.refusal.headers,
              ::testing::ElementsAre(HttpHeader("Allow", "POST, GET")));
  // Case counts in methods.
  EXPECT_EQ(router_.Find("get", "/").refusal.status, 405);
}

}  // namespace
}  // namespace heapd::server
