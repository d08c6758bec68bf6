#include "server/http/http_connection.h"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/auth/tls_context.h"
#include "server/http/same_site.h"

namespace heapd::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

using PlainStream = beast::basic_stream<asio::generic::stream_protocol>;
using TlsStream = beast::ssl_stream<PlainStream>;

// After a refusal, what the client still sends is read for a while: closing on
// it would make its system throw the answer away.
constexpr size_t kMaxUnreadBytes = size_t{1} << 20;
constexpr std::chrono::seconds kMaxGoodbye{2};

std::chrono::nanoseconds ToChrono(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

std::string ToString(beast::string_view text) {
  return std::string(text.data(), text.size());
}

// What stands in every answer that does not say otherwise.
constexpr std::pair<const char*, const char*> kDefaultHeaders[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
};

bool HasNoBody(int status) { return status == 204 || status == 304; }

template <typename Stream>
class StreamConnection final
    : public HttpConnection,
      public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  template <typename... StreamArguments>
  StreamConnection(HttpShared* shared, HttpPeer peer,
                   StreamArguments&&... arguments)
      : shared_(*shared),
        peer_(std::move(peer)),
        stream_(std::forward<StreamArguments>(arguments)...),
        // A head, and what was sent behind it.
        buffer_(shared->options.max_header_bytes + (size_t{64} << 10)) {}

  Stream& stream() { return stream_; }

  void Start() override {
    if constexpr (kIsTls) {
      shared_.table.SetWaiting(this);
      Expire(shared_.options.request_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = Self()](ErrorCode error) {
                                if (error) return self->Close();
                                self->OnHandshake();
                              });
    } else {
      ReadHead();
    }
  }

  void Abort() override { Close(); }

 private:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;
  using Parser = http::request_parser<http::string_body>;
  using Message = http::response<http::string_body>;

  auto Self() { return this->shared_from_this(); }
  auto& Lowest() { return beast::get_lowest_layer(stream_); }
  void Expire(absl::Duration timeout) {
    Lowest().expires_after(ToChrono(timeout));
  }

  void OnHandshake() {
    if constexpr (kIsTls) {
      certificate_ = PeerCertificatePem(stream_.native_handle());
    }
    ReadHead();
  }

  void ReadHead() {
    if (shared_.is_draining) return Goodbye();
    parser_.emplace();
    parser_->header_limit(shared_.options.max_header_bytes);
    // Looked at when it is known whose it is. No limit at all (boost::none) is
    // taken for a limit of nothing by Boost 1.74.
    parser_->body_limit(UINT64_MAX);
    request_ = HttpRequest();
    response_ = HttpResponse();
    handler_ = nullptr;
    shared_.table.SetWaiting(this);
    Expire(shared_.options.request_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = Self()](ErrorCode error, size_t) { self->OnHead(error); });
  }

  void OnHead(ErrorCode error) {
    if (error) return OnReadError(error);
    absl::optional<HttpResponse> refusal = TakeHead();
    if (refusal.has_value()) return Respond(*std::move(refusal));
    if (parser_->is_done()) return Dispatch();
    parser_->body_limit(handler_->max_body_bytes());
    if (absl::EqualsIgnoreCase(ToString(parser_->get()[http::field::expect]),
                               "100-continue")) {
      return InviteBody();
    }
    ReadBody();
  }

  // What is wrong with it by its head alone.
  absl::optional<HttpResponse> TakeHead() {
    const auto& message = parser_->get();
    TakeTarget(ToString(message.target()));
    request_.method = ToString(message.method_string());
    request_.peer = peer_.name;
    request_.client_certificate = certificate_;
    for (const auto& field : message) {
      request_.headers.emplace_back(ToString(field.name_string()),
                                    ToString(field.value()));
    }
    if (!absl::StartsWith(request_.path, "/")) {
      return TextResponse(400, "the target must be a path that begins with /");
    }
    if (message.version() >= 11 && request_.HeaderCount("host") != 1) {
      return TextResponse(400, "header Host must be there once");
    }
    const absl::Status same_site = CheckSameSite(request_, peer_.by_loopback);
    if (!same_site.ok()) return ErrorResponse(same_site);
    HttpRouter::Match match =
        shared_.router->Find(request_.method, request_.path);
    if (match.handler == nullptr) return std::move(match.refusal);
    handler_ = match.handler;
    absl::optional<HttpResponse> refusal = handler_->Refuse(request_);
    if (refusal.has_value()) return refusal;
    if (parser_->content_length().value_or(0) > handler_->max_body_bytes()) {
      return BodyTooLarge();
    }
    return absl::nullopt;
  }

  void TakeTarget(const std::string& target) {
    const size_t question = target.find('?');
    request_.path = target.substr(0, question);
    if (question != std::string::npos) {
      request_.query = target.substr(question + 1);
    }
  }

  HttpResponse BodyTooLarge() const {
    return TextResponse(
        413, absl::StrCat("the body is over ", handler_->max_body_bytes(),
                          " bytes"));
  }

  // For a client that asks before it sends a body.
  void InviteBody() {
    static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                      [self = Self()](ErrorCode error, size_t) {
                        if (error) return self->Close();
                        self->ReadBody();
                      });
  }

  void ReadBody() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = Self()](ErrorCode error, size_t) {
                       if (error) return self->OnReadError(error);
                       self->Dispatch();
                     });
  }

  void OnReadError(ErrorCode error) {
    if (error == http::error::end_of_stream) return Goodbye();
    // A chunked body does not tell its length before.
    if (error == http::error::body_limit) return Respond(BodyTooLarge());
    if (error == http::error::header_limit ||
        error == http::error::buffer_overflow) {
      return Respond(TextResponse(431, "the headers are too long"));
    }
    // Timeouts and lost connections are nobody's to hear of.
    if (error == http::error::partial_message ||
        error.category() !=
            http::make_error_code(http::error::bad_method).category()) {
      return Close();
    }
    Respond(TextResponse(400, "this is no HTTP request"));
  }

  void Dispatch() {
    request_.body = std::move(parser_->get().body());
    shared_.table.SetBusy(this);
    Lowest().expires_never();
    if (handler_->is_immediate()) return Respond(handler_->Handle(request_));
    asio::post(shared_.handlers, [self = Self()] {
      HttpResponse response = self->handler_->Handle(self->request_);
      asio::post(self->shared_.io,
                 [self, response = std::move(response)]() mutable {
                   self->Respond(std::move(response));
                 });
    });
  }

  void Respond(HttpResponse response) {
    if (is_closed_) return;
    shared_.table.SetBusy(this);
    response_ = std::move(response);
    // What was not read of the request would be taken for the next one.
    keeps_alive_ =
        parser_->is_done() && parser_->keep_alive() && !shared_.is_draining;
    FillMessage();
    Expire(shared_.options.response_timeout);
    const auto on_written = [self = Self()](ErrorCode error, size_t) {
      self->OnWritten(error);
    };
    if (HasSource()) {
      serializer_.emplace(*message_);
      http::async_write_header(stream_, *serializer_, on_written);
    } else {
      http::async_write(stream_, *message_, on_written);
    }
  }

  bool HasSource() const {
    return response_.source != nullptr && request_.method != "HEAD";
  }

  void FillMessage() {
    message_.emplace();
    message_->result(static_cast<unsigned>(response_.status));
    message_->version(parser_->get().version() < 11 ? 10 : 11);
    for (const auto& [name, value] : kDefaultHeaders) {
      message_->set(name, value);
    }
    if (!response_.content_type.empty()) {
      message_->set(http::field::content_type, response_.content_type);
    }
    for (const auto& [name, value] : response_.headers) {
      message_->set(name, value);
    }
    if (HasSource()) {
      // To HTTP/1.0 the end of the connection is that of the answer.
      if (message_->version() < 11) keeps_alive_ = false;
      message_->chunked(message_->version() >= 11);
    } else if (!HasNoBody(response_.status)) {
      if (response_.source == nullptr) {
        message_->content_length(response_.body.size());
      }
      if (request_.method != "HEAD") {
        message_->body() = std::move(response_.body);
      }
    }
    message_->keep_alive(keeps_alive_);
  }

  void OnWritten(ErrorCode error) {
    if (error || is_closed_) return Close();
    if (HasSource()) return NextPiece();
    Done();
  }

  void NextPiece() {
    Lowest().expires_never();
    asio::post(shared_.handlers, [self = Self()] {
      absl::StatusOr<std::string> piece = self->response_.source();
      asio::post(self->shared_.io, [self, piece = std::move(piece)]() mutable {
        self->OnPiece(std::move(piece));
      });
    });
  }

  void OnPiece(absl::StatusOr<std::string> piece) {
    if (is_closed_ || !piece.ok()) return Close();
    piece_ = *std::move(piece);
    Expire(shared_.options.response_timeout);
    const auto on_written = [self = Self()](ErrorCode error, size_t) {
      if (error || self->is_closed_) return self->Close();
      if (self->piece_.empty()) return self->Done();
      self->NextPiece();
    };
    if (message_->version() < 11) {
      asio::async_write(stream_, asio::buffer(piece_), on_written);
    } else if (piece_.empty()) {
      asio::async_write(stream_, http::make_chunk_last(), on_written);
    } else {
      asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)),
                        on_written);
    }
  }

  void Done() {
    if (keeps_alive_) return ReadHead();
    if (parser_->is_done()) return Goodbye();
    Lowest().expires_after(kMaxGoodbye);
    if constexpr (!kIsTls) {
      ErrorCode ignored;
      Lowest().socket().shutdown(asio::socket_base::shutdown_send, ignored);
    }
    ThrowAway(0);
  }

  // Reads what comes until the client has closed.
  void ThrowAway(size_t bytes_so_far) {
    if (bytes_so_far > kMaxUnreadBytes) return Close();
    stream_.async_read_some(
        asio::buffer(scratch_),
        [self = Self(), bytes_so_far](ErrorCode error, size_t bytes) {
          if (error) return self->Close();
          self->ThrowAway(bytes_so_far + bytes);
        });
  }

  // Ends a connection on which nothing is on its way.
  void Goodbye() {
    if constexpr (kIsTls) {
      if (is_closed_) return;
      Lowest().expires_after(kMaxGoodbye);
      stream_.async_shutdown([self = Self()](ErrorCode) { self->Close(); });
    } else {
      Close();
    }
  }

  void Close() {
    if (std::exchange(is_closed_, true)) return;
    Lowest().close();
    shared_.table.Remove(this);
  }

  HttpShared& shared_;
  const HttpPeer peer_;
  std::string certificate_;
  Stream stream_;
  beast::flat_buffer buffer_;
  bool is_closed_ = false;

  // Of the request that is served now.
  std::optional<Parser> parser_;
  HttpRequest request_;
  HttpHandler* handler_ = nullptr;
  HttpResponse response_;
  std::optional<Message> message_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::string piece_;
  bool keeps_alive_ = false;
  std::array<char, 4096> scratch_;
};

