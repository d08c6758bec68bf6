#include "server/auth/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/auth/printable.h"

namespace heapd::server {
namespace {

using SslContextPointer = OpenSslPointer<SSL_CTX, SSL_CTX_free>;
using GeneralNamesPointer = OpenSslPointer<GENERAL_NAMES, GENERAL_NAMES_free>;

constexpr size_t kMaxUnits = 64;

// INVALID_ARGUMENT with what OpenSSL says last. It never has key material.
absl::Status Wrong(absl::string_view what) {
  const auto error = ERR_peek_last_error();
  const char* const reason =
      error == 0 ? nullptr : ERR_reason_error_string(error);
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(
      what, reason == nullptr ? "" : ": ", reason == nullptr ? "" : reason));
}

BioPointer ReaderOf(absl::string_view pem) {
  return BioPointer(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Without it OpenSSL would ask at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm fields = {};
  // A time that cannot be read is long past.
  if (ASN1_TIME_to_tm(time, &fields) != 1) return absl::InfinitePast();
  return absl::FromTM(fields, absl::UTCTimeZone());
}

// What an ASN.1 text says, in UTF-8; nothing if that is not printable. The size
// counts: a NUL in the middle must not end a name.
std::optional<std::string> PrintableText(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  std::string result(reinterpret_cast<char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  if (!IsPrintableName(result)) return std::nullopt;
  return result;
}

// The first alternative name of this type (GEN_URI, GEN_DNS), or null.
const ASN1_STRING* FirstName(const GENERAL_NAMES* names, int type) {
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type == type) return name->d.ia5;
  }
  return nullptr;
}

// The texts of a field of the subject, such as NID_commonName.
std::vector<const ASN1_STRING*> SubjectTexts(const X509& certificate,
                                             int field) {
  std::vector<const ASN1_STRING*> texts;
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  int index = -1;
  while ((index = X509_NAME_get_index_by_NID(subject, field, index)) >= 0) {
    texts.push_back(
        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  }
  return texts;
}

// The name that stands for the holder, or null.
const ASN1_STRING* NameOf(const X509& certificate, const GENERAL_NAMES* names) {
  if (const ASN1_STRING* const uri = FirstName(names, GEN_URI)) return uri;
  if (const ASN1_STRING* const dns = FirstName(names, GEN_DNS)) return dns;
  const std::vector<const ASN1_STRING*> common =
      SubjectTexts(certificate, NID_commonName);
  return common.empty() ? nullptr : common.front();
}

}  // namespace

absl::StatusOr<std::vector<X509Pointer>> ParseCertificates(
    absl::string_view pem) {
  const BioPointer reader = ReaderOf(pem);
  std::vector<X509Pointer> certificates;
  ERR_clear_error();
  for (;;) {
    X509Pointer certificate(
        PEM_read_bio_X509(reader.get(), nullptr, NoPassphrase, nullptr));
    if (certificate == nullptr) break;
    certificates.push_back(std::move(certificate));
  }
  const bool at_end =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_end) ERR_clear_error();
  if (!at_end) return Wrong("has a broken certificate");
  if (certificates.empty()) return Wrong("has no certificate in PEM");
  return certificates;
}

absl::Time ExpiryOf(const X509& certificate) {
  return ToTime(X509_get0_notAfter(&certificate));
}

absl::StatusOr<absl::Time> CheckKeyPair(absl::string_view certificate_chain_pem,
                                        absl::string_view key_pem,
                                        absl::Time now) {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<X509Pointer> chain,
                         ParseCertificates(certificate_chain_pem));
  ERR_clear_error();
  const PkeyPointer key(PEM_read_bio_PrivateKey(
      ReaderOf(key_pem).get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) return Wrong("the key is none in PEM without passphrase");
  const SslContextPointer context(SSL_CTX_new(TLS_server_method()));
  // The same steps as a server takes, so that it meets no surprise.
  if (context == nullptr ||
      SSL_CTX_use_certificate(context.get(), chain.front().get()) != 1) {
    return Wrong("the certificate cannot be used");
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return Wrong("the key is not that of the certificate");
  }
  const absl::Time expiry = ExpiryOf(*chain.front());
  if (now >= expiry) {
    return Wrong(absl::StrCat("the certificate expired at ",
                              absl::FormatTime(expiry, absl::UTCTimeZone())));
  }
  const absl::Time begin = ToTime(X509_get0_notBefore(chain.front().get()));
  if (now < begin) {
    return Wrong(absl::StrCat("the certificate is good from ",
                              absl::FormatTime(begin, absl::UTCTimeZone()),
                              " on only"));
  }
  return expiry;
}

absl::StatusOr<std::shared_ptr<const Principal>> PrincipalOf(
    const X509& certificate) {
  const GeneralNamesPointer names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  const ASN1_STRING* const name = NameOf(certificate, names.get());
  if (name == nullptr) return Wrong("the certificate names nobody");
  const std::optional<std::string> subject = PrintableText(name);
  if (!subject.has_value()) {
    return Wrong("the certificate's name is not printable");
  }
  Principal principal;
  principal.name = absl::StrCat("cert:", *subject);
  const std::vector<const ASN1_STRING*> units =
      SubjectTexts(certificate, NID_organizationalUnitName);
  if (units.size() > kMaxUnits) return Wrong("it has over 64 units");
  for (const ASN1_STRING* const unit : units) {
    std::optional<std::string> group = PrintableText(unit);
    if (!group.has_value()) return Wrong("one of its units is not printable");
    principal.groups.push_back(*std::move(group));
  }
  return std::make_shared<const Principal>(std::move(principal));
}

}  // namespace heapd::server
