#ifndef HEAPD_TESTS_SERVER_SUPPORT_TEST_CERTIFICATES_H_
#define HEAPD_TESTS_SERVER_SUPPORT_TEST_CERTIFICATES_H_

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace heapd::server {

// Ends the process when OpenSSL fails. Not HEAPD_CHECK: clients' tests do not
// link the engine.
inline void RequireOpenSsl(bool ok) {
  if (!ok) std::abort();
}

// A certificate with its key, both in PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;
};

struct TestCertificateOptions {
  std::string common_name = "heapd";
  std::vector<std::string> units = {};
  // As OpenSSL's configuration has them: "DNS:a,IP:127.0.0.1,URI:spiffe://x/y".
  std::string alternative_names = {};
  // From now; the past is negative.
  absl::Duration begins = -absl::Hours(1);
  absl::Duration ends = absl::Hours(24);
};

// For a daemon that is asked at 127.0.0.1.
inline TestCertificateOptions ServerOptions() {
  TestCertificateOptions options;
  options.alternative_names = "DNS:localhost,IP:127.0.0.1";
  return options;
}

// Makes certificates of P-256 keys, as an authority that a test trusts or does
// not.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "authority")
      : key_(MakeKey()), own_(X509_new()) {
    TestCertificateOptions options;
    options.common_name = name;
    Fill(own_, options, key_);
    RequireOpenSsl(X509_set_issuer_name(own_, X509_get_subject_name(own_)) ==
                   1);
    AddExtension(own_, NID_basic_constraints, "critical,CA:TRUE");
    AddExtension(own_, NID_key_usage, "critical,keyCertSign,cRLSign");
    RequireOpenSsl(X509_sign(own_, key_, EVP_sha256()) > 0);
  }
  ~TestAuthority() {
    X509_free(own_);
    EVP_PKEY_free(key_);
  }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  // What those who trust it have, in PEM.
  std::string certificate() const { return ToPem(own_); }

  TestCertificate Issue(const TestCertificateOptions& options) const {
    EVP_PKEY* const key = MakeKey();
    X509* const leaf = X509_new();
    Fill(leaf, options, key);
    RequireOpenSsl(X509_set_issuer_name(leaf, X509_get_subject_name(own_)) ==
                   1);
    if (!options.alternative_names.empty()) {
      AddExtension(leaf, NID_subject_alt_name, options.alternative_names);
    }
    RequireOpenSsl(X509_sign(leaf, key_, EVP_sha256()) > 0);
    TestCertificate result{ToPem(leaf), ToPem(key)};
    X509_free(leaf);
    EVP_PKEY_free(key);
    return result;
  }

 private:
  static EVP_PKEY* MakeKey() {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    RequireOpenSsl(key != nullptr);
    return key;
  }

  static void AddToSubject(X509* certificate, const char* field,
                           const std::string& text) {
    RequireOpenSsl(X509_NAME_add_entry_by_txt(
                       X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                       reinterpret_cast<const unsigned char*>(text.data()),
                       static_cast<int>(text.size()), -1, 0) == 1);
  }

  static void Fill(X509* certificate, const TestCertificateOptions& options,
                   EVP_PKEY* key) {
    static int64_t serial = 0;
    ++serial;
    RequireOpenSsl(X509_set_version(certificate, X509_VERSION_3) == 1);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate),
                    absl::ToInt64Seconds(options.begins));
    X509_gmtime_adj(X509_getm_notAfter(certificate),
                    absl::ToInt64Seconds(options.ends));
    for (const std::string& unit : options.units) {
      AddToSubject(certificate, "OU", unit);
    }
    if (!options.common_name.empty()) {
      AddToSubject(certificate, "CN", options.common_name);
    }
    RequireOpenSsl(X509_set_pubkey(certificate, key) == 1);
  }

  static void AddExtension(X509* certificate, int kind,
                           const std::string& value) {
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    RequireOpenSsl(extension != nullptr);
    RequireOpenSsl(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  static std::string Take(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }
  static std::string ToPem(X509* certificate) {
    BIO* const bio = BIO_new(BIO_s_mem());
    RequireOpenSsl(PEM_write_bio_X509(bio, certificate) == 1);
    return Take(bio);
  }
  static std::string ToPem(EVP_PKEY* key) {
    BIO* const bio = BIO_new(BIO_s_mem());
    RequireOpenSsl(PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0,
                                            nullptr, nullptr) == 1);
    return Take(bio);
  }

  EVP_PKEY* const key_;
  X509* const own_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_TEST_CERTIFICATES_H_