int VerifyMode(ClientCertificateUse use) {
  switch (use) {
    case ClientCertificateUse::kIgnored:
      return SSL_VERIFY_NONE;
    case ClientCertificateUse::kOptional:
      return SSL_VERIFY_PEER;
    case ClientCertificateUse::kRequired:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

}  // namespace

std::shared_ptr<HttpConnection> HttpConnection::Plain(HttpShared* shared,
                                                      HttpSocket socket,
                                                      HttpPeer peer) {
  return std::make_shared<StreamConnection<PlainStream>>(
      shared, std::move(peer), std::move(socket));
}

std::shared_ptr<HttpConnection> HttpConnection::Tls(
    HttpShared* shared, HttpSocket socket, HttpPeer peer,
    const TlsHandshake& handshake) {
  const std::shared_ptr<SSL_CTX> current = handshake.context();
  // Gives a reference back; the connection has one of its own by then.
  SSL_CTX_up_ref(current.get());
  asio::ssl::context context(current.get());
  auto connection = std::make_shared<StreamConnection<TlsStream>>(
      shared, std::move(peer), std::move(socket), context);
  SSL_set_verify(connection->stream().native_handle(),
                 VerifyMode(handshake.client_certificates), nullptr);
  return connection;
}

}  // namespace heapd::server
