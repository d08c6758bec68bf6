#include "server/http/http_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/auth/authenticator.h"
#include "server/http/http_caller.h"
#include "tests/server/support/http_test_client.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Does what a test wants.
class TestHandler final : public HttpHandler {
 public:
  absl::optional<HttpResponse> Refuse(const HttpRequest& request) override {
    return refuse ? refuse(request) : absl::nullopt;
  }
  HttpResponse Handle(const HttpRequest& request) override {
    return handle(request);
  }
  uint64_t max_body_bytes() const override { return max_body; }
  bool is_immediate() const override { return immediate; }

  std::function<absl::optional<HttpResponse>(const HttpRequest&)> refuse;
  std::function<HttpResponse(const HttpRequest&)> handle =
      [](const HttpRequest& request) {
        return TextResponse(
            200, absl::StrCat(request.method, " ", request.path, " ? ",
                              request.query, " : ", request.body));
      };
  uint64_t max_body = 100;
  bool immediate = false;
};

class HttpListenerTest : public ::testing::Test {
 protected:
  HttpListenerTest() {
    options_.name = "listen.metrics";
    options_.addresses = {"127.0.0.1:0"};
    router_.Add("GET", "/echo", &echo_);
    router_.Add("POST", "/echo", &echo_);
    router_.Add("GET", "/other", &other_);
  }

  void Start() {
    auto listener = HttpListener::Start(options_, &router_);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
  }
  std::string Address() { return listener_->addresses().front(); }
  std::string Url(const std::string& path) {
    return absl::StrCat("http://", Address(), path);
  }

  HttpListenerOptions options_;
  TestHandler echo_, other_;
  HttpRouter router_;
  std::unique_ptr<HttpListener> listener_;
};

TEST_F(HttpListenerTest, GivesTheHandlerWhatWasAsked) {
  Start();
  HttpAsk ask;
  ask.method = "POST";
  ask.body = "hello";
  ask.headers = {"Content-Type: text/plain"};
  const HttpReply reply = AskHttp(Url("/echo?a=%20b"), ask);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "POST /echo ? a=%20b : hello\n");
}

