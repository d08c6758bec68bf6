#ifndef HEAPD_CLIENT_HEAPD_CREDENTIAL_FLAGS_H_
#define HEAPD_CLIENT_HEAPD_CREDENTIAL_FLAGS_H_

#include "CLI/CLI.hpp"
#include "client/heapd/credentials.h"

namespace heapd::client {

// Adds the flags by which heapctl and heapload are told who they are and whom
// they trust. In a header, since only programs need CLI11.
inline void AddCredentialFlags(CLI::App& app, CredentialFiles& files) {
  app.add_option("--token-file", files.token,
                 "File with the bearer token; else $HEAPD_TOKEN. No flag takes "
                 "the token itself: every user of the machine could read it in "
                 "the list of processes");
  app.add_flag("--tls", files.tls,
               "Speak TLS, and trust whom the system trusts. Each of the next "
               "four means TLS too");
  app.add_option("--tls-ca", files.authorities,
                 "File with the authorities that vouch for the daemon, in PEM")
      ->envname("HEAPD_TLS_CA");
  app.add_option("--tls-cert", files.certificate,
                 "File with the certificate to show, in PEM; needs --tls-key")
      ->envname("HEAPD_TLS_CERT");
  app.add_option("--tls-key", files.key,
                 "File with the key of --tls-cert, in PEM")
      ->envname("HEAPD_TLS_KEY");
  app.add_option("--tls-server-name", files.server_name,
                 "Name that the daemon's certificate must have, if it is not "
                 "the host of the address");
}

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_CREDENTIAL_FLAGS_H_
