#ifndef HEAPD_TESTS_SERVER_SUPPORT_HTTP_TEST_CLIENT_H_
#define HEAPD_TESTS_SERVER_SUPPORT_HTTP_TEST_CLIENT_H_

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"

namespace heapd::server {

// An answer as an HTTP client sees it.
struct HttpReply {
  long status = 0;                             // 0: there was none
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct HttpAsk {
  std::string method = "GET";
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};
  // PEM, for https.
  std::string authority = {};
  std::string certificate = {};
  std::string key = {};
};

// Asks a server once, with libcurl.
inline HttpReply AskHttp(const std::string& url, const HttpAsk& ask = {}) {
  HttpReply reply;
  CURL* const curl = curl_easy_init();
  HEAPD_CHECK(curl != nullptr);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask.method.c_str());
  if (ask.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  curl_slist* headers = nullptr;
  for (const std::string& header : ask.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (!ask.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
                     static_cast<long>(ask.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask.body.data());
  }
  const auto set_blob = [curl](CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob blob = {const_cast<char*>(text.data()), text.size(),
                      CURL_BLOB_COPY};
    curl_easy_setopt(curl, option, &blob);
  };
  set_blob(CURLOPT_CAINFO_BLOB, ask.authority);
  set_blob(CURLOPT_SSLCERT_BLOB, ask.certificate);
  set_blob(CURLOPT_SSLKEY_BLOB, ask.key);
  const auto take_body = +[](char* data, size_t, size_t size, void* reply) {
    static_cast<HttpReply*>(reply)->body.append(data, size);
    return size;
  };
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  const auto take_header = +[](char* data, size_t, size_t size, void* reply) {
    const std::string line(data, size);
    const size_t colon = line.find(':');
    if (colon != std::string::npos) {
      static_cast<HttpReply*>(reply)
          ->headers[absl::AsciiStrToLower(line.substr(0, colon))] =
          std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
    return size;
  };
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  if (curl_easy_perform(curl) == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return reply;
}

// A connection to "127.0.0.1:PORT" on which a test sends what it likes.
class RawConnection {
 public:
  explicit RawConnection(const std::string& address)
      : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    int port = 0;
    HEAPD_CHECK(
        absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(port));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // So that a broken server fails a test instead of hanging it.
    const timeval limit = {10, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    HEAPD_CHECK(connect(descriptor_, reinterpret_cast<sockaddr*>(&name),
                        sizeof(name)) == 0);
  }
  ~RawConnection() { close(descriptor_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // False when the other end has closed.
  bool Send(const std::string& text) {
    return send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

  // Reads until `end` was read, or the other end has closed.
  std::string ReadUntil(const std::string& end) {
    std::string text;
    char byte;
    while (!absl::EndsWith(text, end) && recv(descriptor_, &byte, 1, 0) == 1) {
      text += byte;
    }
    return text;
  }
  // Reads to the end of the connection.
  std::string ReadAll() {
    std::string text;
    std::string piece(size_t{64} << 10, '\0');
    for (;;) {
      const ssize_t size = recv(descriptor_, piece.data(), piece.size(), 0);
      if (size <= 0) return text;
      text.append(piece, 0, static_cast<size_t>(size));
    }
  }

 private:
  const int descriptor_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_HTTP_TEST_CLIENT_H_