TEST_F(HttpListenerTest, AnswersAreNotKeptAndPermitNothing) {
  Start();
  const HttpReply reply = AskHttp(Url("/echo"));
  EXPECT_EQ(reply.headers.at("cache-control"), "no-store");
  EXPECT_EQ(reply.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(reply.headers.at("content-security-policy"),
              HasSubstr("default-src 'none'"));
  echo_.handle = [](const HttpRequest&) {
    HttpResponse response = TextResponse(200, "a");
    response.headers = {{"Cache-Control", "no-cache"}};
    return response;
  };
  EXPECT_EQ(AskHttp(Url("/echo")).headers.at("cache-control"), "no-cache");
}

TEST_F(HttpListenerTest, HeadHasTheHeadersOnly) {
  Start();
  HttpAsk ask;
  ask.method = "HEAD";
  const HttpReply reply = AskHttp(Url("/echo"), ask);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-length"), "17");
  EXPECT_EQ(reply.body, "");
}

TEST_F(HttpListenerTest, OneConnectionServesManyRequests) {
  Start();
  RawConnection connection(Address());
  // Two that come at once are answered in their order.
  ASSERT_TRUE(
      connection.Send("GET /echo?1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                      "GET /echo?2 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_THAT(connection.ReadUntil(" : \n"), HasSubstr("GET /echo ? 1"));
  EXPECT_THAT(connection.ReadUntil(" : \n"), HasSubstr("GET /echo ? 2"));
  ASSERT_TRUE(connection.Send(
      "GET /echo?3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(connection.ReadAll(), HasSubstr("GET /echo ? 3"));
}

TEST_F(HttpListenerTest, WhatIsNoRequestIsRefused) {
  Start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET echo HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET http://localhost/echo HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /echo HTTP/1.1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "GET /echo HTTP/2.0\r\nHost: localhost\r\n\r\n"}) {
    RawConnection connection(Address());
    ASSERT_TRUE(connection.Send(text));
    EXPECT_THAT(connection.ReadUntil("\n"), StartsWith("HTTP/1.1 400 "))
        << text;
  }
}

TEST_F(HttpListenerTest, LongHeadersAreRefused) {
  Start();
  HttpAsk ask;
  ask.headers = {absl::StrCat("X-Long: ", std::string(20'000, 'a'))};
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 431);
  EXPECT_EQ(
      AskHttp(absl::StrCat(Url("/echo?"), std::string(20'000, 'a'))).status,
      431);
}

TEST_F(HttpListenerTest, LongBodiesAreRefusedUnread) {
  std::atomic<int> handled{0};
  echo_.handle = [&](const HttpRequest& request) {
    ++handled;
    return TextResponse(200, request.body);
  };
  Start();
  HttpAsk ask;
  ask.method = "POST";
  ask.body = std::string(101, 'a');
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 413);
  ask.headers = {"Transfer-Encoding: chunked"};
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 413);
  EXPECT_EQ(handled, 0);
  ask.body.pop_back();
  EXPECT_EQ(AskHttp(Url("/echo"), ask).body, ask.body + "\n");
  // What is refused is told though the client is still sending.
  ask.headers = {"Expect:"};
  ask.body = std::string(900'000, 'a');
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 413);
}

TEST_F(HttpListenerTest, AClientThatAsksFirstIsTold) {
  Start();
  RawConnection connection(Address());
  ASSERT_TRUE(connection.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
      "Expect: 100-continue\r\n\r\n"));
  EXPECT_EQ(connection.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(connection.Send("hello"));
  EXPECT_THAT(connection.ReadUntil(" : hello"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpListenerTest, WhoIsRefusedNeedNotSendABody) {
  echo_.refuse = [](const HttpRequest& request) {
    EXPECT_EQ(request.body, "");
    return ErrorResponse(absl::UnauthenticatedError("who are you?"));
  };
  Start();
  RawConnection connection(Address());
  ASSERT_TRUE(connection.Send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n"));
  const std::string head = connection.ReadUntil("\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(head, HasSubstr("WWW-Authenticate: Bearer"));
  EXPECT_THAT(head, HasSubstr("Connection: close"));
}

TEST_F(HttpListenerTest, LongAnswersComeInPieces) {
  echo_.handle = [](const HttpRequest&) {
    HttpResponse response;
    response.source = [left = 3]() mutable -> absl::StatusOr<std::string> {
      if (left == 0) return std::string();
      return std::string(1000, static_cast<char>('a' + --left));
    };
    return response;
  };
  Start();
  const HttpReply reply = AskHttp(Url("/echo"));
  EXPECT_EQ(reply.body, std::string(1000, 'c') + std::string(1000, 'b') +
                            std::string(1000, 'a'));
  EXPECT_EQ(reply.headers.at("transfer-encoding"), "chunked");
  RawConnection old(Address());
  ASSERT_TRUE(old.Send("GET /echo HTTP/1.0\r\n\r\n"));
  const std::string answer = old.ReadAll();
  EXPECT_THAT(answer, ::testing::EndsWith(std::string(1000, 'a')));
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
}

TEST_F(HttpListenerTest, AnAnswerThatFailsHalfWayIsNotTakenForAll) {
  echo_.handle = [](const HttpRequest&) {
    HttpResponse response;
    response.source = [first = true]() mutable -> absl::StatusOr<std::string> {
      if (!std::exchange(first, false)) return absl::UnavailableError("gone");
      return std::string("half");
    };
    return response;
  };
  Start();
  // libcurl misses the last chunk.
  EXPECT_EQ(AskHttp(Url("/echo")).status, 0);
}

TEST_F(HttpListenerTest, OtherSitesAreRefused) {
  Start();
  HttpAsk ask;
  ask.headers = {"Origin: http://evil.example"};
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 403);
  ask.headers = {"Host: evil.example"};
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 403);
  ask.headers = {absl::StrCat("Origin: http://", Address())};
  EXPECT_EQ(AskHttp(Url("/echo"), ask).status, 200);
}

// Holds the handlers' threads.
class Gate {
 public:
  ~Gate() { Open(); }
  void Open() {
    if (!opened_.HasBeenNotified()) opened_.Notify();
  }
  HttpResponse Wait() {
    ++waiting;
    opened_.WaitForNotification();
    return TextResponse(200, "done");
  }
  void AwaitWaiting(int count) {
    while (waiting < count) std::this_thread::yield();
  }

  std::atomic<int> waiting{0};

 private:
  absl::Notification opened_;
};

TEST_F(HttpListenerTest, HandlersThatWaitKeepNobodyElse) {
  Gate gate;
  echo_.handle = [&](const HttpRequest&) { return gate.Wait(); };
  other_.immediate = true;
  options_.handler_threads = 2;
  Start();
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(
        [this] { EXPECT_EQ(AskHttp(Url("/echo")).body, "done\n"); });
  }
  gate.AwaitWaiting(2);
  EXPECT_EQ(AskHttp(Url("/other")).status, 200);
  gate.Open();
  for (std::thread& client : clients) client.join();
}

TEST_F(HttpListenerTest, SlowClientsAreCutOffAndHoldNoThread) {
  options_.request_timeout = absl::Milliseconds(300);
  options_.handler_threads = 1;
  Start();
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (const char* beginning :
       {"", "GET /ec", "GET /echo HTTP/1.1\r\nHost: loc",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        "9\r\n\r\n"}) {
    slow.push_back(std::make_unique<RawConnection>(Address()));
    ASSERT_TRUE(slow.back()->Send(beginning));
  }
  EXPECT_EQ(AskHttp(Url("/echo")).status, 200);
  // Dripping does not help.
  RawConnection dripping(Address());
  ASSERT_TRUE(dripping.Send("GET /echo HTTP/1.1\r\nX: "));
  int sent = 0;
  while (dripping.Send("a") && ++sent < 1000) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_LT(sent, 1000);
  for (const auto& connection : slow) EXPECT_EQ(connection->ReadAll(), "");
}

TEST_F(HttpListenerTest, WhoReadsSlowlyIsCutOff) {
  options_.response_timeout = absl::Milliseconds(200);
  echo_.handle = [](const HttpRequest&) {
    HttpResponse response;
    response.source = [] { return std::string(100'000, 'a'); };
    return response;
  };
  Start();
  RawConnection connection(Address());
  ASSERT_TRUE(connection.Send("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  // Endless, and not read: cut once the buffers between are full. What was
  // there is then followed by no end.
  absl::SleepFor(absl::Milliseconds(600));
  EXPECT_THAT(connection.ReadAll(), Not(HasSubstr("\r\n0\r\n")));
}

TEST_F(HttpListenerTest, TheLongestSilentMakesRoom) {
  options_.max_connections = 3;
  Start();
  RawConnection first(Address());
  ASSERT_TRUE(first.Send("GET /echo"));
  EXPECT_EQ(AskHttp(Url("/echo")).status, 200);
  std::vector<std::unique_ptr<RawConnection>> more;
  for (int i = 0; i < 3; ++i) {
    more.push_back(std::make_unique<RawConnection>(Address()));
    ASSERT_TRUE(
        more.back()->Send("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(more.back()->ReadUntil(" : \n"), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_EQ(first.ReadAll(), "");
  // The newest is still there.
  ASSERT_TRUE(
      more.back()->Send("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_THAT(more.back()->ReadUntil(" : \n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpListenerTest, NoRoomIsMadeForTheOneTooMany) {
  Gate gate;
  echo_.handle = [&](const HttpRequest&) { return gate.Wait(); };
  options_.max_connections = 1;
  Start();
  std::thread client(
      [this] { EXPECT_EQ(AskHttp(Url("/echo")).body, "done\n"); });
  gate.AwaitWaiting(1);
  EXPECT_EQ(AskHttp(Url("/other")).status, 0);
  gate.Open();
  client.join();
}

TEST_F(HttpListenerTest, ShutdownLetsRequestsFinish) {
  Gate gate;
  echo_.handle = [&](const HttpRequest&) { return gate.Wait(); };
  Start();
  std::thread client(
      [this] { EXPECT_EQ(AskHttp(Url("/echo")).body, "done\n"); });
  gate.AwaitWaiting(1);
  RawConnection idle(Address());
  std::thread stopper([this] { listener_->Shutdown(absl::Seconds(30)); });
  // The idle one is closed at once.
  EXPECT_EQ(idle.ReadAll(), "");
  gate.Open();
  client.join();
  stopper.join();
  listener_->Shutdown(absl::ZeroDuration());
}

TEST_F(HttpListenerTest, ShutdownEndsAnswersWithoutEnd) {
  echo_.handle = [](const HttpRequest&) {
    HttpResponse response;
    response.source = [] { return std::string(1000, 'a'); };
    return response;
  };
  Start();
  RawConnection connection(Address());
  ASSERT_TRUE(connection.Send("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  connection.ReadUntil("aaaa");
  listener_->Shutdown(absl::ZeroDuration());
  connection.ReadAll();
}

TEST_F(HttpListenerTest, UnixSocketsAreServed) {
  TemporaryDirectory directory;
  options_.addresses = {absl::StrCat("unix:", directory.Path("http.sock"))};
  Start();
  EXPECT_EQ(Address(), options_.addresses.front());
  EXPECT_EQ(HttpListener::Start(options_, &router_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  listener_.reset();
  Start();
}

TEST_F(HttpListenerTest, ATakenPortIsNamed) {
  Start();
  HttpListenerOptions second = options_;
  second.addresses = {Address()};
  const absl::Status status = HttpListener::Start(second, &router_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(Address()));
  EXPECT_THAT(std::string(status.message()), HasSubstr("listen.metrics"));
}

TEST_F(HttpListenerTest, PlaintextStaysOnThisMachine) {
  options_.addresses = {"0.0.0.0:0"};
  EXPECT_EQ(HttpListener::Start(options_, &router_).status().code(),
            absl::StatusCode::kInvalidArgument);
  options_.plaintext_reach = Reach::kAnywhere;
  Start();
}

TEST(HttpCallerTest, IsWhoeverTheHeaderOrTheCertificateSays) {
  const Authenticator authenticator;
  HttpRequest request;
  EXPECT_EQ((*CallerOf(authenticator, request))->name, kAnonymousName);
  request.headers = {{"AUTHORIZATION", "Bearer wrong"}};
  EXPECT_EQ(CallerOf(authenticator, request).status().code(),
            absl::StatusCode::kUnauthenticated);
  request.headers = {{"Authorization", "Bearer a"}, {"authorization", "b"}};
  EXPECT_THAT(std::string(CallerOf(authenticator, request).status().message()),
              HasSubstr("twice"));
}

}  // namespace
}  // namespace heapd::server
