#ifndef HEAPD_SERVER_AUTH_OPENSSL_POINTERS_H_
#define HEAPD_SERVER_AUTH_OPENSSL_POINTERS_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

namespace heapd::server {

// Owners of OpenSSL's objects: OpenSslPointer<X509, X509_free>.
template <auto kFree>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <typename T, auto kFree>
using OpenSslPointer = std::unique_ptr<T, OpenSslDeleter<kFree>>;

using BignumPointer = OpenSslPointer<BIGNUM, BN_free>;
using BioPointer = OpenSslPointer<BIO, BIO_free_all>;
using EcdsaSignaturePointer = OpenSslPointer<ECDSA_SIG, ECDSA_SIG_free>;
using MdContextPointer = OpenSslPointer<EVP_MD_CTX, EVP_MD_CTX_free>;
using ParamBuilderPointer = OpenSslPointer<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsPointer = OpenSslPointer<OSSL_PARAM, OSSL_PARAM_free>;
using PkeyContextPointer = OpenSslPointer<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using PkeyPointer = OpenSslPointer<EVP_PKEY, EVP_PKEY_free>;
using X509Pointer = OpenSslPointer<X509, X509_free>;

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_OPENSSL_POINTERS_H_
