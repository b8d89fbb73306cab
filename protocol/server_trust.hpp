// Whether to talk to what answers at a socket. Whoever serves it learns what is paid, and can answer
// "applied" to payments that no ledger ever saw.
//
// The rule: root, the user giro and one's own user are trusted. Another user's daemon is taken for
// one's own decision, since the socket was named, unless that user could have put it there without
// being asked: where a folder on the way may be written to by everybody (such as /tmp), what lies in
// it must belong to a trusted user. Thread: any.
#pragma once

#include <string>

#include <sys/types.h>

namespace giro::client {

[[nodiscard]] bool may_be_trusted(const std::string& socket_path, uid_t server);

}  // namespace giro::client
